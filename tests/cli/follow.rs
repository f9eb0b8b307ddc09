//! `fpm` and what it prints for scripts, with a daemon whose frames are made by hand.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    process::{Child, ChildStdout, Command, Output},
};

use serde_json::Value;

use crate::{start, text};

const NEW_ROUTE: u16 = 24;
const DEL_ROUTE: u16 = 25;
/// Objects that are waited for, at 20 ms each.
const PATIENCE: usize = 1000;

/// An FPM frame with a message about 10.`third`.0.0/16 over interface 7, of table main.
fn frame(kind: u16, third: u8) -> Vec<u8> {
    let attribute =
        |kind: u16, value: [u8; 4]| [&8u16.to_ne_bytes()[..], &kind.to_ne_bytes(), &value].concat();
    let mut message = vec![2, 16, 0, 0, 254, 186, 0, 1, 0, 0, 0, 0];
    message.extend(attribute(1, [10, third, 0, 0]));
    message.extend(attribute(4, 7u32.to_ne_bytes()));
    let header = [
        &(16 + message.len() as u32).to_ne_bytes()[..],
        &kind.to_ne_bytes(),
        &0x400u16.to_ne_bytes(),
        &[0; 8],
    ];
    let netlink = [header.concat(), message].concat();
    [&[1, 1][..], &(4 + netlink.len() as u16).to_be_bytes(), &netlink].concat()
}

struct Following {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Following {
    fn begin(args: &str) -> Self {
        let mut child = start(args.split_whitespace());
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next object.
    fn next(&mut self) -> Value {
        let line = self.lines.next().expect("it goes on").unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// The first object of which `holds` is true.
    fn until(&mut self, holds: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        for _ in 0..PATIENCE {
            last = self.next();
            if holds(&last) {
                return last;
            }
        }
        panic!("{last}");
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn scripts_are_told_of_routes_readers_and_what_they_miss() {
    let mut following = Following::begin("fpm --listen 127.0.0.1:0 --json --every 20 --readers 1");
    let address = following.next()["listening"].as_str().unwrap().to_owned();
    let quiet = following.next();
    assert_eq!((&quiet["connected"], &quiet["updates"]), (&false.into(), &0.into()));

    let mut daemon = TcpStream::connect(address).unwrap();
    for third in 0..100 {
        daemon.write_all(&frame(NEW_ROUTE, third)).unwrap();
    }
    let told = following.until(|said| said["tables"][0]["inet"]["routes"] == 100);
    assert_eq!((&told["connected"], &told["updates"]), (&true.into(), &100.into()));
    assert_eq!(told["tables"][0]["table"], 254);
    assert_eq!(told["verified"], Value::Null);

    // The readers draw all of them, in time, and find them.
    let found = following.until(|said| said["readers"]["burst"]["count"].as_u64() > Some(10));
    assert_eq!(found["readers"]["missed"], 0);
    daemon.write_all(&frame(DEL_ROUTE, 99)).unwrap();
    let missed = following.until(|said| said["readers"]["missed"].as_u64() > Some(0));
    assert_eq!(missed["tables"][0]["inet"]["routes"], 99);
    assert!(missed["readers"]["lookups"].as_u64() > missed["readers"]["missed"].as_u64());
}

const LINK: &str = "ip link set lo up && ip link add va type veth peer name vb && \
    ip link set va up && ip link set vb up && ip -6 addr add 2001:db8:1::1/64 dev va nodad";

/// Runs what is in a network namespace with a link `va`; `None` if there is none to be had.
fn beside_a_link(script: &str) -> Option<Output> {
    match Command::new("unshare").args(["-rn", "sh", "-c", LINK]).output() {
        Ok(output) if output.status.success() => {}
        other => {
            println!("SKIPPED: no network namespace with a link to be had: {other:?}");
            return None;
        }
    }
    let script = format!("{LINK} && {script}");
    Some(Command::new("unshare").args(["-rn", "sh", "-c", &script]).output().unwrap())
}

/// That a mirror has ended with thousands of the kernel's answers compared and none wrong.
fn agreed(output: &Output) {
    let last = text(&output.stdout).lines().last().expect("an object");
    let last: Value = serde_json::from_str(last).unwrap();
    assert_eq!(
        (output.status.code(), &last["verified"]["wrong"]),
        (Some(0), &0.into()),
        "{output:?}"
    );
    assert!(last["verified"]["compared"].as_u64() > Some(1000), "{last}");
}

/// Of two IPv6 routes through one next-hop object Linux names the one for the other's addresses.
#[test]
fn verification_takes_the_kernel_s_word_for_the_way_and_not_for_the_prefix() {
    let routes = "ip nexthop add id 1 via 2001:db8:1::2 dev va && \
        ip -6 route add 2400::/16 nhid 1 && ip -6 route add 2401::/16 nhid 1";
    let follow = format!("{} mirror --verify --json --for 1", env!("CARGO_BIN_EXE_rtalloc"));
    if let Some(output) = beside_a_link(&format!("{routes} && exec {follow}")) {
        agreed(&output);
    }
}

/// When the one that it names is deleted, it says for the others' addresses that there is no route.
#[test]
fn verification_passes_over_what_the_kernel_says_of_a_route_that_is_gone() {
    let routes = "ip nexthop add id 1 via 2001:db8:1::2 dev va && \
        for n in 0 1 2 3 4 5 6 7; do ip -6 route add 240$n::/16 nhid 1 || exit 9; done";
    let follow = format!("{} mirror --verify --json --for 2", env!("CARGO_BIN_EXE_rtalloc"));
    let gone = "for n in 0 1 2 3 4 5 6; do ip -6 route del 240$n::/16; done";
    let script = format!("{routes}; {follow} & follow=$!; sleep 1; {gone}; wait $follow");
    if let Some(output) = beside_a_link(&script) {
        agreed(&output);
    }
}
