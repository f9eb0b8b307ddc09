//! Asking for routes: `get` and `show`.

use serde_json::json;

use crate::{TABLE, file, json_of, outcome, run, text};

#[test]
fn get_prints_the_matched_route() {
    let table = file("get", TABLE);
    let output = run("get 10.1.2.3 192.0.2.77 2001:db8::1 --table @", &table, "");
    let expected = "\
10.1.2.3\t10.1.2.0/24\t192.0.2.9@3\tUG
192.0.2.77\t192.0.2.77/32\t1\tUH
2001:db8::1\t2001:db8::/32\tfe80::1@2\tUG
";
    assert_eq!(outcome(&output), (expected, Some(0)));
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn get_exits_with_2_if_any_address_has_no_route() {
    let table = file("get-none", TABLE);
    let output = run("get 11.0.0.1 10.2.0.1 --table @", &table, "");
    let expected = "11.0.0.1\t-\t-\t-\n10.2.0.1\t10.0.0.0/8\t192.0.2.1\tUG\n";
    assert_eq!(outcome(&output), (expected, Some(2)));
    let output = run("get 11.0.0.1 10.1.2.3 --table @ --json", &table, "");
    assert_eq!(output.status.code(), Some(2));
    let expected = json!([
        { "address": "11.0.0.1", "dst": null },
        {
            "address": "10.1.2.3", "dst": "10.1.2.0/24",
            "gateway": "192.0.2.9", "dev": 3, "flags": ["up", "gateway"],
        },
    ]);
    assert_eq!(json_of(&output), expected);
}

#[test]
fn get_refuses_what_is_no_address() {
    let table = file("get-bad", TABLE);
    let output = run("get 10.0.0.256 --table @", &table, "");
    assert_eq!(outcome(&output), ("", Some(1)));
    assert!(text(&output.stderr).contains("10.0.0.256"));
}

#[test]
fn show_finds_exact_covering_and_longer() {
    let table = file("show", TABLE);
    let exact = "10.1.0.0/16\t7\tU\n";
    let covering = "10.0.0.0/8\t192.0.2.1\tUG\n10.1.0.0/16\t7\tU\n";
    let longer = "10.1.0.0/16\t7\tU\n10.1.2.0/24\t192.0.2.9@3\tUG\n";
    for (args, expected) in [
        ("show 10.1.0.0/16 --table @", exact),
        ("show 10.1.0.0/16 --exact --table @", exact),
        ("show 10.1.0.0/16 --covering --table @", covering),
        ("show 10.1/16 --longer --table @", longer),
        ("show 10.1.0.0/16 --longer --count --table @", "2\n"),
        ("show 2001:db8::/32 --longer --count --table @", "2\n"),
        ("show ::/0 --longer --count --json --table @", "{\"count\":2}\n"),
    ] {
        assert_eq!(outcome(&run(args, &table, "")), (expected, Some(0)), "{args}");
    }
}

#[test]
fn show_exits_with_2_if_there_is_nothing() {
    let table = file("show-none", TABLE);
    for (args, expected) in [
        ("show 10.0.0.0/9 --table @", ""),
        ("show 11.0.0.0/8 --covering --table @", ""),
        ("show 11.0.0.0/8 --longer --count --table @", "0\n"),
        ("show ::/0 --json --table @", "[]\n"),
    ] {
        assert_eq!(outcome(&run(args, &table, "")), (expected, Some(2)), "{args}");
    }
}

#[test]
fn show_takes_the_synthetic_internet() {
    let none = file("show-synthetic", "");
    let v6 = run("show ::/0 --longer --count --synthetic", &none, "");
    assert_eq!(outcome(&v6), ("246175\n", Some(0)));
}

#[test]
fn show_refuses_what_is_no_prefix() {
    let table = file("show-bad", TABLE);
    for (prefix, reason) in [
        ("10.0.0.1/8", "host bits set"),
        ("10.0.0.0/33", "0 to 32"),
        ("10.0.0.0", "no prefix length"),
    ] {
        let output = run(&format!("show {prefix} --table @"), &table, "");
        assert_eq!(outcome(&output), ("", Some(1)));
        assert!(text(&output.stderr).contains(reason), "{}", text(&output.stderr));
    }
    let both = run("show 10.0.0.0/8 --covering --longer --table @", &table, "");
    assert_eq!(outcome(&both), ("", Some(1)));
}

#[test]
fn what_show_writes_as_json_load_reads() {
    let table = file("json", TABLE);
    let v4 = run("show 0.0.0.0/0 --longer --json --table @", &table, "");
    assert_eq!(
        json_of(&v4)[3],
        json!({
            "dst": "192.0.2.77/32", "dev": 1, "flags": ["up", "host"],
        })
    );
    let again = run("show 0.0.0.0/0 --longer --json --table -", &table, &v4.stdout);
    assert_eq!(text(&again.stdout), text(&v4.stdout));
}
