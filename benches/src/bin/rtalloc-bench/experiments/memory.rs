//! Bytes of a prefix: by part, as a table accounts for itself, and as seen from outside, by the
//! growth of the allocator's live bytes and of the process's resident memory.
//!
//! Resident memory has everything, unless the allocator had it already: freed memory is given back to
//! the system before each table is opened, as far as the allocator can.

use rtalloc_benches::{
    adapter::Failure,
    counting_allocator::live_bytes,
    environment::resident,
    family::Family,
    plan::{FamilyName, Memory},
    rows::Row,
};

use super::Experiment;
use crate::{
    session::Session,
    setting::{Cost, Setting, routes},
};

/// Gives what was freed back to the system.
fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it may be called at any time, by any thread, and touches no memory that is allocated.
    unsafe {
        libc::malloc_trim(0);
    }
}

impl Experiment for Memory {
    fn families(&self) -> &[FamilyName] {
        &self.families
    }

    fn cost<A: Family>(&self, setting: &Setting) -> Cost {
        let routes = routes::<A>(self.routes);
        let samples = setting.opened::<A>(routes).len();
        setting.make(routes) + setting.open::<A>(routes) + Cost::samples(samples, 0.0)
    }

    fn run<A: Family>(&self, session: &mut Session) -> Result<(), Failure> {
        let ground = session.ground::<A>(self.routes)?;
        let routes = ground.routes.len();
        for implementation in session.setting.implementations::<A>() {
            let name = implementation.name;
            trim();
            let before = (live_bytes(), resident());
            let opened = session.open_unchecked(&implementation, &ground.routes);
            // What was needed only to build the table is no part of it.
            trim();
            let after = (live_bytes(), resident());
            let Some(adapter) = opened else { continue };
            if !session.check(name, &*adapter, &ground, &ground.oracle, &[], "when opened") {
                continue;
            }
            session.sampled(false);
            let row = session.row::<A>(name, routes);
            let mut push = |metric, case: &str, bytes: f64| {
                let (case, value) = (case.to_owned(), bytes / routes.max(1) as f64);
                session.rows.push(Row { metric, unit: "bytes", case, value, ..row.clone() });
            };
            for (part, bytes) in adapter.parts() {
                push("bytes_per_prefix", part, bytes as f64);
            }
            push("live_bytes_per_prefix", "", (after.0 - before.0) as f64);
            push("resident_bytes_per_prefix", "", after.1 as f64 - before.1 as f64);
        }
        Ok(())
    }
}
