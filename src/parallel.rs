//! Whether work can be spread over threads.

/// Whether rayon's threads can be had. Where they cannot, as in a container without room for more
/// processes, rayon would panic; work is done on the calling thread then.
#[cfg(feature = "rayon")]
pub(crate) fn available() -> bool {
    use std::{error::Error, sync::OnceLock};
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| match rayon::ThreadPoolBuilder::new().build_global() {
        Ok(()) => true,
        // Without a source the pool is there already; with one a thread could not be started.
        Err(error) => error.source().is_none(),
    })
}
