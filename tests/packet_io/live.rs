//! Devices of a real kernel, each test in a network namespace of its own. Where user namespaces are
//! allowed that takes no privileges, except for AF_XDP, which takes root. Needs `unshare` (util-linux),
//! `timeout` (coreutils) and `ip` (iproute2), for parts of two tests `ethtool`, and of the kernel VXLAN for
//! one and bridges for one.
//!
//! What cannot run here says so on standard error, also where the tests' output is captured, and passes;
//! with `RTALLOC_LIVE=1` in the environment it fails instead. What can run and fails, fails.

use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    io::Write as _,
    net::{TcpStream, UdpSocket},
    os::fd::AsRawFd,
    process::{Command, Output, Stdio},
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    thread,
    time::{Duration, Instant},
};

use rtalloc::forward::io::{
    AfPacketIo, AfPacketOptions, Frame, InterfaceError, LinkLayer, PacketIo, ROOM, Step, TunIo,
    XdpIo, XdpOptions,
};

/// Whose namespaces.
#[derive(Clone, Copy, Debug)]
enum Namespace {
    /// A network namespace in a user namespace.
    User,
    /// A network namespace in the first user namespace.
    Root,
}

/// What a test that cannot run writes before the reason.
const SKIPPED: &str = "SKIPPED";

/// Says that something cannot run here, and why, or fails if it is demanded.
fn skip(why: &str) {
    let is_demanded = std::env::var_os("RTALLOC_LIVE").is_some_and(|demanded| demanded == "1");
    assert!(!is_demanded, "RTALLOC_LIVE demands what cannot run here: {why}");
    // Unlike `eprintln`, this is not captured.
    let _ = writeln!(std::io::stderr(), "{SKIPPED}: {why}");
}

impl Namespace {
    fn unshare(self, command: &[&str]) -> std::io::Result<Output> {
        let flags = match self {
            Self::User => "-rn",
            Self::Root => "-n",
        };
        // No test takes a tenth of this.
        let most = ["--kill-after=5", "300", "unshare", flags];
        Command::new("timeout").args(most).args(command).output()
    }

    /// Why there is no such namespace to be had, if so.
    fn refusal(self) -> Option<String> {
        match self.unshare(&["ip", "link", "set", "lo", "up"]) {
            Ok(output) if output.status.success() => None,
            Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => Some(format!("`unshare` of util-linux does not run: {error}")),
        }
    }

    fn run(self, tests: &[&str]) {
        if let Some(why) = self.refusal() {
            skip(&format!("no network namespace ({self:?}) with a link to be had: {why}"));
            return;
        }
        let this = std::env::current_exe().expect("the test's own path");
        let this = this.to_str().expect("a path in UTF-8");
        for name in tests {
            let name = format!("live::{name}");
            let output = self
                .unshare(&[this, "--exact", "--ignored", "--nocapture", &name])
                .expect("unshare ran a moment ago");
            let text = String::from_utf8_lossy(&output.stdout);
            println!("{text}");
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{name}: {:?} {text}{errors}", output.status);
            for line in errors.lines().filter(|line| line.starts_with(SKIPPED)) {
                let _ = writeln!(std::io::stderr(), "{line} ({name})");
            }
            assert!(text.contains("1 passed"), "{name} did not run: {text}");
        }
    }
}

#[test]
fn in_user_namespaces() {
    Namespace::User.run(&[
        "tun_to_tun",
        "tun_queues",
        "tun_survives_down_and_up",
        "tun_takes_back_what_others_asked_for",
        "packet_to_packet",
        "packet_sees_what_is_on_the_wire",
        "packet_survives_down_and_up",
        "packet_groups_share",
        "packet_groups_do_not_receive_what_they_send",
        "packet_groups_begin_without_duplicates",
        "packet_receives_groups",
        "packet_drops_what_is_longer_than_its_mtu",
        "packet_drops_what_a_tunnel_left_unfinished",
        "packet_notices_that_its_interface_is_gone",
        "packet_and_xdp_take_ethernet_alone",
        "xdp_is_refused_without_privileges",
    ]);
}

#[test]
fn in_root_namespaces() {
    Namespace::Root.run(&[
        "packet_to_xdp_and_back",
        "xdp_survives_down_and_up",
        "xdp_receives_groups",
        "xdp_receives_tags_that_stand_in_frames",
        "xdp_notices_that_its_interface_is_gone",
        "xdp_lets_go",
    ]);
}

/// Runs lines of `ip`, all of which must succeed.
fn ip(lines: &str) {
    assert!(ip_succeeds(lines), "{lines}");
}

/// Runs lines of `ip` up to one that fails, and returns whether there is none.
fn ip_succeeds(lines: &str) -> bool {
    let mut child = Command::new("ip")
        .args(["-batch", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("ip ran a moment ago");
    child.stdin.take().expect("piped").write_all(lines.as_bytes()).expect("it reads");
    child.wait().expect("it ends").success()
}

/// Turns a feature of an interface on or off, and returns whether that could be.
fn set_feature(interface: &str, feature: &str, on: bool) -> bool {
    let word = if on { "on" } else { "off" };
    match Command::new("ethtool").args(["-K", interface, feature, word]).output() {
        Ok(output) if output.status.success() => true,
        other => {
            skip(&format!("`ethtool` does not turn {feature} of {interface} {word}: {other:?}"));
            false
        }
    }
}

/// Two ends of a cable, without addresses, so that the kernel itself sends nothing.
const CABLE: &str = "
    link add va type veth peer name vb
    link set va addrgenmode none
    link set vb addrgenmode none
    link set va up
    link set vb up
";

/// How many frames go each way.
const FRAMES: usize = 5000;

/// A local experimental EtherType (IEEE 802), by which a test knows its own frames.
const EXPERIMENTAL: [u8; 2] = [0x88, 0xb5];

/// The frame with number `number`, of a length that varies between the shortest and `longest`.
fn numbered(number: usize, longest: usize) -> Vec<u8> {
    let length = 60 + number * 97 % (longest - 59);
    let mut bytes: Vec<u8> = (0..length).map(|index| (number + index) as u8).collect();
    bytes[..6].fill(0xff);
    bytes[6..12].copy_from_slice(&[2, 0, 0, 0, 0, 1]);
    bytes[12..14].copy_from_slice(&EXPERIMENTAL);
    bytes[14..22].copy_from_slice(&(number as u64).to_be_bytes());
    bytes
}

fn frame(bytes: &[u8]) -> Frame {
    let mut frame = Frame::new();
    assert!(frame.set(bytes));
    frame
}

/// How long frames may be on their way. Nothing takes long but on a machine that is busy with other
/// things.
const PATIENCE: Duration = Duration::from_secs(20);

/// After how long nothing more is expected.
const QUIET: Duration = Duration::from_millis(500);

/// Receives what `is_wanted`, until there are `count`.
fn receive(
    port: &mut dyn PacketIo,
    count: usize,
    is_wanted: impl Fn(&[u8]) -> bool,
) -> Vec<Vec<u8>> {
    receive_within(port, PATIENCE, count, is_wanted)
}

/// Receives what `is_wanted`, until there is no more.
fn receive_rest(port: &mut dyn PacketIo, is_wanted: impl Fn(&[u8]) -> bool) -> usize {
    receive_within(port, QUIET, usize::MAX, is_wanted).len()
}

/// Receives what `is_wanted`, until there are `count` or nothing wanted came for as long as `patience`.
fn receive_within(
    port: &mut dyn PacketIo,
    patience: Duration,
    count: usize,
    is_wanted: impl Fn(&[u8]) -> bool,
) -> Vec<Vec<u8>> {
    let mut frames = vec![Frame::new(); 32];
    let mut received = Vec::new();
    let mut last = Instant::now();
    while received.len() < count && last.elapsed() < patience {
        let filled = port.receive(&mut frames).expect("receives");
        let wanted = frames[..filled].iter().filter(|frame| is_wanted(frame.bytes()));
        let before = received.len();
        received.extend(wanted.map(|frame| frame.bytes().to_vec()));
        if received.len() > before {
            last = Instant::now();
        } else if filled == 0 {
            port.wait(Duration::from_millis(20)).expect("waits");
        }
    }
    received
}

fn is_numbered(bytes: &[u8]) -> bool {
    bytes.get(12..14) == Some(&EXPERIMENTAL[..])
}

/// How `attempt` fails, which it is to do in time.
fn failure_of(mut attempt: impl FnMut() -> std::io::Result<usize>) -> std::io::Error {
    let begin = Instant::now();
    loop {
        if let Err(error) = attempt() {
            return error;
        }
        assert!(begin.elapsed() < PATIENCE, "it did not fail");
    }
}

/// Sends all of `frames`, waiting where there is no room.
fn send_all(port: &mut dyn PacketIo, frames: &[Frame]) {
    let mut left: Vec<&Frame> = frames.iter().collect();
    let begin = Instant::now();
    while !left.is_empty() {
        let count = port.send(&left).expect("sends");
        left.drain(..count);
        if count == 0 {
            assert!(begin.elapsed() < PATIENCE, "{} frames left", left.len());
            port.wait(Duration::from_millis(1)).expect("waits");
        }
    }
}

/// Sends numbered frames from one port to the other, a burst at a time, and looks at every byte.
fn crosses(from: &mut dyn PacketIo, to: &mut dyn PacketIo) {
    let longest = from.mtu().min(to.mtu()) + from.link_layer().header();
    let before = to.counters().expect("counters");
    let mut number = 0;
    while number < FRAMES {
        let burst = 1 + number % 64;
        let expected: Vec<_> =
            (number..FRAMES).take(burst).map(|number| numbered(number, longest)).collect();
        let frames: Vec<_> = expected.iter().map(|bytes| frame(bytes)).collect();
        send_all(from, &frames);
        let received = receive(to, expected.len(), is_numbered);
        assert_eq!(received.len(), expected.len(), "lost behind {number}: {:?}", to.counters());
        assert!(received == expected, "changed or reordered behind {number}");
        number += expected.len();
    }
    let (sent, received) = (from.counters(), to.counters().expect("counters"));
    let sent = sent.expect("counters");
    assert_eq!(received.dropped, before.dropped, "{received}");
    assert!(received.received - before.received >= FRAMES as u64 && sent.sent >= FRAMES as u64);
    println!("sender: {sent}\nreceiver: {received}");
    // A port does not receive what it sends.
    let mut frames = vec![Frame::new(); 32];
    from.wait(Duration::from_millis(20)).expect("waits");
    let count = from.receive(&mut frames).expect("receives");
    assert!(!frames[..count].iter().any(|frame| is_numbered(frame.bytes())));
}

/// That a port whose interface `name` goes down says so in its counters, and works again when it is up.
fn survives(port: &mut dyn PacketIo, other: &mut dyn PacketIo, name: &str) {
    let bytes = numbered(7, 1000);
    let one = frame(&bytes);
    ip(&format!("link set {name} down\n"));
    let before = port.counters().expect("counters").dropped.refused;
    for _ in 0..3 {
        port.wait(Duration::from_millis(5)).expect("waits while down");
        port.receive(&mut [Frame::new()]).expect("receives nothing while down");
        port.send(&[&one]).expect("drops while down");
    }
    assert!(port.counters().expect("counters").dropped.refused >= before + 2);
    ip(&format!("link set {name} up\n"));
    let begin = Instant::now();
    loop {
        port.send(&[&one]).expect("sends again");
        other.send(&[&one]).expect("sends again");
        // All of it: what was sent more than once is not to disturb what follows.
        let there = receive_rest(other, |frame| frame == bytes);
        let back = receive_rest(port, |frame| frame == bytes);
        if there > 0 && back > 0 {
            return;
        }
        assert!(begin.elapsed() < PATIENCE, "{there} there, {back} back");
    }
}

fn packet(interface: &str) -> AfPacketIo {
    AfPacketIo::open(&AfPacketOptions::new(interface)).expect("a packet socket")
}

#[test]
#[ignore = "runs in a namespace, by way of in_user_namespaces"]
fn packet_to_packet() {
    ip(CABLE);
    let (mut a, mut b) = (packet("va"), packet("vb"));
    assert_eq!((a.link_layer(), a.mtu()), (LinkLayer::Ethernet, 1500));
    assert!(a.interface().hardware_address().is_some_and(|address| address != [0; 6]));
    crosses(&mut a, &mut b);
    crosses(&mut b, &mut a);

    let short = frame(&[1; 9]);
    let long = frame(&numbered(0, 1600)[..60].repeat(26)[..1530]);
    let good = frame(&numbered(1, 100));
    assert_eq!(a.send(&[&short, &good, &long, &good]).expect("sends"), 4);
    assert_eq!(a.dropped(), [0, 2]);
    assert_eq!(receive(&mut b, 2, is_numbered).len(), 2);
    let counters = a.counters().expect("counters");
    assert_eq!((counters.dropped.refused, counters.dropped.too_long), (1, 1), "{counters}");

    // A ring of two blocks overflows, and says so.
    let options = AfPacketOptions { block_size: 1 << 16, blocks: 2, ..AfPacketOptions::new("vb") };
    let mut small = AfPacketIo::open(&options).expect("a packet socket");
    let frames: Vec<_> = (0..FRAMES).map(|number| frame(&numbered(number, 1000))).collect();
    send_all(&mut a, &frames);
    let received = receive_rest(&mut small, is_numbered) as u64;
    let overrun = small.counters().expect("counters").dropped.overrun;
    assert!(received > 0 && overrun > 0 && received + overrun >= FRAMES as u64);
    assert!(received + overrun < FRAMES as u64 + 20, "{received} {overrun}");
}

#[test]
#[ignore = "runs in a namespace, by way of in_user_namespaces"]
fn packet_sees_what_is_on_the_wire() {
    ip(CABLE);
    let (mut a, mut b) = (packet("va"), packet("vb"));
    // A tag that the kernel takes out of a frame is put back.
    let mut tagged = numbered(3, 200);
    tagged.splice(12..12, [0x81, 0x00, 0x20, 0x05]);
    send_all(&mut a, &[frame(&tagged)]);
    let received = receive(&mut b, 1, |bytes| bytes.get(12..14) == Some(&[0x81, 0x00]));
    assert_eq!(received, [tagged]);

    // A datagram of the kernel's own, whose checksum it leaves to the cable.
    ip("addr add 10.0.0.1/24 dev va
        neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev va\n");
    let socket = UdpSocket::bind("10.0.0.1:1000").expect("a socket");
    socket.send_to(b"what is in it", "10.0.0.2:2000").expect("sent");
    let is_udp = |bytes: &[u8]| bytes.get(12..14) == Some(&[0x08, 0x00]) && bytes[23] == 17;
    let received = receive(&mut b, 1, is_udp);
    let ip_packet = &received[0][14..55];
    assert_eq!(udp_remainder(ip_packet), 0, "the checksum of {ip_packet:x?}");
    assert_eq!(ip_packet[28..41], *b"what is in it");

    let is_promiscuous = || {
        let command = ["-d", "link", "show", "vb"];
        let output = Command::new("ip").args(command).output().expect("ip runs");
        String::from_utf8_lossy(&output.stdout).contains(" promiscuity 1")
    };
    assert!(!is_promiscuous());
    let options = AfPacketOptions { promiscuous: true, ..AfPacketOptions::new("vb") };
    let all = AfPacketIo::open(&options).expect("a packet socket");
    assert!(is_promiscuous());
    drop(all);
    assert!(!is_promiscuous());
}

#[test]
#[ignore = "runs in a namespace, by way of in_user_namespaces"]
fn packet_survives_down_and_up() {
    ip(CABLE);
    let (mut a, mut b) = (packet("va"), packet("vb"));
    survives(&mut a, &mut b, "va");
    crosses(&mut a, &mut b);
    ip("link del va\n");
    let error = failure_of(|| a.send(&[&frame(&numbered(1, 100))]));
    assert!(error.to_string().starts_with("va: cannot send"), "{error}");
}

#[test]
#[ignore = "runs in a namespace, by way of in_user_namespaces"]
fn packet_groups_share() {
    ip(CABLE);
    let mut a = packet("va");
    let mut members = members_of(7);
    let frames: Vec<_> = (0..200).map(|number| frame(&flow(number))).collect();
    send_all(&mut a, &frames);
    let shares: Vec<_> = members.iter_mut().map(|member| receive_rest(member, is_flow)).collect();
    assert_eq!(shares.iter().sum::<usize>(), 200, "{shares:?}");
    assert!(shares.iter().all(|share| *share > 0), "{shares:?}");
}

#[test]
#[ignore = "runs in a namespace, by way of in_user_namespaces"]
fn packet_groups_do_not_receive_what_they_send() {
    ip(CABLE);
    let mut a = packet("va");
    let mut members = members_of(8);
    let frames: Vec<_> = (0..200).map(|number| frame(&flow(number))).collect();
    send_all(&mut members[0], &frames);
    assert_eq!(receive(&mut a, 200, is_flow).len(), 200, "they go out");
    for member in &mut members {
        assert_eq!(receive_rest(member, is_flow), 0);
        assert_eq!(member.counters().expect("counters").received, 0);
    }
}

/// The members of a group of sockets on one interface.
fn members_of(group: u16) -> [AfPacketIo; 2] {
    let options = AfPacketOptions { fanout: Some(group), ..AfPacketOptions::new("vb") };
    [(); 2].map(|()| AfPacketIo::open(&options).expect("a packet socket"))
}

/// An IPv4 packet, as [`flow`] makes them.
fn is_flow(bytes: &[u8]) -> bool {
    bytes.get(12..14) == Some(&[0x08, 0x00])
}

/// A UDP packet over IPv4 from a port of its own.
fn flow(number: u16) -> Vec<u8> {
    let mut bytes = vec![0xff; 6];
    bytes.extend([2, 0, 0, 0, 0, 1, 0x08, 0x00, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0]);
    bytes.extend([10, 0, 0, 9, 10, 0, 0, 2]);
    bytes.extend((1000 + number).to_be_bytes());
    bytes.extend([0, 80, 0, 8, 0, 0]);
    bytes.resize(60, 0);
    bytes
}

/// An IPv4 packet of a protocol for experiments (RFC 3692), with a number and a payload.
fn ipv4(from: [u8; 4], to: [u8; 4], number: usize, length: usize) -> Vec<u8> {
    let mut bytes = vec![0x45, 0];
    bytes.extend((length as u16).to_be_bytes());
    bytes.extend([0, 0, 0x40, 0, 64, 253, 0, 0]);
    bytes.extend(from);
    bytes.extend(to);
    let sum: u32 = bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1])).sum();
    let sum = (sum & 0xffff) + (sum >> 16);
    bytes[10..12].copy_from_slice(&(!(sum as u16)).to_be_bytes());
    bytes.extend((number as u64).to_be_bytes());
    bytes.resize(length, number as u8);
    bytes
}

/// Two TUN interfaces between which the kernel forwards.
fn two_tuns() -> (TunIo, TunIo) {
    let a = TunIo::open("ta").expect("a TUN interface");
    let b = TunIo::open("tb").expect("a TUN interface");
    ip("link set ta addrgenmode none
        link set tb addrgenmode none
        link set ta up
        link set tb up
        addr add 10.1.0.1/24 dev ta
        addr add 10.2.0.1/24 dev tb\n");
    std::fs::write("/proc/sys/net/ipv4/ip_forward", "1").expect("forwarding");
    (a, b)
}

/// A packet that [`ipv4`] made.
fn is_ours(bytes: &[u8]) -> bool {
    bytes.get(9) == Some(&253)
}

/// Sends numbered packets to the kernel through one interface, and receives them from the other.
fn is_forwarded(from: &mut TunIo, to: &mut TunIo, source: [u8; 4], destination: [u8; 4]) {
    let mut number = 0;
    while number < FRAMES {
        let burst = 1 + number % 64;
        let expected: Vec<_> = (number..FRAMES)
            .take(burst)
            .map(|number| ipv4(source, destination, number, 28 + number * 97 % 1473))
            .collect();
        let frames: Vec<_> = expected.iter().map(|bytes| frame(bytes)).collect();
        send_all(from, &frames);
        let received = receive(to, expected.len(), is_ours);
        assert_eq!(received.len(), expected.len(), "lost behind {number}");
        for (received, expected) in received.iter().zip(&expected) {
            assert_eq!(received[8], 63, "the kernel forwarded it");
            assert!(received[12..] == expected[12..], "changed or reordered behind {number}");
        }
        number += expected.len();
    }
    let counters = to.counters().expect("counters");
    assert_eq!((counters.received, counters.dropped.total()), (FRAMES as u64, 0));
    println!("{counters}");
}

#[test]
#[ignore = "runs in a namespace, by way of in_user_namespaces"]
fn tun_to_tun() {
    let (mut a, mut b) = two_tuns();
    assert_eq!((a.link_layer(), a.mtu()), (LinkLayer::Ip, 1500));
    assert_eq!(a.interface().hardware_address(), None);
    is_forwarded(&mut a, &mut b, [10, 1, 0, 2], [10, 2, 0, 2]);
    is_forwarded(&mut b, &mut a, [10, 2, 0, 2], [10, 1, 0, 2]);

    let nothing = frame(&[0; 40]);
    let long = frame(&ipv4([10, 1, 0, 2], [10, 2, 0, 2], 0, 1501));
    assert_eq!(a.send(&[&nothing, &long]).expect("sends"), 2);
    assert_eq!(a.dropped(), [0, 1]);
    let dropped = a.counters().expect("counters").dropped;
    assert_eq!((dropped.refused, dropped.too_long), (1, 1));

    // A packet that is longer than the MTU was, behind one that just fits.
    ip("link set ta mtu 20000
        route add 10.9.0.0/16 dev ta\n");
    let socket = UdpSocket::bind("10.1.0.1:1000").expect("a socket");
    drops_longer_than(1500, &mut a, &socket);
}

/// Sends datagrams to a port by way of the kernel: one of the longest packet that it takes, one of a byte
/// more, and a short one.
fn drops_longer_than(most: usize, port: &mut TunIo, socket: &UdpSocket) {
    for length in [most - 28, most - 27, 100] {
        socket.send_to(&vec![1; length], "10.9.0.1:2000").expect("sent");
    }
    let is_udp = |bytes: &[u8]| bytes.get(9) == Some(&17);
    let received = receive(port, 2, is_udp);
    assert_eq!(received.iter().map(Vec::len).collect::<Vec<_>>(), [most, 128]);
    assert_eq!(port.counters().expect("counters").dropped.oversized, 1);
    for packet in received {
        assert_eq!(udp_remainder(&packet), 0, "the checksum of {packet:x?}");
    }
}

/// What is wrong with the checksum of a UDP packet over IPv4 without options: 0 if nothing.
fn udp_remainder(packet: &[u8]) -> u32 {
    let mut sum = 17 + (packet.len() - 20) as u32;
    for pair in packet[12..].chunks(2) {
        sum += u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0));
    }
    sum % 0xffff
}

/// An interface that is there before, of which a process before this one wanted checksums left to it.
#[test]
#[ignore = "runs in a namespace, by way of in_user_namespaces"]
fn tun_takes_back_what_others_asked_for() {
    const TUNSETOFFLOAD: libc::Ioctl = 0x4004_54d0;
    const TUNSETPERSIST: libc::Ioctl = 0x4004_54cb;
    const TUNSETIFF: libc::Ioctl = 0x4004_54ca;
    const TUN_F_CSUM_AND_TSO4: libc::c_int = 1 | 2;
    let before: File =
        OpenOptions::new().read(true).write(true).open("/dev/net/tun").expect("/dev/net/tun");
    // A `struct ifreq`: a name, and in its union the flags.
    let mut request = [0u8; 40];
    request[..2].copy_from_slice(b"tz");
    let flags = libc::IFF_TUN | libc::IFF_NO_PI | libc::IFF_VNET_HDR;
    request[16..18].copy_from_slice(&(flags as u16).to_ne_bytes());
    let fd = before.as_raw_fd();
    // SAFETY: TUNSETIFF takes a `struct ifreq`, which has 40 bytes.
    let made = unsafe { libc::ioctl(fd, TUNSETIFF, request.as_mut_ptr()) };
    // SAFETY: TUNSETPERSIST takes an integer.
    let kept = unsafe { libc::ioctl(fd, TUNSETPERSIST, 1) };
    // SAFETY: TUNSETOFFLOAD takes an integer.
    let left = unsafe { libc::ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM_AND_TSO4) };
    let results = [made, kept, left];
    assert_eq!(results, [0; 3], "{}", std::io::Error::last_os_error());
    drop(before);
    ip("link set tz mtu 20000\n");
    let mut port = TunIo::open("tz").expect("a TUN interface");
    assert_eq!(port.mtu(), 20000);
    ip("link set tz addrgenmode none
        link set tz up
        addr add 10.1.0.1/24 dev tz
        route add 10.9.0.0/16 dev tz\n");
    let socket = UdpSocket::bind("10.1.0.1:1000").expect("a socket");
    drops_longer_than(ROOM, &mut port, &socket);
}

#[test]
#[ignore = "runs in a namespace, by way of in_user_namespaces"]
fn tun_queues() {
    let mut queues = TunIo::open_queues("tm%d", 3).expect("three queues");
    assert!(queues.iter().all(|queue| queue.interface().name() == "tm0"));
    ip("link set tm0 up
        addr add 10.3.0.1/24 dev tm0\n");
    let sockets: Vec<_> =
        (0..60).map(|_| UdpSocket::bind("10.3.0.1:0").expect("a socket")).collect();
    for socket in &sockets {
        socket.send_to(b"to some queue", "10.3.0.2:2000").expect("sent");
    }
    let is_udp = |bytes: &[u8]| bytes.get(9) == Some(&17);
    let received: Vec<_> = queues.iter_mut().map(|queue| receive_rest(queue, is_udp)).collect();
    assert_eq!(received.iter().sum::<usize>(), 60, "{received:?}");
    assert!(received.iter().filter(|count| **count > 0).count() > 1, "{received:?}");
    let error = TunIo::open("tm0").expect_err("it has several queues");
    assert_eq!((error.interface.as_str(), error.step), ("tm0", Step::AttachTun));
}

#[test]
#[ignore = "runs in a namespace, by way of in_user_namespaces"]
fn tun_survives_down_and_up() {
    let (mut a, mut b) = two_tuns();
    let there = frame(&ipv4([10, 1, 0, 2], [10, 2, 0, 2], 1, 100));
    ip("link set ta down\n");
    for _ in 0..3 {
        a.wait(Duration::from_millis(5)).expect("waits while down");
        assert_eq!(a.receive(&mut [Frame::new()]).expect("nothing while down"), 0);
        assert_eq!(a.send(&[&there]).expect("drops while down"), 1);
    }
    assert_eq!(a.counters().expect("counters").dropped.refused, 3);
    ip("link set ta up\n");
    send_all(&mut a, &[there]);
    assert_eq!(receive(&mut b, 1, is_ours).len(), 1);
    ip("link del ta\n");
    let error = a.receive(&mut [Frame::new()]).expect_err("the interface is gone");
    assert!(error.to_string().starts_with("ta: cannot receive"), "{error}");
}

#[test]
#[ignore = "runs in a namespace, by way of in_user_namespaces"]
fn xdp_is_refused_without_privileges() {
    ip(CABLE);
    let error = XdpIo::open("va").expect_err("a user namespace's root may not load programs");
    assert!(error.is_refused(), "{error}");
    assert_eq!(error.interface, "va");
    let error = XdpIo::open("nowhere").expect_err("no such interface");
    assert_eq!(error.step, Step::Find);
    println!("{error}");
}

/// A port through AF_XDP; none if this kernel or this root refuses it, which is said.
fn xdp(interface: &str) -> Option<XdpIo> {
    match XdpIo::open(interface) {
        Ok(port) => Some(port),
        Err(error) if lacks_xdp(&error) => {
            skip(&format!("no AF_XDP here: {error}"));
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Whether the kernel has no AF_XDP, or root may not use bpf(2). What it says of a program that is wrong
/// (EACCES) is neither.
fn lacks_xdp(error: &InterfaceError) -> bool {
    match error.source.raw_os_error() {
        Some(libc::EPERM) => true,
        number => error.step == Step::Socket && number == Some(libc::EAFNOSUPPORT),
    }
}

/// What a neighbour sends that asks for an IPv6 address whose last bytes are 1.
fn solicitation() -> Vec<u8> {
    let mut bytes = numbered(1, 100);
    bytes[..6].copy_from_slice(&[0x33, 0x33, 0xff, 0, 0, 1]);
    bytes
}

/// An interface that, as a real one, receives only the groups that it is told to, and its other end.
const FILTERED: &str = "
    link add va type veth peer name vb
    link add link vb name vm type macvlan mode bridge
    link set va addrgenmode none
    link set vb addrgenmode none
    link set vm addrgenmode none
    link set va up
    link set vb up
    link set vm up
";

/// Sends to a group of which the interface of `port` is no member until that is open.
fn receives_groups(port: &mut dyn PacketIo) {
    let mut a = packet("va");
    let expected = solicitation();
    send_all(&mut a, &[frame(&expected)]);
    assert_eq!(receive(port, 1, is_numbered), [expected]);
}

#[test]
#[ignore = "runs in a namespace, by way of in_user_namespaces"]
fn packet_receives_groups() {
    ip(FILTERED);
    receives_groups(&mut packet("vm"));
}

#[test]
#[ignore = "runs in a namespace, by way of in_root_namespaces"]
fn xdp_receives_groups() {
    ip(FILTERED);
    if let Some(mut port) = xdp("vm") {
        receives_groups(&mut port);
    }
}

/// What the kernel sends as one piece, to be cut by hardware, is not what was on the wire.
#[test]
#[ignore = "runs in a namespace, by way of in_user_namespaces"]
fn packet_drops_what_is_longer_than_its_mtu() {
    ip(CABLE);
    ip("addr add 10.0.0.1/24 dev va
        neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev va\n");
    let mut b = packet("vb");
    let socket = UdpSocket::bind("10.0.0.1:1000").expect("a socket");
    let length: libc::c_int = 1000;
    // SAFETY: UDP_SEGMENT takes an `int`, which lives until after the call.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_UDP,
            libc::UDP_SEGMENT,
            (&raw const length).cast(),
            size_of::<libc::c_int>() as libc::socklen_t,
        )
    };
    assert_eq!(result, 0, "UDP_SEGMENT");
    socket.send_to(&[7; 5000], "10.0.0.2:2000").expect("sent");
    socket.send_to(&[7; 1000], "10.0.0.2:2000").expect("sent");
    let is_udp = |bytes: &[u8]| bytes.get(12..14) == Some(&[0x08, 0x00]) && bytes[23] == 17;
    let lengths: Vec<_> = receive(&mut b, 1, is_udp).iter().map(Vec::len).collect();
    assert_eq!(lengths, [14 + 28 + 1000]);
    assert_eq!(b.counters().expect("counters").dropped.oversized, 1);

    let joins = || b.interface().joins_segments().expect("the kernel says");
    for wanted in [true, false] {
        if set_feature("vb", "gro", wanted) {
            assert_eq!(joins(), wanted);
        }
    }
}

/// The checksum that is left is the inner one, while the outer one is none, or done.
#[test]
#[ignore = "runs in a namespace, by way of in_user_namespaces"]
fn packet_drops_what_a_tunnel_left_unfinished() {
    ip(CABLE);
    ip("addr add 10.0.0.1/24 dev va
        neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev va\n");
    let mut b = packet("vb");
    for option in ["noudpcsum", "udpcsum"] {
        let tunnel = format!(
            "link add vx type vxlan id 5 local 10.0.0.1 remote 10.0.0.2 dstport 4789 dev va {option}\n"
        );
        if !ip_succeeds(&tunnel) {
            skip("this kernel has no VXLAN");
            return;
        }
        ip("link set vx addrgenmode none
            link set vx up
            addr add 10.9.0.1/24 dev vx
            neigh add 10.9.0.2 lladdr 02:00:00:00:00:09 dev vx\n");
        let before = b.counters().expect("counters").dropped.unfinished;
        let address = "10.9.0.2:80".parse().expect("an address");
        TcpStream::connect_timeout(&address, Duration::from_millis(100)).expect_err("nobody");
        // A datagram whose inner checksum the kernel makes itself, since it is cut into fragments.
        let socket = UdpSocket::bind("10.9.0.1:1000").expect("a socket");
        socket.send_to(&[7; 2000], "10.9.0.2:2000").expect("sent");
        let is_tunnelled = |bytes: &[u8]| bytes.get(36..38) == Some(&4789u16.to_be_bytes());
        let inner: Vec<_> =
            receive(&mut b, 2, is_tunnelled).iter().map(|frame| frame[73]).collect();
        assert_eq!(inner, [17, 17], "{option}");
        let after = b.counters().expect("counters").dropped;
        assert!(after.unfinished > before, "{option}: {after:?}");
        ip("link del vx\n");
    }
}

/// Deletes the interface `vb` of a port that only receives, once after it went down and once at once.
fn notices_the_end<P: PacketIo>(open: impl Fn() -> Option<P>) {
    for lines in ["link set vb down\n", ""] {
        ip(CABLE);
        let Some(mut port) = open() else { return };
        ip(lines);
        for _ in 0..3 {
            port.receive(&mut [Frame::new()]).expect("it is there");
            port.wait(Duration::from_millis(5)).expect("it is there");
        }
        ip("link del va\n");
        let error = failure_of(|| {
            port.receive(&mut [Frame::new()])?;
            port.wait(Duration::from_millis(5)).map(|()| 0)
        });
        assert!(error.to_string().starts_with("vb: cannot wait"), "{error}");
        // One of the same name is another.
        ip(CABLE);
        port.wait(Duration::from_millis(5)).expect_err("it does not come back");
        ip("link del va\n");
    }
}

#[test]
#[ignore = "runs in a namespace, by way of in_user_namespaces"]
fn packet_notices_that_its_interface_is_gone() {
    notices_the_end(|| Some(packet("vb")));
}

#[test]
#[ignore = "runs in a namespace, by way of in_root_namespaces"]
fn xdp_notices_that_its_interface_is_gone() {
    notices_the_end(|| xdp("vb"));
}

/// Two cables with a bridge between them, which takes tags out of frames and puts them beside these.
const BRIDGED: &str = "
    link add br0 type bridge
    link add vc type veth peer name vd
    link set vb master br0
    link set vc master br0
    link set br0 addrgenmode none
    link set vc addrgenmode none
    link set vd addrgenmode none
    link set vc up
    link set vd up
    link set br0 up
";

#[test]
#[ignore = "runs in a namespace, by way of in_root_namespaces"]
fn xdp_receives_tags_that_stand_in_frames() {
    ip(CABLE);
    if !ip_succeeds(BRIDGED) {
        skip("this kernel has no bridges");
        return;
    }
    let mut a = packet("va");
    let Some(mut d) = xdp("vd") else { return };
    let untagged = numbered(3, 200);
    let mut tagged = untagged.clone();
    tagged.splice(12..12, [0x81, 0x00, 0x20, 0x05]);
    let mut passes = |d: &mut XdpIo| {
        // A bridge that has just begun may not forward yet.
        let begin = Instant::now();
        loop {
            send_all(&mut a, &[frame(&tagged)]);
            let is_it = |bytes: &[u8]| bytes == tagged || bytes == untagged;
            if let Some(received) = receive_within(d, QUIET, 1, is_it).pop() {
                return received;
            }
            assert!(begin.elapsed() < PATIENCE, "the bridge does not forward");
        }
    };
    // What stands beside a frame is lost, as the documentation says.
    assert_eq!(passes(&mut d), untagged);
    if set_feature("vc", "txvlan", false) {
        assert_eq!(passes(&mut d), tagged);
    }
    for wanted in [false, true] {
        if set_feature("vd", "rxvlan", wanted) {
            assert_eq!(d.interface().takes_out_tags().expect("the kernel says"), wanted);
        }
    }
}

#[test]
#[ignore = "runs in a namespace, by way of in_user_namespaces"]
fn packet_and_xdp_take_ethernet_alone() {
    let _tun = TunIo::open("ta").expect("a TUN interface");
    for name in ["ta", "lo"] {
        let error = AfPacketIo::open(&AfPacketOptions::new(name)).expect_err("no Ethernet");
        assert_eq!(error.step, Step::LinkLayer, "{error}");
        let error = XdpIo::open(name).expect_err("no Ethernet");
        assert_eq!(error.step, Step::LinkLayer, "{error}");
        assert!(error.to_string().contains("Ethernet"), "{error}");
    }
}

/// While frames come without a pause, ports join a group one after the other: none gets what another
/// has got.
#[test]
#[ignore = "runs in a namespace, by way of in_user_namespaces"]
fn packet_groups_begin_without_duplicates() {
    const JOINING: usize = 100;
    ip(CABLE);
    let mut a = packet("va");
    let stop = AtomicBool::new(false);
    let options = AfPacketOptions { fanout: Some(8), ..AfPacketOptions::new("vb") };
    let mut first = AfPacketIo::open(&options).expect("a packet socket");
    let options = AfPacketOptions { block_size: 1 << 16, blocks: 4, ..options };
    let seen = thread::scope(|scope| {
        scope.spawn(|| {
            let mut frames: Vec<Frame> = (0..64).map(|_| frame(&numbered(0, 60))).collect();
            let mut number = 0u64;
            while !stop.load(SeqCst) {
                for frame in &mut frames {
                    frame.bytes_mut()[14..22].copy_from_slice(&number.to_be_bytes());
                    number += 1;
                }
                send_all(&mut a, &frames);
            }
        });
        let mut seen: HashMap<Vec<u8>, usize> = HashMap::new();
        let mut frames = vec![Frame::new(); 64];
        let mut look = |port: &mut AfPacketIo| {
            loop {
                let count = port.receive(&mut frames).expect("receives");
                let wanted = frames[..count].iter().filter(|frame| is_numbered(frame.bytes()));
                wanted.for_each(|frame| {
                    *seen.entry(frame.bytes()[14..22].to_vec()).or_default() += 1
                });
                if count < frames.len() {
                    break;
                }
            }
        };
        for _ in 0..JOINING {
            let mut second = AfPacketIo::open(&options).expect("a packet socket");
            for _ in 0..3 {
                thread::sleep(Duration::from_millis(1));
                look(&mut first);
                look(&mut second);
            }
        }
        stop.store(true, SeqCst);
        thread::sleep(Duration::from_millis(20));
        look(&mut first);
        seen
    });
    let twice = seen.values().filter(|count| **count > 1).count();
    assert!(seen.len() > 1000 && twice == 0, "{twice} of {} came twice", seen.len());
}

#[test]
#[ignore = "runs in a namespace, by way of in_root_namespaces"]
fn packet_to_xdp_and_back() {
    ip(CABLE);
    let Some(mut b) = xdp("vb") else { return };
    let mut a = packet("va");
    crosses(&mut a, &mut b);
    crosses(&mut b, &mut a);
    // Far more than the rings hold goes through a bit at a time.
    let frames: Vec<_> = (0..FRAMES).map(|number| frame(&numbered(number, 200))).collect();
    send_all(&mut b, &frames);
    assert_eq!(receive(&mut a, FRAMES, is_numbered).len(), FRAMES);
    // Nobody receives while more comes than there are chunks: the rest is counted.
    send_all(&mut a, &frames);
    let received = receive_rest(&mut b, is_numbered) as u64;
    let counters = b.counters().expect("counters");
    assert_eq!(received + counters.dropped.overrun, FRAMES as u64, "{counters}");
    assert_eq!(received, 2048);
    crosses(&mut a, &mut b);

    let long = frame(&numbered(1, 4000).repeat(30)[..1515]);
    assert_eq!(b.send(&[&long, &frame(&[1; 13])]).expect("sends"), 2);
    assert_eq!(b.dropped(), [0, 1]);
    let dropped = b.counters().expect("counters").dropped;
    assert_eq!((dropped.too_long, dropped.refused), (1, 1));
}

#[test]
#[ignore = "runs in a namespace, by way of in_root_namespaces"]
fn xdp_survives_down_and_up() {
    ip(CABLE);
    let Some(mut b) = xdp("vb") else { return };
    let mut a = packet("va");
    survives(&mut b, &mut a, "vb");
    crosses(&mut a, &mut b);
    crosses(&mut b, &mut a);
    ip("link del va\n");
    let error = failure_of(|| b.send(&[&frame(&numbered(1, 100))]));
    assert!(error.to_string().starts_with("vb: cannot send"), "{error}");
}

/// The program is there while a port is, and keeps others away.
#[test]
#[ignore = "runs in a namespace, by way of in_root_namespaces"]
fn xdp_lets_go() {
    ip(CABLE);
    let shows_program = || {
        let output = Command::new("ip").args(["link", "show", "vb"]).output().expect("ip runs");
        String::from_utf8_lossy(&output.stdout).contains("xdpgeneric")
    };
    for _ in 0..3 {
        assert!(!shows_program());
        let Some(port) = xdp("vb") else { return };
        assert!(shows_program());
        let error = XdpIo::open("vb").expect_err("the interface has a program");
        assert_eq!(error.interface, "vb");
        assert!(matches!(error.step, Step::Bind | Step::AttachProgram), "{error}");
        assert!(shows_program());
        drop(port);
    }
    let options = XdpOptions { queues: 2, ..XdpOptions::new("vb") };
    let error = XdpIo::open_queues(&options).expect_err("a cable has one queue");
    assert_eq!(error.step, Step::Bind, "{error}");
    assert!(!shows_program());
    ip("link set vb mtu 9000\n");
    let error = XdpIo::open("vb").expect_err("frames do not fit into a chunk");
    assert_eq!(error.step, Step::Configure, "{error}");
}
