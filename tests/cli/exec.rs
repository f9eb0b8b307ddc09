//! Scripts of routing commands: `exec` and `monitor`.

use std::process::Output;

use serde_json::{Value, json};

use crate::{assert_error, file, gzip, json_of, outcome, run, start, text};

mod errors;
mod monitor;
mod paths;

/// Four loopback interfaces, as OpenBSD's tests of route(8) have them.
const FOUR: &str = "\
if lo1 192.0.2.1/32
if lo2 192.0.2.2/32
if lo3 192.0.2.3/32
if lo4 192.0.2.4/32
";

fn exec(script: &str) -> Output {
    run("exec -", "".as_ref(), script)
}

fn freebsd(script: &str) -> Output {
    run("exec --profile freebsd -", "".as_ref(), script)
}

/// What a script that succeeds prints.
fn printed(output: &Output) -> &str {
    assert_eq!((text(&output.stderr), output.status.code()), ("", Some(0)));
    text(&output.stdout)
}

/// The routes that a script leaves behind, but for the host's own addresses: destination, gateway,
/// flags, priority.
fn left(script: &str) -> Vec<String> {
    let output = exec(&format!("{script}\nshow -json\n"));
    printed(&output);
    let (_, routes) = text(&output.stdout).split_once("[\n").unwrap();
    let routes: Vec<Value> = serde_json::from_str(&format!("[{routes}")).unwrap();
    let field = |route: &Value, name: &str| route[name].as_str().unwrap().to_owned();
    let routes = routes.iter().filter(|route| !field(route, "flags").contains('l'));
    let line = |route: &Value| {
        let [to, via, flags] = ["destination", "gateway", "flags"].map(|name| field(route, name));
        format!("{to} {via} {flags} {}", route["priority"])
    };
    routes.map(line).collect()
}

#[test]
fn show_prints_openbsds_columns_in_walk_order() {
    let script = format!(
        "{FOUR}
add 10/8 192.0.2.1
add 10.0/16 192.0.2.4
add 10.0/10 192.0.2.4
add -mtu 1280 10.8/16 192.0.2.3
add 10.8.0/24 192.0.2.1
add 10.8.1.128/25 192.0.2.2
add 10.8.1.9 192.0.2.2
if em0 2001:db8::1/64
add default 2001:db8::fe
add 2001:db8:1::/48 2001:db8::fe
add default 192.0.2.1
show"
    );
    let expected = "\
Routing tables

Internet:
Destination        Gateway            Flags   Refs      Use   Mtu  Prio Iface
default            192.0.2.1          UGS        0        0     -     8 lo1
10.0/16            192.0.2.4          UGS        0        0     -     8 lo4
10.0/10            192.0.2.4          UGS        0        0     -     8 lo4
10/8               192.0.2.1          UGS        0        0     -     8 lo1
10.8.0/24          192.0.2.1          UGS        0        0     -     8 lo1
10.8/16            192.0.2.3          UGS        0        0  1280     8 lo3
10.8.1.9           192.0.2.2          UGHS       0        0     -     8 lo2
10.8.1.128/25      192.0.2.2          UGS        0        0     -     8 lo2
192.0.2.1          192.0.2.1          UHl        0        0     -     1 lo1
192.0.2.2          192.0.2.2          UHl        0        0     -     1 lo2
192.0.2.3          192.0.2.3          UHl        0        0     -     1 lo3
192.0.2.4          192.0.2.4          UHl        0        0     -     1 lo4

Internet6:
Destination                        Gateway                        Flags   Refs      Use   Mtu  Prio Iface
default                            2001:db8::fe                   UGS        0        0     -     8 em0
2001:db8::1                        2001:db8::1                    UHl        0        0     -     1 em0
2001:db8:1::/48                    2001:db8::fe                   UGS        0        0     -     8 em0
";
    assert_eq!(printed(&exec(&script)), expected);
    assert_eq!(printed(&exec("show")), "Routing tables\n");
}

#[test]
fn show_as_json_is_one_array() {
    let script = format!("{FOUR}add -mtu 900 10/8 192.0.2.2\nshow -json");
    let output = exec(&script);
    assert_eq!(json_of(&output).as_array().unwrap().len(), 5);
    let first = json!({
        "destination": "10.0.0.0/8", "gateway": "192.0.2.2", "flags": "UGS", "priority": 8,
        "mtu": 900, "interface": "lo2",
    });
    assert_eq!(json_of(&output)[0], first);
    assert_eq!(json_of(&output)[1]["destination"], "192.0.2.1/32");
    let order = "{\"destination\":\"10.0.0.0/8\",\"gateway\":\"192.0.2.2\",\"flags\":\"UGS\",\
                 \"priority\":8,\"mtu\":900,\"interface\":\"lo2\"},\n";
    assert!(printed(&output).contains(order));
    assert_eq!(printed(&exec("show -json")), "[]\n");
}

#[test]
fn the_hosts_own_addresses_stay() {
    let script = format!("{FOUR}! delete 192.0.2.1 192.0.2.1\nadd 10/8 192.0.2.1\nflush\nshow");
    let output = exec(&script);
    let lines = printed(&output).lines().skip(4);
    assert!(lines.clone().all(|line| line.contains("UHl")));
    assert_eq!(lines.count(), 4);
}

#[test]
fn destinations_have_bsds_short_forms() {
    for (destination, expected) in [
        ("10/8", "10.0.0.0/8"),
        ("10.8.1/24", "10.8.1.0/24"),
        ("10.8.1.77/24", "10.8.1.0/24"),
        ("10.8.1.77", "10.8.1.77/32"),
        ("10.8.1.77/32", "10.8.1.77/32"),
        ("10.0.0.0", "10.0.0.0/32"),
        ("default", "0.0.0.0/0"),
        ("0/0", "0.0.0.0/0"),
        ("10", "10.0.0.0/8"),
        ("10.8.1", "10.8.1.0/24"),
        ("172.16", "172.16.0.0/16"),
        ("172", "172.0.0.0/16"),
        ("193", "193.0.0.0/24"),
        ("224", "224.0.0.0/8"),
    ] {
        let script = format!("if em0 192.0.2.1/24\nadd {destination} 192.0.2.9");
        let host = if expected.ends_with("/32") { "UGHS" } else { "UGS" };
        assert_eq!(left(&script), [format!("{expected} 192.0.2.9 {host} 8")], "{destination}");
    }
    for (destination, expected) in [
        ("default", "::/0"),
        ("2001:db8:1::/48", "2001:db8:1::/48"),
        ("2001:db8:1::7/48", "2001:db8:1::/48"),
        ("2001:db8:1::7", "2001:db8:1::7/128"),
    ] {
        let script = format!("if em0 fd00::1/64\nadd {destination} fd00::9");
        let host = if expected.ends_with("/128") { "UGHS" } else { "UGS" };
        assert_eq!(left(&script), [format!("{expected} fd00::9 {host} 8")], "{destination}");
    }
}

#[test]
fn options_stand_anywhere() {
    let expected = ["10.0.0.0/8 192.0.2.1 UGBS 9"];
    for line in [
        "add -priority 9 -blackhole 10/8 192.0.2.1",
        "add -blackhole 10/8 -priority 9 192.0.2.1",
        "add 10/8 192.0.2.1 -blackhole -priority 9 # with a comment",
        "\tadd  10/8\t192.0.2.1 -blackhole -priority 9#",
    ] {
        assert_eq!(left(&format!("{FOUR}{line}")), expected, "{line}");
    }
    let rest = "add -reject 10/8 192.0.2.1\nadd -xresolve -cloning 11/8 lo2";
    let expected = ["10.0.0.0/8 192.0.2.1 UGRS 8", "11.0.0.0/8 link#2 UCXS 8"];
    assert_eq!(left(&format!("{FOUR}{rest}")), expected);
}

#[test]
fn get_prints_what_route_get_does() {
    let script = "\
if em0 10.0.0.1/24
add -mtu 1400 -expire 30 default 10.0.0.254
add -priority 20 192.0.2/25 10.0.0.9
get 192.0.2.7
get default
get 10.0.0.1
! get 192.0.2/24
";
    let expected = "   route to: 192.0.2.7
destination: 192.0.2.0
       mask: 255.255.255.128
    gateway: 10.0.0.9
  interface: em0
 if address: 10.0.0.1
   priority: 20 ()
      flags: <UP,GATEWAY,DONE,STATIC>
     use       mtu    expire
       0         0         0 
   route to: default
destination: default
       mask: default
    gateway: 10.0.0.254
  interface: em0
 if address: 10.0.0.1
   priority: 8 (static)
      flags: <UP,GATEWAY,DONE,STATIC>
     use       mtu    expire
       0      1400        30 
   route to: 10.0.0.1
destination: 10.0.0.1
  interface: em0
 if address: 10.0.0.1
   priority: 1 (local)
      flags: <UP,HOST,DONE,LOCAL>
     use       mtu    expire
       0         0         0 
";
    assert_eq!(printed(&exec(script)), expected);
    let v6 = exec("if em0 fd00::1/64\nadd 2001:db8::/32 fd00::9\nget 2001:db8::1");
    let expected = "destination: 2001:db8::\n       mask: ffff:ffff::\n    gateway: fd00::9\n";
    assert!(printed(&v6).contains(expected), "{}", text(&v6.stdout));
}

#[test]
fn lookups_clone_and_choose_paths() {
    let script = "\
if em0 10.0.0.1/24
add -cloning 10.0.0/24 em0
add 192.0.2/24 10.0.0.8
add -mpath 192.0.2/24 10.0.0.9
resolve 10.0.0.7
resolve 10.0.0.1
! resolve 198.51.100.1
! mpath 198.51.100.1 10.0.0.1
";
    let clones = "10.0.0.7\t10.0.0.7/32\tlink#1\tUHc\tem0\n\
                  10.0.0.1\t10.0.0.1/32\t10.0.0.1\tUHl\tem0\n";
    assert_eq!(printed(&exec(script)), clones);
    let left = left(script);
    assert!(left.contains(&"10.0.0.7/32 link#1 UHc 8".to_owned()), "{left:?}");
    assert!(left.contains(&"10.0.0.8/32 link#1 UHc 8".to_owned()), "a gateway's way is cloned");

    let flows: String = (0..200).map(|flow| format!("mpath 192.0.2.1 10.9.9.{flow}\n")).collect();
    let output = exec(&format!("{script}{flows}"));
    let chosen: Vec<&str> = printed(&output).lines().skip(2).collect();
    let count = |gateway| chosen.iter().filter(|chosen| **chosen == gateway).count();
    let (eight, nine) = (count("10.0.0.8"), count("10.0.0.9"));
    assert_eq!(eight + nine, 200);
    assert!(eight.min(nine) > 60, "{eight} and {nine}");
    assert_eq!(exec(&format!("{script}{flows}")).stdout, output.stdout, "each run is the same");
}

#[test]
fn tables_are_apart() {
    let script = "\
if em0 10.0.0.1/24
add 192.0.2/24 10.0.0.9
table 255
! get 192.0.2.1
if em1 10.0.0.2/24
! delete 192.0.2/24
table 0
get 192.0.2.1
! get 10.0.0.2
! table 256
! table 4294967295
get 192.0.2.1
";
    assert_eq!(printed(&exec(script)).matches("gateway: 10.0.0.9").count(), 2);
}

#[test]
fn an_interface_has_its_addresses_and_nothing_more() {
    let script = "\
if em0 10.0.0.1/24 down
if em0 10.0.1.1/24
! if em0 10.0.0.1/16
! if em1 10.0.0.1/24
! ifup em1
add 192.0.2/24 10.0.1.9
show";
    let expected = "\
10.0.0.1           10.0.0.1           UHl        0        0     -     1 em0
10.0.1.1           10.0.1.1           UHl        0        0     -     1 em0
192.0.2/24         10.0.1.9           GS         0        0     -     8 em0
";
    assert!(printed(&exec(script)).ends_with(expected));
    let up = ["192.0.2.0/24 10.0.1.9 UGS 8"];
    assert_eq!(left(&format!("{script}\nifup em0")[..].replace("show", "")), up);
    let again = script.replace("show", "if em0 10.0.2.1/24 up");
    assert_eq!(left(&again), up, "a further address may come with a state");
}

#[test]
fn freebsd_has_one_table_and_one_route_a_prefix() {
    let base = "if em0 10.0.0.1/24\nadd 192.0.2/24 10.0.0.9\n";
    let script = format!("{base}! add 192.0.2/24 10.0.0.8\n! table 1\ntable 0\nifdown em0\nshow");
    let expected = "\
10.0.0.1           10.0.0.1           UHl        0        0  1500     0 em0
192.0.2/24         10.0.0.9           UGS        0        0  1500     0 em0
";
    let output = freebsd(&script);
    assert!(printed(&output).ends_with(expected), "{}", text(&output.stdout));
    for option in ["-mpath", "-priority 8"] {
        let output = freebsd(&format!("{base}! add {option} 11/8 10.0.0.9"));
        let word = option.split(' ').next().unwrap();
        assert_error(&output, &format!("-:3: \"{word}\": not in the profile freebsd"));
    }
    let output = freebsd(&format!("{base}get 192.0.2.1"));
    assert!(printed(&output).contains("gateway: 10.0.0.9\n"));
    assert!(!printed(&output).contains("priority"));
    let unknown = run("exec --profile plan9 -", "".as_ref(), "");
    assert_eq!(outcome(&unknown), ("", Some(1)));
    assert!(text(&unknown.stderr).contains("neither openbsd nor freebsd"));
}

#[test]
fn scripts_come_from_files_and_pipes() {
    let script = file("script", format!("{FOUR}! add 10/8 1.2.3.4\nget 10.0.0.1\n"));
    let output = run("exec @", &script, "");
    assert_error(&output, &format!("{}:6: ESRCH: no such route", script.display()));
    let packed = file("script-gz", gzip(b"if em0 10.0.0.1/8\nresolve 10.0.0.1\n"));
    let own = "10.0.0.1\t10.0.0.1/32\t10.0.0.1\tUHl\tem0\n";
    assert_eq!(printed(&run("exec @", &packed, "")), own);
    assert_eq!(printed(&exec("")), "");
    let missing = run("exec @", "no-such-script".as_ref(), "");
    assert!(text(&missing.stderr).starts_with("rtalloc: no-such-script: "));
    assert_error(
        &run("exec -", "".as_ref(), b"flush\n\xFF\n"),
        "-:2: stream did not contain valid UTF-8",
    );
}

#[test]
fn a_pipe_gets_its_answers_line_by_line() {
    use std::io::{BufRead, BufReader, Write};

    let mut child = start(["exec", "-"]);
    let mut ask = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    writeln!(ask, "if em0 10.0.0.1/8").unwrap();
    for _ in 0..3 {
        writeln!(ask, "resolve 10.0.0.1").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        assert_eq!(answer, "10.0.0.1\t10.0.0.1/32\t10.0.0.1\tUHl\tem0\n");
    }
    drop(ask);
    assert!(child.wait().unwrap().success());
}

#[test]
fn help_has_the_whole_language() {
    let help = run("exec --help", "".as_ref(), "");
    for command in ["if NAME", "ifup", "add [", "change [", "delete [", "mpath DEST SRC", "show ["]
    {
        assert!(printed(&help).contains(&format!("\n  {command}")), "{command}");
    }
    assert!(printed(&run("monitor --help", "".as_ref(), "")).contains("route monitor"));
}
