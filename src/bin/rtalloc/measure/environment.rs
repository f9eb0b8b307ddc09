//! Where a measurement ran.

use core::fmt;
use std::{env::consts, fs, num::NonZeroUsize, thread};

use serde_json::{Value, json};

/// The machine, as far as numbers depend on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Environment {
    /// Cores that this process may use.
    pub(crate) cores: usize,
    /// The processor's name, or its architecture where the system does not say.
    pub(crate) processor: String,
}

impl Environment {
    pub(crate) fn detect() -> Self {
        let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = model(&info).unwrap_or(consts::ARCH).to_owned();
        Self { cores: thread::available_parallelism().map_or(1, NonZeroUsize::get), processor }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({ "cores": self.cores, "processor": self.processor, "system": consts::OS })
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cores, {}, {}", self.cores, self.processor, consts::OS)
    }
}

/// The name of the first processor in Linux's list.
fn model(info: &str) -> Option<&str> {
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    line.split_once(':').map(|(_, name)| name.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_found() {
        let info =
            "processor\t: 0\nmodel name\t: A Chip 9 @ 2 GHz\nflags\t: fpu\nmodel name\t: B\n";
        assert_eq!(model(info), Some("A Chip 9 @ 2 GHz"));
        assert_eq!(model("Features : fp\n"), None);
        let here = Environment::detect();
        assert!(here.cores >= 1 && here.to_string().contains(&here.processor));
    }
}
