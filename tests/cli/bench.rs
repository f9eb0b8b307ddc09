//! `bench` starts another program and ends as it does.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::{TABLE, assert_error, file, outcome};

/// A folder with the command in it and nothing else, and the command there. Linked, since what is
/// written while another test starts a program may not be started itself.
fn alone(test: &str) -> (PathBuf, PathBuf) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-bench-{test}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let command = folder.join("rtalloc");
    fs::hard_link(env!("CARGO_BIN_EXE_rtalloc"), &command).unwrap();
    (folder, command)
}

fn bench(command: &Path, path: &Path, args: &[&str]) -> Output {
    Command::new(command).arg("bench").args(args).env("PATH", path).output().unwrap()
}

#[test]
fn without_the_program_it_says_how_to_build_it() {
    let (folder, command) = alone("absent");
    let message = "rtalloc-bench is neither beside this program nor in PATH; it is built by `cargo \
                   build --release -p rtalloc-benches`";
    assert_error(&bench(&command, &folder, &["throughput"]), message);
    assert_error(&bench(&command, &folder, &["--help"]), message);
}

/// The command itself stands in for the program: what it prints and its exit status are known.
#[test]
fn arguments_output_and_status_are_the_program_s() {
    let table = file("bench", TABLE);
    let table = table.to_str().unwrap();
    let stand_in = |folder: &Path| {
        fs::hard_link(env!("CARGO_BIN_EXE_rtalloc"), folder.join("rtalloc-bench")).unwrap();
    };
    let (beside, command) = alone("beside");
    stand_in(&beside);
    let (elsewhere, _) = alone("elsewhere");
    stand_in(&elsewhere);
    let (_, apart) = alone("apart");
    for (command, path) in [(&command, Path::new("")), (&apart, &*elsewhere)] {
        let ask = |address| bench(command, path, &["get", "--table", table, address]);
        let whole = bench(command, path, &["--version"]);
        let version = concat!("rtalloc ", env!("CARGO_PKG_VERSION"), "\n");
        assert_eq!(outcome(&whole), (version, Some(0)));
        let found = ask("10.1.2.3");
        let (text, code) = outcome(&found);
        assert!(text.contains("10.1.2.0/24") && code == Some(0), "{text}");
        assert_eq!(outcome(&ask("11.0.0.1")).1, Some(2), "no route");
        assert_eq!(outcome(&ask("nonsense")).1, Some(1), "an error");
    }
}
