//! Looking addresses up: the order of answers, and when they come.

use std::io::{BufRead, BufReader, Write};

use crate::{TABLE, assert_error, file, outcome, run, start, text};

#[test]
fn lookup_answers_in_input_order() {
    let table = file("lookup", TABLE);
    let mut input = String::from("# three kinds of answer\n\n");
    let mut expected = String::new();
    // More than one burst and more than one block of output.
    for number in 0..5000u32 {
        let (high, low) = (number / 250, number % 250);
        input.push_str(&format!("10.1.{high}.{low}\n11.0.{high}.{low}\n2001:db8:1::{number:x}\n"));
        let inside = match high {
            2 => "10.1.2.0/24\t192.0.2.9@3",
            _ => "10.1.0.0/16\t7",
        };
        expected.push_str(&format!("10.1.{high}.{low}\t{inside}\n11.0.{high}.{low}\t-\t-\n"));
        let address: std::net::Ipv6Addr = format!("2001:db8:1::{number:x}").parse().unwrap();
        expected.push_str(&format!("{address}\t2001:db8:1::/48\t5\n"));
    }
    let output = run("lookup --table @", &table, input);
    assert!(text(&output.stdout) == expected, "answers differ");
    assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
}

#[test]
fn lookup_names_the_bad_line_after_the_answers_before_it() {
    let table = file("lookup-bad", TABLE);
    let output = run("lookup --table @", &table, "10.0.0.1\nten\n10.0.0.2\n");
    assert_eq!(text(&output.stdout), "10.0.0.1\t10.0.0.0/8\t192.0.2.1\n");
    assert_error(&output, "-:2: \"ten\": not an IP address");
}

#[test]
fn lookup_skips_and_counts_if_lenient() {
    let table = file("lookup-lenient", TABLE);
    let input = "ten\n10.0.0.1\n10.0.0.1 x\n10.0.0/8\n";
    let output = run("lookup --lenient --table @", &table, input);
    assert_eq!(outcome(&output), ("10.0.0.1\t10.0.0.0/8\t192.0.2.1\n", Some(0)));
    let report = text(&output.stderr);
    assert!(report.contains("rtalloc: -:3: \"x\": one field too many\n"), "{report}");
    let count = "rtalloc: -: skipped 3 (no address: 2, surplus field: 1)\n";
    assert!(report.ends_with(count), "{report}");
}

#[test]
fn lookup_of_nothing_answers_nothing_and_needs_standard_input_for_itself() {
    let table = file("lookup-empty", TABLE);
    assert_eq!(outcome(&run("lookup --table @", &table, "")), ("", Some(0)));
    let output = run("lookup --table -", &table, TABLE);
    assert_error(&output, "standard input can be read only once");
}

#[test]
fn lookup_answers_before_it_waits_for_the_next_address() {
    let table = file("lookup-dialogue", TABLE);
    let mut child = start(["lookup".as_ref(), "--table".as_ref(), table.as_os_str()]);
    let mut questions = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    for address in ["10.1.0.1", "10.1.0.2", "10.1.0.3"] {
        writeln!(questions, "{address}").unwrap();
        let answer = answers.next().unwrap().unwrap();
        assert_eq!(answer, format!("{address}\t10.1.0.0/16\t7"));
    }
    drop(questions);
    assert!(answers.next().is_none());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_closed_pipe_ends_lookup_quietly() {
    let table = file("lookup-pipe", TABLE);
    let mut child = start(["lookup".as_ref(), "--table".as_ref(), table.as_os_str()]);
    drop(child.stdout.take());
    let mut questions = child.stdin.take().unwrap();
    // Without end, as far as the command can tell: it has to give up by itself.
    while questions.write_all(b"10.0.0.1\n10.0.0.2\n").is_ok() {}
    let output = child.wait_with_output().unwrap();
    assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
}
