//! The command `rtalloc` as its callers see it: output, exit status, errors.

use std::{
    ffi::OsStr,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

mod bench;
mod check;
mod errors;
mod exec;
#[cfg(target_os = "linux")]
mod follow;
mod load;
mod lookup;
mod routes;

const TABLE: &str = "\
10.0.0.0/8 192.0.2.1
10.1.0.0/16 7
10.1.2.0/24 192.0.2.9@3
192.0.2.77/32 1
2001:db8::/32 fe80::1@2
2001:db8:1::/48 5
";

/// Writes a file for the test `test` alone.
fn file(test: &str, contents: impl AsRef<[u8]>) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{test}"));
    fs::write(&path, contents).unwrap();
    path
}

fn start<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Child {
    Command::new(env!("CARGO_BIN_EXE_rtalloc"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Runs the command. The arguments are split at blanks; `@` stands for the table's file.
fn run(args: &str, table: &Path, stdin: impl AsRef<[u8]> + Send) -> Output {
    let args = args.split_whitespace().map(|arg| match arg {
        "@" => table.as_os_str(),
        _ => OsStr::new(arg),
    });
    let mut child = start(args);
    let mut input = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // A command that fails early does not read what it is given, and one that answers on the
        // way has to be read meanwhile.
        scope.spawn(move || {
            let _ = input.write_all(stdin.as_ref());
        });
        child.wait_with_output().unwrap()
    });
    assert!(!text(&output.stderr).contains("panicked"), "{}", text(&output.stderr));
    output
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

/// What a run printed, and its exit status.
fn outcome(output: &Output) -> (&str, Option<i32>) {
    (text(&output.stdout), output.status.code())
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Asserts that a run failed with exactly this on standard error.
fn assert_error(output: &Output, message: &str) {
    assert_eq!(text(&output.stderr), format!("rtalloc: {message}\n"));
    assert_eq!(output.status.code(), Some(1));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
