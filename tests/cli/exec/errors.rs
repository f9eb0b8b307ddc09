//! Lines that fail, and lines that are none.

use super::{FOUR, exec, printed};
use crate::{assert_error, text};

#[test]
fn a_line_that_fails_ends_the_script() {
    for (line, errno) in [
        ("add 10/8 192.0.2.2", "EEXIST: the route exists"),
        ("delete 11/8", "ESRCH: no such route"),
        ("change 11/8 192.0.2.2", "ESRCH: no such route"),
        ("get 11.0.0.1", "ESRCH: no such route"),
        ("resolve 11.0.0.1", "EHOSTUNREACH: no route to host"),
        ("mpath 11.0.0.1 10.0.0.1", "EHOSTUNREACH: no route to host"),
        ("add 11/8 198.51.100.1", "ENETUNREACH: network is unreachable"),
        ("add 11/8 em9", "ENETUNREACH: no interface of this name"),
        ("add -priority 1 11/8 192.0.2.2", "EINVAL: invalid argument"),
        ("add -priority 64 11/8 192.0.2.2", "EINVAL: invalid argument"),
        ("delete 192.0.2.1", "EINVAL: invalid argument"),
        ("table 256", "EINVAL: the table's number is too large"),
        ("ifdown em9", "ESRCH: no interface of this name"),
        ("if lo1 192.0.2.1/32", "EEXIST: an interface has this address"),
        ("if em0 192.0.2.1/32", "EEXIST: an interface has this address"),
    ] {
        let script = format!("{FOUR}add 10/8 192.0.2.1\nshow -json\n{line}\nshow\n");
        let output = exec(&script);
        assert_error(&output, &format!("-:7: {errno}"));
        let before = exec(&format!("{FOUR}add 10/8 192.0.2.1\nshow -json\n"));
        assert_eq!(output.stdout, before.stdout, "{line}");
        let must_fail = exec(&script.replace(&format!("\n{line}\n"), &format!("\n! {line}\n")));
        assert!(printed(&must_fail).contains("Routing tables"), "{line}");
        // A refused request changes nothing.
        let after = exec(&format!("{FOUR}add 10/8 192.0.2.1\n!{line}\ntable 0\nshow -json\n"));
        assert_eq!(printed(&after), printed(&before), "{line}");
    }
    let output = exec("\n# a comment\n  ! flush\nshow\n");
    assert_error(&output, "-:3: succeeded, but must fail");
    assert_eq!(text(&output.stdout), "");
}

#[test]
fn a_line_that_is_none_is_named_also_if_it_must_fail() {
    let add = "one of -mpath, -priority N, -mtu N, -expire N, -blackhole, -reject, -cloning, \
               -xresolve is expected";
    for (line, fault) in [
        ("flap", "\"flap\": a command is expected"),
        ("!", "the line ends, but a command is expected"),
        ("add", "the line ends, but a destination is expected"),
        ("add 10/8", "the line ends, but a gateway is expected"),
        ("add 10/8 192.0.2.1 7", "\"7\": an option or the end of the line is expected"),
        ("add -flap 10/8 192.0.2.1", &format!("\"-flap\": {add}")),
        (
            "change -cloning 10/8",
            "\"-cloning\": one of -mpath, -priority N, -mtu N, -expire N is expected",
        ),
        ("delete -mtu 9 10/8", "\"-mtu\": one of -mpath, -priority N is expected"),
        ("add 10/8 192.0.2.1 -mtu", "the line ends, but a number of bytes is expected"),
        ("add 10/8 192.0.2.1 -priority 256", "\"256\": a priority is expected"),
        ("add 10/8 192.0.2.1 -expire +1", "\"+1\": a number of seconds is expected"),
        (
            "add -reject -blackhole 10/8 192.0.2.1",
            "\"-blackhole\": only one of `-blackhole` and `-reject` is expected",
        ),
        ("add 10/33 192.0.2.1", "\"10/33\": the prefix length is not a number from 0 to 32"),
        ("add ::/129 ::1", "\"::/129\": the prefix length is not a number from 0 to 128"),
        ("add 10.0.0.256 192.0.2.1", "\"10.0.0.256\": not an IP address"),
        (
            "add 10/8 192.0.2.256",
            "\"192.0.2.256\": a gateway's address or an interface's name is expected",
        ),
        ("resolve 10/8", "\"10/8\": not an IP address"),
        ("mpath 10.0.0.1 ::1", "\"::1\": a source address of the destination's family is expected"),
        ("if em0 10.0.0.1", "\"10.0.0.1\": no prefix length"),
        ("if em0 10/8", "\"10/8\": not an IP address"),
        ("if em0 10.0.0.1/8 sideways", "\"sideways\": `up` or `down` is expected"),
        (
            "ifup 0em",
            "\"0em\": an interface's name (a letter first, 15 characters at most) is expected",
        ),
        ("table one", "\"one\": a table's number is expected"),
        ("flush all", "\"all\": the end of the line is expected"),
        ("show -xml", "\"-xml\": `-json` is expected"),
    ] {
        for line in [line.to_owned(), format!("! {}", line.trim_start_matches('!'))] {
            let output = exec(&format!("{FOUR}{line}\nshow\n"));
            assert_error(&output, &format!("-:5: {fault}"));
            assert_eq!(text(&output.stdout), "");
        }
    }
}
