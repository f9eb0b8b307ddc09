//! What someone needs to know to judge the numbers.

use std::{fs, path::Path, process::Command, thread};

/// What a command prints, without the end of the line; empty if it fails.
fn output(program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    if folder.is_dir() {
        command.current_dir(folder);
    }
    let done = command.args(arguments).output().ok();
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

/// Bytes of this process that are in memory, as the system counts them; 0 where it does not tell.
pub fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    kibibytes(&status, "VmRSS:")
}

/// Bytes that the machine could still give; 0 where the system does not tell.
pub fn available() -> usize {
    kibibytes(&fs::read_to_string("/proc/meminfo").unwrap_or_default(), "MemAvailable:")
}

/// The bytes that a line of a file of `/proc` tells in KiB.
fn kibibytes(text: &str, name: &str) -> usize {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let count = line.and_then(|line| line.split_whitespace().next());
    count.and_then(|count| count.parse::<usize>().ok()).unwrap_or(0) * 1024
}

/// What this program is, and on what it runs, by names: of its build, of which it was told then, and
/// of the machine, which it asks. What is not known is empty.
pub fn provenance() -> Vec<(&'static str, String)> {
    let file = |path: &str| fs::read_to_string(path).unwrap_or_default().trim().to_string();
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    vec![
        ("time", output("date", &["-u", "+%Y-%m-%dT%H:%M:%S+00:00"])),
        ("commit", env!("RTALLOC_COMMIT").to_owned()),
        ("dirty", env!("RTALLOC_DIRTY").to_owned()),
        ("rustc", env!("RTALLOC_RUSTC").to_owned()),
        ("rustflags", env!("RTALLOC_RUSTFLAGS").to_owned()),
        ("profile", profile.to_owned()),
        ("dpdk", env!("RTALLOC_DPDK").to_owned()),
        ("processor", processor()),
        ("instructions", instructions().to_owned()),
        ("cores", cores.to_string()),
        ("memory_bytes", kibibytes(&file("/proc/meminfo"), "MemTotal:").to_string()),
        ("kernel", file("/proc/sys/kernel/osrelease")),
        ("architecture", std::env::consts::ARCH.to_owned()),
        ("virtual", is_virtual().to_string()),
        ("governor", file("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")),
        ("huge_pages", chosen(&file("/sys/kernel/mm/transparent_hugepage/enabled"))),
        ("huge_pages_defrag", chosen(&file("/sys/kernel/mm/transparent_hugepage/defrag"))),
        ("load_average", load_average()),
    ]
}

/// Of the words of a setting, the one in brackets: what is chosen.
fn chosen(setting: &str) -> String {
    let inside = setting.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    inside.map_or("", |(word, _)| word).to_owned()
}

/// Whether the processor says that it is not a real one.
fn is_virtual() -> bool {
    let known = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let flags = known.lines().find(|line| line.starts_with("flags"));
    flags.is_some_and(|flags| flags.split_whitespace().any(|flag| flag == "hypervisor"))
}

/// The vectors that the processor has: what the best code is chosen by.
pub fn instructions() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx512f") {
        return "AVX-512";
    } else if is_x86_feature_detected!("avx2") {
        return "AVX2";
    }
    std::env::consts::ARCH
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_proc_are_bytes() {
        let text = "VmHWM:\t  900 kB\nVmRSS:\t  12 kB\n";
        assert_eq!([kibibytes(text, "VmRSS:"), kibibytes(text, "VmSize:")], [12 * 1024, 0]);
    }

    #[test]
    fn what_is_chosen_is_in_brackets() {
        let settings = ["always [madvise] never", "[always] madvise never", "", "never"];
        assert_eq!(settings.map(chosen), ["madvise", "always", "", ""]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_and_a_machine_have_memory() {
        assert!(resident() > 1 << 16 && available() > resident());
    }
}
