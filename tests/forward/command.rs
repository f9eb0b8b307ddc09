//! The command `forward`, from one capture file to others, and between interfaces of a real kernel.
//!
//! The latter takes user namespaces, `unshare` (util-linux), `timeout` (coreutils), `ip` (iproute2) and
//! `bash`. Where they are not to be had that is said on standard error, and with `RTALLOC_LIVE=1` in the
//! environment it is a failure.

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Command, Output},
};

use rtalloc::forward::io::{Frame, LinkLayer, NextPacket, PcapReader, PcapWriter};
use serde_json::Value;

use super::lab::{framed, udp};

fn place(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("forward-{name}"))
}

fn write(name: &str, link_layer: LinkLayer, frames: &[Vec<u8>]) -> String {
    let mut capture = PcapWriter::create(place(name), link_layer).unwrap();
    frames.iter().for_each(|frame| capture.write(frame).unwrap());
    capture.finish().unwrap();
    place(name).display().to_string()
}

fn read(name: &str) -> Vec<Vec<u8>> {
    let mut capture = PcapReader::open(place(name)).unwrap();
    let (mut frame, mut frames) = (Frame::new(), Vec::new());
    while capture.next_packet(&mut frame).unwrap() == NextPacket::Whole {
        frames.push(frame.bytes().to_vec());
    }
    frames
}

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rtalloc")).arg("forward").args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn from_file_to_file() {
    let routes = place("routes.txt");
    std::fs::write(&routes, "198.51.100.0/24 2\n2001:db8:2::/48 2\n203.0.113.0/24 192.0.2.254@1\n")
        .unwrap();
    let packets = [
        udp("192.0.2.9", "198.51.100.7", 9, b"one"),
        udp("192.0.2.9", "8.8.8.8", 9, b"two"),
        udp("2001:db8:1::9", "2001:db8:2::7", 9, b"three"),
        udp("192.0.2.9", "203.0.113.7", 9, b"four"),
    ];
    let frames: Vec<_> = packets.iter().map(|packet| framed(0, 9, packet)).collect();
    let input = write("in.pcap", LinkLayer::Ethernet, &frames);
    let back = place("back.pcap").display().to_string();
    let out = place("out.pcap").display().to_string();
    let output = run(&[
        "--port",
        &format!("lan=pcap:{input},{back}"),
        "--port",
        &format!("wan=pcap:,{out}"),
        "--address",
        "lan=192.0.2.1/24",
        "--mac",
        "lan=02:00:00:00:00:01",
        "--neighbour",
        "lan=192.0.2.254,02:00:00:00:01:fe",
        "--neighbour",
        "lan=192.0.2.9,02:00:00:00:01:09",
        "--routes",
        routes.to_str().unwrap(),
        "--json",
        "--interval",
        "0",
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    assert_eq!(said.matches("had no route").count(), 1, "{said}");
    let counted: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(counted["received"], 4);
    assert_eq!(counted["forwarded"], 3);
    assert_eq!(counted["dropped"]["no_route"], 1);
    assert_eq!(counted["threads"][0]["forwarded"], 3);
    assert_eq!(counted["ports"]["lan"]["received"], 4);
    assert_eq!(counted["ports"]["lan"]["sent"], 2);
    assert_eq!(counted["ports"]["wan"]["sent"], 2);
    let sent = read("out.pcap");
    let ends: Vec<&[u8]> = sent.iter().map(|packet| &packet[packet.len() - 3..]).collect();
    assert_eq!(ends, [&b"one"[..], b"ree"]);
    let back = read("back.pcap");
    assert_eq!(back.len(), 2, "one on to the gateway, and an error");
    assert!(
        back.iter().any(|frame| frame[..6] == [2, 0, 0, 0, 1, 0xFE] && frame.ends_with(b"four"))
    );
    assert!(back.iter().any(|frame| frame[..6] == [2, 0, 0, 0, 1, 9] && frame[14 + 20] == 3));
}

/// A capture of two packets from one tunnel to another, and a table for them.
fn two_packets(name: &str) -> (String, String) {
    let routes = place(&format!("{name}.txt"));
    std::fs::write(&routes, "198.51.100.0/24 2\n").unwrap();
    let packets =
        [udp("192.0.2.9", "198.51.100.7", 9, b"one"), udp("192.0.2.9", "198.51.100.8", 9, b"two")];
    let input = write(&format!("{name}.pcap"), LinkLayer::Ip, &packets);
    (input, routes.display().to_string())
}

#[test]
fn what_a_port_does_not_send_is_not_forwarded() {
    let (input, routes) = two_packets("unsent");
    // The second port has no file to send to.
    let (lan, wan) = (format!("lan=pcap:{input}"), format!("wan=pcap:{input}"));
    let output = run(&["--port", &lan, "--port", &wan, "--routes", &routes, "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("was refused by the port"), "{output:?}");
    let last = text(&output.stdout).lines().last().unwrap();
    let counted: Value = serde_json::from_str(last).unwrap();
    assert_eq!((&counted["received"], &counted["forwarded"]), (&4.into(), &0.into()));
    assert_eq!(counted["dropped"]["port_refused"], 4);
    assert_eq!(counted["ports"]["wan"]["refused"], 4);
}

#[test]
fn a_file_that_cannot_be_written_is_an_error() {
    let (input, routes) = two_packets("full");
    let lan = format!("lan=pcap:{input}");
    let args = ["--port", &lan, "--port", "wan=pcap:,/dev/full", "--routes", &routes, "--json"];
    let output = run(&args);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("port wan: /dev/full: cannot be written"), "{said}");
    let last = text(&output.stdout).lines().last().expect("what was counted");
    assert_eq!(serde_json::from_str::<Value>(last).unwrap()["received"], 2);
}

#[test]
fn no_file_is_written_that_is_read_or_written_as_well() {
    let (input, routes) = two_packets("same");
    let whole = std::fs::read(&input).unwrap();
    let link = |name: &str, make: &dyn Fn(&PathBuf) -> std::io::Result<()>| {
        let link = place(name);
        let _ = std::fs::remove_file(&link);
        make(&link).unwrap();
        link.display().to_string()
    };
    let hard = link("same-hard.pcap", &|link| std::fs::hard_link(&input, link));
    let soft = link("same-soft.pcap", &|link| std::os::unix::fs::symlink(&input, link));
    let new = place("same-new.pcap");
    let _ = std::fs::remove_file(&new);
    // It leads to a file that is not there.
    let to_new = link("same-to-new.pcap", &|link| std::os::unix::fs::symlink(&new, link));
    let new = new.display().to_string();
    for (a, b, named) in [
        (format!("{input},{input}"), "null".to_owned(), "port a: "),
        (input.clone(), format!("pcap:,{input}"), "port a reads that file"),
        (format!(",{hard}"), format!("pcap:{input}"), "port b reads that file"),
        (input.clone(), format!("pcap:,{soft}"), "port a reads that file"),
        (format!("{input},{new}"), format!("pcap:,{to_new}"), "port a writes that file as well"),
    ] {
        let (a, b) = (format!("a=pcap:{a}"), format!("b={b}"));
        let output = run(&["--port", &a, "--port", &b, "--routes", &routes]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{a} {b}: {said}");
        assert!(said.contains("not written") && said.contains(named), "{a} {b}: {said}");
        assert_eq!(std::fs::read(&input).unwrap(), whole, "{a} {b}");
        assert!(!PathBuf::from(&new).exists(), "nothing is opened");
    }
    // What is no regular file is written as often as one likes.
    let lan = format!("a=pcap:{input},/dev/null");
    let output = run(&["--port", &lan, "--port", "b=pcap:,/dev/null", "--routes", &routes]);
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn routes_to_no_port_are_counted_at_the_start() {
    let routes = place("strays.txt");
    std::fs::write(&routes, "198.51.100.0/24 99\n203.0.113.0/24 99\n192.0.2.0/24 1\n").unwrap();
    let routes = routes.to_str().unwrap();
    let output = run(&["--port", "a=null", "--port", "b=null", "--routes", routes]);
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    let line = "rtalloc: routes through interfaces that no port is: 2, by the interface 99 (2)\n";
    assert_eq!(said.matches(line).count(), 1, "{said}");
}

#[test]
fn a_file_that_ends_inside_a_packet_is_an_error() {
    let (input, routes) = two_packets("cut");
    let whole = std::fs::read(&input).unwrap();
    std::fs::write(&input, &whole[..whole.len() - 3]).unwrap();
    let lan = format!("lan=pcap:{input}");
    let output = run(&["--port", &lan, "--port", "wan=null", "--routes", &routes, "--json"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("port lan: ") && said.contains("ends inside a packet"), "{said}");
    let last = text(&output.stdout).lines().last().expect("what was counted");
    let counted: Value = serde_json::from_str(last).unwrap();
    assert_eq!((&counted["received"], &counted["forwarded"]), (&1.into(), &1.into()));
}

#[test]
fn what_is_not_understood() {
    for (args, named) in [
        (&["--port", "a=tun"][..], "of which interface"),
        (&["--port", "a=dpdk:0"], "none of tun:"),
        (&["--port", "null"], "no `=`"),
        (&["--port", "a=null", "--port", "a=null"], "two ports are called a"),
        (&["--port", "a=null", "--address", "b=192.0.2.1/24"], "there is no port b"),
        (&["--port", "a=null", "--address", "a=192.0.2.1/33"], "no length"),
        (&["--port", "a=null", "--mac", "a=01:00:00:00:00:00"], "no Ethernet address"),
        (&["--port", "a@1=null", "--port", "b@1=null"], "two ports are interface 1"),
        (&["--port", "a=pcap:/no/such/file"], "port a"),
        (
            &["--port", "a=null", "--neighbour", "a=192.0.2.9,2:0:0:0:0:9"],
            "port a: cannot enter neighbour 192.0.2.9: its packets have no Ethernet header",
        ),
        (&["--port", "a=pcap:x", "--threads", "2"], "one thread"),
        (&["--measure"], "--routes"),
        (&["--port", "a=null", "--burst", "0"], "--burst"),
        (&["--port", "a=null", "--routes", "/no/such/file"], "/no/such/file"),
    ] {
        let output = run(args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {said}");
        assert!(said.contains(named), "{args:?}: {said}");
    }
}

#[test]
fn the_measure_checks_and_reports() {
    let routes = place("measured.txt");
    let lines: String = (0..200).map(|net| format!("11.{net}.0.0/16 {}\n", net % 7 + 1)).collect();
    std::fs::write(&routes, lines + "2600::/16 1\n2601::/16 2\n").unwrap();
    let routes = routes.to_str().unwrap();
    let small = ["--rounds", "2", "--packets", "300", "--json"];
    let output = run(&[&["--measure", "--routes", routes][..], &small].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let families = report["families"].as_array().unwrap();
    assert_eq!(families.len(), 2);
    for family in families {
        let median = family["with_lookups"][1].as_f64().unwrap();
        assert!(median > 0.0, "{family}");
    }
    // A table of addresses to which nothing is forwarded cannot be measured.
    let local = place("local.txt");
    std::fs::write(&local, "127.0.0.0/8 1\n").unwrap();
    let output = run(&[&["--measure", "--routes", local.to_str().unwrap()][..], &small].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
}

/// Runs a script in a network namespace with two ends of a cable, `va` and `vb`; none if that is not to
/// be had, which is said.
fn in_namespace(script: &str) -> Option<String> {
    const CABLE: &str = "set -e
        ip link add va type veth peer name vb
        for link in va vb; do ip link set $link addrgenmode none; ip link set $link up; done\n";
    let unshare = |script: &str| {
        let command = ["60", "unshare", "-rn", "bash", "-c", script];
        Command::new("timeout").args(command).output()
    };
    match unshare(CABLE) {
        Ok(output) if output.status.success() => {}
        other => {
            let demanded = std::env::var_os("RTALLOC_LIVE").is_some_and(|demanded| demanded == "1");
            assert!(!demanded, "RTALLOC_LIVE demands a network namespace with a cable: {other:?}");
            // Unlike `eprintln`, this is not captured.
            let why = "no network namespace with a cable to be had";
            let _ = writeln!(std::io::stderr(), "SKIPPED: {why}: {other:?}");
            return None;
        }
    }
    let forward = concat!(env!("CARGO_BIN_EXE_rtalloc"), " forward");
    let output = unshare(&format!("{CABLE}forward='{forward}'\n{script}")).unwrap();
    assert!(output.status.success(), "{output:?}");
    Some(text(&output.stdout).to_owned())
}

/// A neighbour asks for the forwarder in a group, which its interface receives only if it is told to.
#[test]
fn neighbours_find_the_forwarder_by_ipv6() {
    let said = in_namespace(
        "ip link add link vb name vm type macvlan mode bridge
        ip link set vm addrgenmode none address 02:00:00:00:00:42
        ip link set vm up
        ip addr add 2001:db8:1::9/64 dev va nodad
        $forward --port a=packet:vm --address a=2001:db8:1::1/64 --for 20 >/dev/null &
        for attempt in {1..50}; do
            echo anything >/dev/udp/2001:db8:1::1/9
            sleep 0.2
            ip -6 neigh show to 2001:db8:1::1 | grep lladdr && break
        done
        kill %1
        wait",
    );
    if let Some(said) = said {
        assert!(said.contains("lladdr 02:00:00:00:00:42"), "{said}");
    }
}

#[test]
fn another_ethernet_address_takes_all_frames() {
    let look = |mac: &str| {
        in_namespace(&format!(
            "$forward --port a=packet:va {mac} --for 20 --interval 0 >/dev/null &
            for attempt in {{1..50}}; do
                sleep 0.1
                [ $(wc -l </proc/net/packet) -gt 2 ] && break
            done
            ip -d link show va
            kill %1
            wait"
        ))
    };
    if let Some(said) = look("--mac a=02:00:00:00:00:99") {
        assert!(said.contains("promiscuity 1"), "{said}");
    }
    if let Some(said) = look("") {
        assert!(said.contains("promiscuity 0"), "{said}");
    }
}

/// A port without `--address` asks for its neighbours from the address that its interface has.
#[test]
fn ports_have_the_addresses_of_their_interfaces() {
    let (input, routes) = two_packets("addresses");
    let said = in_namespace(&format!(
        "$forward --port b=packet:va --for 0 --interval 0 2>&1
        ip addr add 198.51.100.1/24 dev va label va:one
        $forward --port c=packet:vb --address c=198.51.100.7/24 --for 20 >/dev/null &
        for attempt in {{1..50}}; do
            sleep 0.1
            [ $(wc -l </proc/net/packet) -gt 2 ] && break
        done
        $forward --port a=pcap:{input} --port b@2=packet:va --routes {routes} --for 3 --json 2>&1
        kill %1
        wait"
    ));
    let Some(said) = said else { return };
    let without = "port b: no --address is given and va has none, so IPv4 neighbours cannot";
    assert!(said.contains(without), "{said}");
    assert!(said.contains("port b: has the addresses of va: 198.51.100.1/24\n"), "{said}");
    let last: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert_eq!(last["forwarded"], 1, "to the one who answers: {said}");
}
