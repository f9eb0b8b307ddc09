use super::{LENIENT, STRICT, routes, table, table_error};

#[test]
fn the_routes_of_ip_are_read() {
    let contents = r#" [
        {"dst":"default","gateway":"192.0.2.1","dev":"eth0","protocol":"static","flags":[]},
        {"dst":"default","gateway":"192.0.2.2","dev":"eth1","metric":1024,"flags":[]},
        {"dst":"default","gateway":"fe80::1","dev":"eth0","metric":1024,"flags":[]},
        {"dst":"198.51.100.0/24","dev":"7","scope":"link","flags":[]},
        {"dst":"203.0.113.9","via":{"family":"inet6","host":"fe80::2"},"dev":2,"flags":[]},
        {"dst":"2001:db8::1","dev":"lo","flags":[]},
        {"type":"unicast","dst":"10.0.0.0/8","flags":[]},
        {"dst":"11.0.0.0/8","nexthops":[{"gateway":"192.0.2.3"},{"gateway":"192.0.2.4"}]}
    ]"#;
    let read = table(contents, STRICT).unwrap();
    assert_eq!(
        routes(&read),
        [
            "0.0.0.0/0 192.0.2.1",
            "10.0.0.0/8",
            "11.0.0.0/8 192.0.2.3",
            "198.51.100.0/24 7",
            "203.0.113.9/32 fe80::2@2",
            "::/0 fe80::1",
            "2001:db8::1/128",
        ]
    );
    assert_eq!(read.duplicates, 1);
}

#[test]
fn faults_in_json_are_named() {
    let faults = [
        ("[]", "file: nothing in it"),
        ("[{]", "file:1: not JSON: key must be a string"),
        ("[\n{\"dst\":\"default\"},\n", "file:3: not JSON: EOF while parsing a value"),
        ("[{\"dst\":\"10.0.0.0/8\"},{}]", "file: element 2: no usable `dst`"),
        ("[7]", "file: element 1: no usable `dst`"),
        ("[{\"dst\":\"10.0.0.1/8\"}]", "file: element 1: \"10.0.0.1/8\": host bits set"),
        (
            "[{\"dst\":\"10.0.0.0/8\",\"gateway\":\"x\"}]",
            "file: element 1: \"x\": a next hop is an address or a number",
        ),
        ("[{\"dst\":\"10.0.0.0/8\",\"gateway\":7}]", "file: element 1: no usable `gateway`"),
        (
            "[{\"dst\":\"10.0.0.0/8\",\"type\":\"blackhole\"}]",
            "file: element 1: \"blackhole\": no usable `type`",
        ),
    ];
    for (contents, message) in faults {
        assert_eq!(table_error(contents), message);
    }
    let read = table("[{\"dst\":\"10.0.0.0/8\"},{},{\"dst\":\"11.0.0.0/8\"}]", LENIENT).unwrap();
    assert_eq!(routes(&read), ["10.0.0.0/8", "11.0.0.0/8"]);
    assert_eq!(read.skipped.by_kind().collect::<Vec<_>>(), [("bad JSON route", 1)]);
}
