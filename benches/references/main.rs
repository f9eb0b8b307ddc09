//! What it costs to take a route and give it back, by each of the ways there are.
//!
//! `cargo bench --package rtalloc-benches --bench references -- [--quick] [--rounds N] [--csv FILE]`
//!
//! Each tier looks one address up, reads the interface of the route that it finds, and gives the
//! route back; [`rtalloc_benches::tiers`] says how. The measure beside them is what is left if the lookup is for
//! free: cloning and dropping an `Arc` of what is looked up. One thread does it, and two do it to the
//! same entry, which is where counting in shared memory costs most.
//!
//! Every answer is checked, before anything is timed and while it is. Tiers take turns in rounds, in
//! another order each time, so that what happens to the machine happens to all of them; and a ratio
//! compares two samples of one round. Ratios are the result: nanoseconds are of one machine in one
//! hour. Threads are not pinned to processors; a sample during which one had to wait for a processor
//! is taken again, and if that does not help it is marked and left out of the table.

mod rounds;

use std::{env, fs::File, io, path::PathBuf, process::ExitCode, time::Duration};

use rounds::{Sample, measure};
use rtalloc_benches::{
    adapter::Failure,
    environment,
    tiers::{Setting, tiers},
};

/// What the others are compared with.
const MEASURE: &str = "Arc";

/// What the command line asks for.
struct Asked {
    rounds: u32,
    /// How long one sample takes.
    sample: Duration,
    routes: usize,
    csv: Option<PathBuf>,
}

/// # Errors
/// What is wrong with the command line.
fn asked() -> Result<Asked, String> {
    let mut asked =
        Asked { rounds: 21, sample: Duration::from_millis(2), routes: 10_000, csv: None };
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--quick" => {
                (asked.rounds, asked.sample) = (3, Duration::from_millis(1));
                asked.routes = 1000;
            }
            "--rounds" => {
                let count = value()?;
                let rounds = count.parse().ok().filter(|rounds| *rounds > 0);
                asked.rounds = rounds.ok_or(format!("--rounds {count}: not a number of rounds"))?;
            }
            "--csv" => asked.csv = Some(value()?.into()),
            // Cargo says it to every benchmark.
            "--bench" => {}
            other => return Err(format!("{other}: known are --quick, --rounds N and --csv FILE")),
        }
    }
    Ok(asked)
}

/// The quartiles of some numbers, as text: the median, then those that a quarter and three quarters
/// do not exceed.
fn quartiles(of: impl Iterator<Item = f64>, digits: usize) -> String {
    let mut of: Vec<f64> = of.collect();
    of.sort_by(f64::total_cmp);
    let at = |quarter: usize| of[(of.len() - 1) * quarter / 4];
    match of.len() {
        0 => "none undisturbed".to_string(),
        _ => format!("{:.digits$} ({:.digits$}..{:.digits$})", at(2), at(1), at(3)),
    }
}

/// The sample of the measure that belongs to `sample`.
fn beside<'a>(samples: &'a [Sample], sample: &Sample) -> Option<&'a Sample> {
    let place = (sample.threads, sample.round);
    samples.iter().find(|other| other.tier == MEASURE && (other.threads, other.round) == place)
}

fn print(samples: &[Sample], names: &[&str]) {
    println!("{:24}{:>8}{:>30}{:>28}", "", "threads", "ns: median, quartiles", "times Arc");
    for threads in [1, 2] {
        for name in names {
            let these = || {
                let whole = samples.iter().filter(|sample| !sample.disturbed);
                whole.filter(|sample| (sample.tier, sample.threads) == (*name, threads))
            };
            let nanoseconds = quartiles(these().map(Sample::nanoseconds), 1);
            let ratios = these().filter_map(|sample| {
                let measure = beside(samples, sample).filter(|measure| !measure.disturbed)?;
                Some(sample.nanoseconds() / measure.nanoseconds())
            });
            println!("{name:24}{threads:>8}{nanoseconds:>30}{:>28}", quartiles(ratios, 2));
        }
    }
    let disturbed = samples.iter().filter(|sample| sample.disturbed).count();
    println!("left out: {disturbed} disturbed samples of {}", samples.len());
}

fn write_csv(
    mut to: impl io::Write,
    samples: &[Sample],
    around: &[(&str, String)],
) -> io::Result<()> {
    let own = [
        "tier",
        "threads",
        "round",
        "operations",
        "seconds",
        "disturbed",
        "nanoseconds",
        "times_arc",
    ];
    let names = own.into_iter().chain(around.iter().map(|(name, _)| *name));
    writeln!(to, "{}", environment::line(names.map(String::from)))?;
    for sample in samples {
        let own = [
            sample.tier.to_string(),
            sample.threads.to_string(),
            sample.round.to_string(),
            sample.operations.to_string(),
            sample.seconds.to_string(),
            sample.disturbed.to_string(),
            format!("{:.3}", sample.nanoseconds()),
            beside(samples, sample).map_or_else(String::new, |measure| {
                format!("{:.4}", sample.nanoseconds() / measure.nanoseconds())
            }),
        ];
        let around = around.iter().map(|(_, value)| value.clone());
        writeln!(to, "{}", environment::line(own.into_iter().chain(around)))?;
    }
    Ok(())
}

fn run(asked: &Asked) -> Result<(), Failure> {
    let before = environment::load_average();
    let setting = Setting::new(asked.routes)?;
    let tiers = tiers(&setting);
    let samples = measure(&tiers, asked.rounds, asked.sample);
    let names: Vec<&str> = tiers.iter().map(|tier| tier.name).collect();
    print(&samples, &names);
    if let Some(path) = &asked.csv {
        let around = environment::environment(asked.routes, before);
        write_csv(io::BufWriter::new(File::create(path)?), &samples, &around)?;
    }
    Ok(())
}

fn main() -> ExitCode {
    let done = asked().map_err(Into::into).and_then(|asked| run(&asked));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("references: {error}");
            ExitCode::FAILURE
        }
    }
}
