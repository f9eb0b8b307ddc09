//! Loading: what a table is made from, and what is said about it.

use std::path::PathBuf;

use serde_json::json;

use crate::{TABLE, assert_error, file, gzip, json_of, outcome, run, text};

#[test]
fn load_counts_routes_by_family() {
    let table = file("load", TABLE);
    let output = run("load --table @", &table, "");
    assert_eq!(outcome(&output), ("IPv4: 4 routes\nIPv6: 2 routes\n", Some(0)));
    let output = run("load --table @ --json", &table, "");
    let expected = json!({ "families": [
        { "family": "inet", "routes": 4 },
        { "family": "inet6", "routes": 2 },
    ]});
    assert_eq!(json_of(&output), expected);
}

#[test]
fn load_stats_add_up() {
    let table = file("stats", TABLE);
    let output = run("load --table @ --stats", &table, "");
    let lines: Vec<_> = text(&output.stdout).lines().map(str::trim).collect();
    for word in ["nodes", "cells", "entries", "map", "writer", "total", "depth", "read in"] {
        assert!(lines.iter().any(|line| line.starts_with(word)), "{word}: {lines:?}");
    }
    let object = json_of(&run("load --table @ --stats --json", &table, ""));
    assert!(object["read_seconds"].as_f64().unwrap() > 0.0);
    for family in object["families"].as_array().unwrap() {
        assert!(family["build_seconds"].as_f64().unwrap() > 0.0);
        let footprint = &family["footprint"];
        let bytes = footprint["bytes"].as_object().unwrap();
        let sum: u64 = bytes.values().map(|bytes| bytes.as_u64().unwrap()).sum();
        assert_eq!(sum, 2 * bytes["total"].as_u64().unwrap(), "the parts and the total");
        let depths = footprint["depths"].as_array().unwrap();
        assert_eq!(depths[0]["nodes"], 1);
        for pair in depths.windows(2) {
            let end = pair[0]["last_bit"].as_u64().unwrap();
            assert_eq!(pair[1]["first_bit"], end + 1);
        }
    }
}

#[test]
fn load_compares_shapes() {
    let table = file("compare", TABLE);
    let other = file("compare-other", "10.0.0.0/8\n11.0.0.0/8\n");
    let args = format!("load --table @ --compare {}", other.display());
    let report = run(&args, &table, "");
    let rows: Vec<Vec<_>> =
        text(&report.stdout).lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(rows.contains(&vec!["routes", "4", "2", "+100.0", "%"]), "{rows:?}");
    assert!(rows.contains(&vec!["length", "8", "1", "2", "-50.0", "%"]), "{rows:?}");
    assert!(!rows.iter().any(|row| row.first() == Some(&"IPv6")), "{rows:?}");
    let object = json_of(&run(&(args + " --json"), &table, ""));
    let comparisons = object["comparisons"].as_array().unwrap();
    assert_eq!((comparisons.len(), &comparisons[0]["family"]), (1, &json!("inet")));
    let routes = json!({ "statistic": "routes", "this": 4, "other": 2 });
    assert_eq!(comparisons[0]["statistics"][0], routes);
    let real = json_of(&run("load --table @ --json --compare", &table, ""));
    assert_eq!(real["comparisons"][0]["statistics"][0]["other"], 1_042_325);
    assert_eq!(real["comparisons"][1]["statistics"][0]["other"], 246_175);
}

#[test]
fn the_last_file_with_a_prefix_wins() {
    let first = file("merge-1", "10.0.0.0/8 1\n10.1.0.0/16 1\n");
    let second = file("merge-2", "10.0.0.0/8 2\n2001:db8::/32 2\n");
    let second = second.to_str().unwrap();
    let args = format!("get 10.0.0.1 10.1.0.1 2001:db8::1 --table @ --table {second}");
    let expected = "\
10.0.0.1\t10.0.0.0/8\t2\tU
10.1.0.1\t10.1.0.0/16\t1\tU
2001:db8::1\t2001:db8::/32\t2\tU
";
    assert_eq!(outcome(&run(&args, &first, "")), (expected, Some(0)));
}

#[test]
fn a_table_may_come_from_standard_input_compressed_and_without_next_hops() {
    let nowhere = PathBuf::new();
    let output = run("get 10.1.1.1 --table -", &nowhere, gzip(b"10.1.0.0/16\n"));
    let fields: Vec<_> = text(&output.stdout).trim_end().split('\t').collect();
    assert_eq!(fields[..2], ["10.1.1.1", "10.1.0.0/16"]);
    let number: u32 = fields[2].parse().unwrap();
    assert!((1..=250).contains(&number));
    assert_error(
        &run("load --table - --table -", &nowhere, TABLE),
        "standard input can be read only once",
    );
}

#[test]
fn a_lenient_table_is_loaded_without_its_bad_lines() {
    let table = file("lenient", "10.0.0.1/8\n10.0.0.0/8 1\nx\n10.0.0.0/99\ny\n");
    let output = run("get 10.0.0.1 --lenient --table @", &table, "");
    assert_eq!(outcome(&output), ("10.0.0.1\t10.0.0.0/8\t1\tU\n", Some(0)));
    let name = table.display();
    let report = text(&output.stderr);
    let count = format!(
        "rtalloc: {name}: skipped 4 (host bits set: 1, no address: 2, prefix length out of range: 1)\n"
    );
    assert!(report.ends_with(&count), "{report}");
    assert!(report.contains(&format!("rtalloc: {name}:3: \"x\": not an IP address\n")));
    let hopeless = file("hopeless", "x\ny\n");
    let output = run("load --lenient --table @", &hopeless, "");
    assert_eq!(outcome(&output), ("", Some(1)), "nothing at all is an error");
}
