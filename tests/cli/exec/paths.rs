//! Several routes to one destination.

use serde_json::json;

use super::{FOUR, exec, left, printed};
use crate::json_of;

/// What OpenBSD's regress/sbin/route establishes.
#[test]
fn paths_come_and_go_as_in_openbsds_own_tests() {
    let add = |options: &str, gateway: u8| format!("add {options} 10.8.1/24 192.0.2.{gateway}\n");
    let three = add("-priority 16", 1) + &add("-priority 17", 2) + &add("-priority 18", 3);
    let two = add("-mpath", 3) + &add("-mpath", 4);
    let cases: &[(&str, String, &[&str])] = &[
        ("several paths", two.clone(), &["3 UGSP 8", "4 UGSP 8"]),
        ("one path twice", add("-mpath", 3) + "! " + &add("-mpath", 3), &["3 UGS 8"]),
        ("a path of equal priority unasked", add("", 3) + "! " + &add("", 4), &["3 UGS 8"]),
        ("the first need not ask", add("", 3) + &add("-mpath", 4), &["3 UGSP 8", "4 UGSP 8"]),
        (
            "the third comes third",
            two.clone() + &add("-mpath", 1),
            &["3 UGSP 8", "1 UGSP 8", "4 UGSP 8"],
        ),
        ("priorities", three.clone(), &["1 UGS 16", "2 UGS 17", "3 UGS 18"]),
        (
            "priorities and paths",
            add("-mpath -priority 16", 2)
                + &add("-mpath -priority 17", 2)
                + &add("-mpath -priority 18", 2)
                + "! "
                + &add("-mpath -priority 17", 2),
            &["2 UGS 16", "2 UGS 17", "2 UGS 18"],
        ),
        (
            "the same again",
            three.clone() + "!" + &add("-priority 17", 2),
            &["1 UGS 16", "2 UGS 17", "3 UGS 18"],
        ),
        (
            "the middle one goes",
            three.clone() + "delete -priority 17 10.8.1/24",
            &["1 UGS 16", "3 UGS 18"],
        ),
        (
            "the same again while down",
            three.clone() + "ifdown lo2\n! " + &add("-priority 17", 2),
            &["1 UGS 16", "3 UGS 18", "2 GS 17"],
        ),
        (
            "one that is down goes",
            three.clone() + "ifdown lo2\ndelete -priority 17 10.8.1/24",
            &["1 UGS 16", "3 UGS 18"],
        ),
        (
            "added while down",
            "ifdown lo2\n".to_owned() + &three,
            &["1 UGS 16", "3 UGS 18", "2 GS 17"],
        ),
        ("up again", three.clone() + "ifdown lo2\nifup lo2", &["1 UGS 16", "2 UGS 17", "3 UGS 18"]),
        (
            "a lone path changes",
            add("-mpath", 3) + "change -mpath 10.8.1/24 192.0.2.4",
            &["4 UGS 8"],
        ),
        (
            "one of two does not",
            two.clone() + "! change -mpath 10.8.1/24 192.0.2.1",
            &["3 UGSP 8", "4 UGSP 8"],
        ),
        ("the head goes", two.clone() + "delete -mpath 10.8.1/24 192.0.2.3", &["4 UGS 8"]),
        ("the tail goes", two.clone() + "delete -mpath 10.8.1/24 192.0.2.4", &["3 UGS 8"]),
        ("a path must be named", two.clone() + "! delete 10.8.1/24", &["3 UGSP 8", "4 UGSP 8"]),
        (
            "priorities in order",
            add("-priority 4", 3) + &add("-priority 3", 3) + &add("-priority 5", 3),
            &["3 UGS 3", "3 UGS 4", "3 UGS 5"],
        ),
    ];
    for (name, script, expected) in cases {
        let expected: Vec<String> =
            expected.iter().map(|route| format!("10.8.1.0/24 192.0.2.{route}")).collect();
        assert_eq!(left(&format!("{FOUR}{script}")), expected, "{name}");
    }
    let nested = "add 10.8.1/24 192.0.2.1
add -mpath 10.8.1/25 192.0.2.3
add -mpath 10.8.1/25 192.0.2.4
add 10.8.1/26 192.0.2.2
delete -mpath 10.8.1/25 192.0.2.3";
    let expected = [
        "10.8.1.0/26 192.0.2.2 UGS 8",
        "10.8.1.0/25 192.0.2.4 UGS 8",
        "10.8.1.0/24 192.0.2.1 UGS 8",
    ];
    assert_eq!(left(&format!("{FOUR}{nested}")), expected);
}

#[test]
fn the_mtu_of_one_path_changes() {
    let mtus = |change: &str| {
        let output = exec(&format!(
            "{FOUR}add -mpath 10.8.1/24 192.0.2.3\nadd -mpath 10.8.1/24 192.0.2.4\n{change}\n\
             show -json"
        ));
        printed(&output);
        [0, 1].map(|path| json_of(&output)[path]["mtu"].clone())
    };
    assert_eq!(mtus("change -mpath -mtu 1000 10.8.1/24 192.0.2.4"), [json!(0), json!(1000)]);
    assert_eq!(mtus("change 10.8.1/24 192.0.2.4 -mtu 1000"), [json!(0), json!(1000)]);
    assert_eq!(mtus("! change -mpath -mtu 1000 10.8.1/24"), [json!(0), json!(0)]);
    assert_eq!(mtus("! change -mpath -mtu 1000 10.8.1/24 192.0.2.1"), [json!(0), json!(0)]);
}
