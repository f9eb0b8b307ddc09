//! Checking tables.

use crate::{TABLE, file, run, text};

#[test]
fn check_names_its_model_and_agrees() {
    let table = file("check", TABLE);
    let output = run("check --table @", &table, "");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    let report = text(&output.stdout);
    assert!(report.starts_with("IPv4: 4 routes, held against the golden model\n"), "{report}");
    assert!(report.contains("20 lookups, 4 gets, 4 routes in order: all 29 answers agree\n"));
    assert!(report.contains("20 lookups, 4 gets, 0 routes in order: all 27 answers agree\n"));
    assert!(report.contains("IPv6: 2 routes, held against the golden model\n"));
    // Three checks of either family: 2 * 29 + 27, and 2 * 15 + 15.
    assert!(report.ends_with("\nall 130 answers agree\n"), "{report}");
}

#[test]
fn check_takes_the_oracle_for_a_large_table() {
    let routes: String = (0..5000).map(|n| format!("10.{}.{}.0/24\n", n / 250, n % 250)).collect();
    let table = file("check-large", routes + "0.0.0.0/0\n10.0.0.0/8\n255.255.255.255/32\n");
    let output = run("check --seed 7 --table @", &table, "");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    let report = text(&output.stdout);
    assert!(report.starts_with("IPv4: 5003 routes, held against the oracle\n"), "{report}");
    assert!(!report.contains("IPv6"), "an absent family is not checked");
}
