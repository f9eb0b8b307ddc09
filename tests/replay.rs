//! `rtalloc replay` and `rtalloc run` as their callers see them, on small tables.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

const TABLE: &str = "10.0.0.0/8 1\n10.1.0.0/16 2\n192.0.2.0/24\n2001:db8::/32 3\n";

/// New, changed, unchanged and withdrawn routes of both families, and one that is absent.
const UPDATES: &str = "\
A 10.2.0.0/16 5
A 10.2.0.0/16 5
W 10.1.0.0/16
A 192.0.2.0/24
A 2001:db8:1::/48
W 10.9.0.0/16
A 192.0.2.0/24
W 2001:db8::/32
";

fn file(name: &str, contents: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("replay-{name}"));
    fs::write(&path, contents).unwrap();
    path
}

/// Runs the command; arguments are split at blanks.
fn run(args: &str, stdin: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rtalloc"))
        .args(args.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that fails early does not read what it is given.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("panicked"), "{said}");
    output
}

fn json(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Announced new, changed and unchanged; withdrawn, and withdrawn while absent.
fn counts(family: &Value) -> [u64; 5] {
    let updates = &family["writer"]["updates"];
    ["announced_new", "announced_changed", "announced_unchanged", "withdrawn", "withdrawn_absent"]
        .map(|name| updates[name].as_u64().unwrap())
}

#[test]
fn a_replay_counts_and_checks_every_update() {
    let (table, updates) = (file("table", TABLE), file("updates", UPDATES));
    let common = format!("replay {} --table {} --json", updates.display(), table.display());
    for (args, v4) in [
        ("", [1, 2, 1, 1, 1]),
        ("--readers 3 --rate 1000/s", [1, 2, 1, 1, 1]),
        ("--readers 0 --batch 3", [1, 2, 1, 1, 1]),
        ("--unchanged", [1, 0, 3, 1, 1]),
    ] {
        let report = json(&run(&format!("{common} {args}"), ""));
        let families = report["families"].as_array().unwrap();
        assert_eq!(families.len(), 2, "{args}");
        assert_eq!(counts(&families[0]), v4, "{args}");
        assert_eq!(counts(&families[1]), [1, 0, 0, 1, 0], "{args}");
        assert_eq!(families[0]["final_routes"]["checked"], 3, "{args}");
        assert_eq!(families[0]["final_answers"]["checked"], 15, "{args}");
        assert_eq!(families[1]["final_routes"]["checked"], 1, "{args}");
        assert_eq!(report["conclusion"]["wrong"], 0, "{args}");
        let books = &report["books"];
        assert_eq!((&books["balances"], &books["left_after_release"]), (&true.into(), &0.into()));
        // Four routes loaded and five announcements, in any case.
        assert_eq!((&books["made"], &books["dropped"]), (&9.into(), &9.into()), "{args}");
        if !args.contains("--readers 0") {
            let checked = families[0]["samples"]["checked"].as_u64().unwrap();
            assert!(checked > 0, "{args}");
        }
    }
}

#[test]
fn several_streams_and_standard_input_are_applied_in_order() {
    let table = file("streams-table", TABLE);
    let later = file("streams-later", "W 10.2.0.0/16\nA 10.1.0.0/16 9\n");
    let args = format!("replay - {} --table {} --json", later.display(), table.display());
    let report = json(&run(&args, UPDATES));
    assert_eq!(counts(&report["families"][0]), [2, 2, 1, 2, 1]);
    assert_eq!(report["families"][0]["final_routes"]["checked"], 3);
}

#[test]
fn a_recording_is_replayed_at_its_own_speed_or_faster() {
    // Half a second of IPv4, and an update of IPv6 in the middle of it.
    let recorded = "\
BGP4MP_ET|1000.000000|A|192.0.2.9|65000|10.2.0.0/16|65000 1|IGP|192.0.2.1|0|0||NAG||
BGP4MP_ET|1000.250000|A|192.0.2.9|65000|2001:db8:1::/48|65000 1|IGP|2001:db8::1|0|0||NAG||
BGP4MP_ET|1000.500000|W|192.0.2.9|65000|10.1.0.0/16
";
    let (table, updates) = (file("speed-table", TABLE), file("speed-updates", recorded));
    let common = format!("replay {} --table {} --json", updates.display(), table.display());
    let replayed = |speed: &str| {
        let report = json(&run(&format!("{common} --speed {speed}"), ""));
        assert_eq!(report["speed"], speed);
        assert_eq!(counts(&report["families"][0]), [1, 0, 0, 1, 0], "{speed}");
        assert_eq!(counts(&report["families"][1]), [1, 0, 0, 0, 0], "{speed}");
        let seconds = |family: &Value| family["writer"]["seconds"].as_f64().unwrap();
        [0, 1].map(|family| seconds(&report["families"][family]))
    };
    let [v4, v6] = replayed("1x");
    assert!(v4 >= 0.5 && v6 < 0.5, "{v4} and {v6} seconds");
    assert!(replayed("10x")[0] >= 0.05);
    assert!(replayed("max")[0] < 0.5);
}

#[test]
fn the_text_says_that_all_is_well() {
    let (table, updates) = (file("text-table", TABLE), file("text-updates", UPDATES));
    let args = format!("replay {} --table {}", updates.display(), table.display());
    let output = run(&args, "");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(text.contains("announced 1 new, 2 changed, 1 unchanged; withdrawn 1, 1 absent"));
    assert!(text.ends_with("all checks passed\n"), "{text}");
}

#[test]
fn bad_input_is_an_error_and_applies_nothing() {
    let table = file("bad-table", TABLE);
    let bad = file("bad-updates", "A 10.0.0.0/8\nA 10.0.0.1/8\n");
    let untimed = file("bad-untimed", "A 10.0.0.0/8\n");
    for (args, said) in [
        (format!("replay {} --table {}", bad.display(), table.display()), ":2: "),
        (format!("replay {0} --table {0}", table.display()), ":1: "),
        (format!("replay no-such-file --table {}", table.display()), "no-such-file"),
        ("replay - --table -".to_owned(), "standard input"),
        (format!("replay - --table {} --rate 0", table.display()), "rate"),
        (format!("replay - --table {} --speed 0", table.display()), "speed"),
        (format!("replay - --table {} --speed 1 --rate 1", table.display()), "--rate"),
        (format!("replay {} --table {} --speed 1", untimed.display(), table.display()), "--rate"),
        (format!("replay - --table {}", table.display()), "-: "),
    ] {
        let output = run(&args, "");
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{args}");
        assert!(error.contains(said) && output.stdout.is_empty(), "{args}: {error}");
    }
}

#[test]
fn the_main_job_serves_a_table_of_any_size() {
    let (table, updates) = (file("run-table", TABLE), file("run-updates", UPDATES));
    let common = format!("--table {} --seconds 0.02 --readers 2", table.display());
    for args in [common.clone(), format!("run {common} --updates {}", updates.display())] {
        let report = json(&run(&format!("{args} --json"), ""));
        let families = report["families"].as_array().unwrap();
        assert_eq!(families.len(), 2, "{args}");
        for family in families {
            let lines = family["lines"].as_array().unwrap();
            let readers: Vec<_> = lines.iter().map(|line| &line["readers"]).collect();
            assert_eq!(readers, [1, 2, 1, 2], "{args}");
            assert!(lines.iter().all(|line| line["lookups_per_second"].as_f64().unwrap() > 0.0));
            assert!(lines[0]["writer"].is_null() && lines[1]["writer"].is_null());
            assert!(lines[2]["writer"]["published"].as_u64().unwrap() > 0);
        }
        assert_eq!(report["conclusion"]["wrong"], 0, "{args}");
        assert_eq!(report["books"]["dropped_on_readers"], 0, "{args}");
        assert_eq!(report["books"]["balances"], true, "{args}");
    }
}

#[test]
fn the_main_job_prints_a_table() {
    let table = file("grid-table", TABLE);
    let args = format!("run --table {} --seconds 0.01 --readers 1", table.display());
    let output = run(&args, "");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(text.contains("family  table     readers"), "{text}");
    assert!(text.contains("IPv6    changing"), "{text}");
    assert!(text.ends_with("all checks passed\n"), "{text}");
}
