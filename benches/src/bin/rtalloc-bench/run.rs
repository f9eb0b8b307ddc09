//! The sub-command `run`.

use std::{fs, path::Path};

use rtalloc_benches::{
    adapter::Failure,
    plan::{Mode, Plan},
    rows::{Row, write_csv},
};

use crate::{
    arguments::Run,
    experiments::{Experiment, Visitor, cost, each, run as run_parts},
    session::Session,
    setting::Setting,
};

/// What selects all experiments.
const ALL: &str = "all";

/// Writes rows where nobody finds half of them.
pub(crate) fn write_whole(path: &Path, rows: &[Row]) -> Result<(), Failure> {
    let failed = |error| format!("cannot write {}: {error}", path.display());
    let beside = path.with_extension("csv.tmp");
    write_csv(&beside, rows).map_err(failed)?;
    Ok(fs::rename(&beside, path).map_err(failed)?)
}

/// Collects names.
struct Names(Vec<&'static str>);

impl Visitor for Names {
    fn visit<E: Experiment>(
        &mut self,
        name: &'static str,
        _: &str,
        _: &[E],
    ) -> Result<(), Failure> {
        self.0.push(name);
        Ok(())
    }
}

/// Runs those that are named.
struct Runs<'r> {
    arguments: &'r Run,
    session: Session,
}

impl Visitor for Runs<'_> {
    fn visit<E: Experiment>(
        &mut self,
        name: &'static str,
        _: &str,
        parts: &[E],
    ) -> Result<(), Failure> {
        if !self.arguments.names.iter().any(|wanted| wanted == name || wanted == ALL) {
            return Ok(());
        }
        self.session.begin(name, cost(parts, &self.session.setting));
        run_parts(parts, &mut self.session)?;
        let rows = self.session.end();
        write_whole(&self.arguments.out.join(name).with_extension("csv"), &rows)
    }
}

/// Runs the experiments.
///
/// # Errors
/// If what is asked for makes no sense, a file cannot be read or written, or a check has found this
/// crate's own tables wrong.
pub(crate) fn run(arguments: &Run) -> Result<(), Failure> {
    let plan = Plan::read(&arguments.what.plan)?;
    let mode = arguments.what.mode;
    let mut names = Names(Vec::new());
    each(&plan, mode, &mut names)?;
    for wanted in arguments.names.iter().filter(|&wanted| wanted != ALL) {
        if !names.0.contains(&wanted.as_str()) {
            let known = names.0.join(", ");
            return Err(format!("{wanted:?} is no experiment: there are {known}").into());
        }
    }
    fs::create_dir_all(&arguments.out)
        .map_err(|error| format!("cannot make {}: {error}", arguments.out.display()))?;
    let setting = Setting::containing(&arguments.what.only, arguments.what.family)?;
    let session = Session::new(setting, arguments.what.day.clone());
    let mut runs = Runs { arguments, session };
    each(&plan, mode, &mut runs)?;
    match runs.session.faults {
        faults if faults > 0 && mode == Mode::Check => {
            Err(format!("rtalloc's own tables failed {faults} times").into())
        }
        _ => Ok(()),
    }
}
