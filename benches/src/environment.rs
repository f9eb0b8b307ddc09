//! What someone needs to know to judge the numbers, as `scripts/record` writes it.

use std::{fs, process::Command, thread};

/// What a command prints, without the end of the line; empty if it fails.
fn output(program: &str, arguments: &[&str]) -> String {
    let folder = env!("CARGO_MANIFEST_DIR");
    let done = Command::new(program).args(arguments).current_dir(folder).output().ok();
    let printed = done.filter(|done| done.status.success()).map(|done| done.stdout);
    String::from_utf8_lossy(&printed.unwrap_or_default()).trim_end().to_string()
}

fn processor() -> String {
    let known = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = known.lines().find(|line| line.starts_with("model name"));
    let name = line.and_then(|line| line.split_once(':'));
    name.map_or("unknown", |(_, name)| name.trim()).to_string()
}

/// How many threads wanted to run during the last minute.
pub fn load_average() -> String {
    let known = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    known.split(' ').next().unwrap_or_default().to_string()
}

/// How often the calling thread was made to wait for a processor; 0 where the system does not tell.
pub fn waits() -> u64 {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("nonvoluntary_ctxt_switches:"));
    line.and_then(|count| count.trim().parse().ok()).unwrap_or(0)
}

/// The environment by names of columns.
pub fn environment(routes: usize, load_before: String) -> Vec<(&'static str, String)> {
    let changed = output("git", &["status", "--porcelain", "--untracked-files=no"]);
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    vec![
        ("routes", routes.to_string()),
        ("time", output("date", &["-u", "+%Y-%m-%dT%H:%M:%S+00:00"])),
        ("commit", output("git", &["rev-parse", "HEAD"])),
        ("dirty", (!changed.is_empty()).to_string()),
        ("processor", processor()),
        ("cores", cores.to_string()),
        ("system", output("uname", &["-srm"])),
        ("rustc", output("rustc", &["--version"])),
        ("profile", profile.to_string()),
        ("pinned", false.to_string()),
        ("load_average_before", load_before),
        ("load_average_after", load_average()),
    ]
}

/// A line of CSV.
pub fn line(fields: impl Iterator<Item = String>) -> String {
    let quoted = fields.map(|field| match field.contains([',', '"', '\n']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field,
    });
    quoted.collect::<Vec<_>>().join(",")
}
