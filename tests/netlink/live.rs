//! A real kernel in a network namespace of its own, which takes no privileges where user namespaces
//! are allowed. What `ip` says of its routes is the truth. Needs `unshare` (util-linux) and `ip` (iproute2), and says so if it cannot run.

use std::{
    fmt::Write as _,
    io::Write as _,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rtalloc::netlink::{Answer, KernelMirror, KernelOptions, KernelQuery, RouteMessage, Tables};

use crate::iproute::{self, Said};

/// Runs the tests below, each in a namespace of its own.
#[test]
fn in_namespaces() {
    let probe = Command::new("unshare").args(["-rn", "ip", "link", "set", "lo", "up"]).output();
    match probe {
        Ok(output) if output.status.success() => {}
        Ok(output) => {
            let why = String::from_utf8_lossy(&output.stderr);
            println!("SKIPPED: no network namespace with a link to be had: {}", why.trim());
            return;
        }
        Err(error) => {
            println!("SKIPPED: `unshare` of util-linux does not run: {error}");
            return;
        }
    }
    let this = std::env::current_exe().expect("the test's own path");
    for name in ["follows_what_happens", "recovers_from_losses", "agrees_with_the_kernels_answers"]
    {
        let output = Command::new("unshare")
            .arg("-rn")
            .arg(&this)
            .args(["--exact", "--ignored", "--nocapture", &format!("live::{name}")])
            .output()
            .expect("unshare ran a moment ago");
        let text = String::from_utf8_lossy(&output.stdout);
        println!("{text}");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{name}: {text}{errors}");
        assert!(text.contains("1 passed"), "{name} did not run: {text}");
    }
}

/// Runs lines of `ip`, all of which must succeed; those that begin with 6 under `ip -6`, after the
/// others.
fn ip(lines: &str) {
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    let (v6, others): (Vec<_>, Vec<_>) = lines.partition(|line| line.starts_with("6 "));
    let v6: Vec<_> = v6.into_iter().map(|line| &line[2..]).collect();
    for (family, lines) in [(None, others), (Some("-6"), v6)] {
        if lines.is_empty() {
            continue;
        }
        let mut child = Command::new("ip")
            .args(family)
            .args(["-batch", "-"])
            .stdin(Stdio::piped())
            .spawn()
            .expect("ip ran a moment ago");
        let text = lines.join("\n") + "\n";
        child.stdin.take().expect("piped").write_all(text.as_bytes()).expect("it reads");
        assert!(child.wait().expect("it ends").success(), "{lines:?}");
    }
}

const LINKS: &str = "
    link set lo up
    link add va type veth peer name vb
    link set va up
    link set vb up
    addr add 10.1.0.1/24 dev va
    addr add 10.2.0.1/24 dev vb
    6 addr add 2001:db8:1::1/64 dev va nodad
    6 addr add 2001:db8:2::1/64 dev vb nodad
";

fn said(tables: &Tables) -> Said {
    let mut said = Said::new();
    for (number, table) in tables.all() {
        let (v4, v6) = (table.v4().snapshot(), table.v6().snapshot());
        let entries = v4.iter().map(|(_, entry)| entry).chain(v6.iter().map(|(_, entry)| entry));
        for entry in entries {
            let origin = entry.data();
            let mut hops: Vec<_> = origin.paths().iter().map(|path| path.next_hop).collect();
            if hops.is_empty() {
                hops.push(entry.next_hop());
            }
            let prefix = format!("{}/{}", entry.destination(), entry.prefix_len());
            said.insert((number, prefix), (origin.kind, origin.priority, hops));
        }
    }
    said
}

/// Steps until the tables say what `ip` says, and what a mirror says that is opened now, and nothing is
/// left to do.
fn settle(mirror: &mut KernelMirror, after: &str) {
    let begin = Instant::now();
    loop {
        mirror.step(Duration::from_millis(20)).expect("a step");
        let fresh = KernelMirror::open(&KernelOptions::default()).expect("a mirror");
        let (ours, theirs) = (said(mirror.tables()), said(fresh.tables()));
        let truth = iproute::said();
        if ours == theirs && ours == truth && mirror.is_settled() {
            return;
        }
        if begin.elapsed() > Duration::from_secs(10) {
            for (who, theirs) in [("a new mirror", &theirs), ("ip", &truth)] {
                let (missing, surplus) = (beside(theirs, &ours), beside(&ours, theirs));
                println!("{who} has {missing:?}, the mirror {surplus:?}");
            }
            panic!("after {after}: {}", mirror.stats());
        }
    }
}

/// What `one` says and `other` does not.
fn beside<'a>(one: &'a Said, other: &Said) -> Vec<(&'a (u32, String), String)> {
    one.iter()
        .filter(|(key, value)| other.get(*key) != Some(value))
        .map(|(key, value)| (key, format!("{value:?}")))
        .collect()
}

#[test]
#[ignore = "runs in a namespace, by way of in_namespaces"]
fn follows_what_happens() {
    ip(LINKS);
    ip("
        route add default via 10.1.0.2
        route add 192.0.2.0/24 nexthop via 10.1.0.2 weight 3 nexthop via 10.2.0.2
        route add blackhole 203.0.113.0/24
        6 route add unreachable 2001:db8:200::/40
    ");
    let mut mirror = KernelMirror::open(&KernelOptions::default()).expect("a mirror");
    let steps = [
        "route add 198.51.100.0/24 via 10.1.0.3 metric 10",
        "route add 198.51.100.0/24 via 10.2.0.3 metric 20",
        "route del 198.51.100.0/24 metric 10",
        "route append 198.51.100.0/24 via 10.1.0.5 metric 20",
        "route prepend 198.51.100.0/24 via 10.1.0.6 metric 20",
        "route replace 198.51.100.0/24 via 10.1.0.7 metric 20",
        "route del 198.51.100.0/24 via 10.1.0.7",
        "route add 198.51.100.0/25 via 10.1.0.3 table 1000",
        "route add throw 198.51.100.128/25 table 1000",
        "route add prohibit 203.0.113.128/25",
        "route add 100.70.0.0/16 via inet6 2001:db8:1::5 dev va",
        "nexthop add id 1 via 10.1.0.9 dev va",
        "nexthop add id 2 via 10.2.0.9 dev vb",
        "nexthop add id 3 group 1,5/2,7",
        "nexthop add id 4 blackhole",
        "route add 100.64.0.0/16 nhid 3",
        "route add 100.65.0.0/16 nhid 1",
        "route add 100.66.0.0/16 nhid 4",
        "nexthop replace id 1 via 10.1.0.77 dev va",
        "nexthop del id 1",
        "nexthop add id 5 via 10.1.0.9 dev va",
        "route add 100.71.0.0/16 via 10.1.0.2",
        "route append 100.71.0.0/16 nhid 5",
        "nexthop replace id 5 via 10.1.0.78 dev va",
        "route del 100.71.0.0/16 via 10.1.0.2",
        "route add 100.72.0.0/16 via 10.1.0.2 proto 4",
        "route append 100.72.0.0/16 via 10.1.0.2 proto 186",
        "route append 100.72.0.0/16 via 10.1.0.2 proto 186 src 10.2.0.1",
        "route del 100.72.0.0/16 proto 186",
        "route del 100.72.0.0/16 proto 186",
        "nexthop replace id 4 via 10.1.0.79 dev va",
        "route del 100.66.0.0/16",
        "6 route add 2001:db8:100::/40 nexthop via 2001:db8:1::2 nexthop via 2001:db8:2::2",
        "6 route append 2001:db8:100::/40 via 2001:db8:2::7",
        "6 route del 2001:db8:100::/40 via 2001:db8:1::2",
        "6 route replace 2001:db8:100::/40 nexthop via 2001:db8:1::9 nexthop via 2001:db8:2::9",
        "6 route add 2001:db8:100::/40 via 2001:db8:1::3 metric 5",
        "6 route add blackhole 2001:db8:100::/40 metric 3",
        "6 route del blackhole 2001:db8:100::/40 metric 3",
        "route add 100.67.0.0/16 via 10.1.0.2 src 10.2.0.1",
        "addr del 10.2.0.1/24 dev vb",
        "addr add 10.2.0.1/24 dev vb",
        "route replace 192.0.2.0/24 nexthop via 10.1.0.2 nexthop via 10.2.0.2",
        "link set vb down",
        "link set vb up",
        "route add 100.69.0.0/16 via 10.9.9.9 dev vb onlink",
        "link add vc type veth peer name vd",
        "link set vc up",
        "link set vd up",
        "addr add 10.3.0.1/24 dev vc",
        "nexthop add id 7 via 10.1.0.9 dev va",
        "nexthop add id 8 via 10.3.0.9 dev vc",
        "nexthop add id 9 group 7/8",
        "route add 100.74.0.0/16 nhid 9",
        "6 addr add 2001:db8:3::1/64 dev vc nodad",
        "route add 100.75.0.0/16 nexthop via 10.1.0.9 nexthop via 10.3.0.9",
        "6 route add 2001:db8:300::/40 nexthop via 2001:db8:1::9 nexthop via 2001:db8:3::9",
        "nexthop add id 10 via 10.3.0.7 dev vc",
        "nexthop replace id 9 group 7/8/10",
        "nexthop del id 8",
        "link del vc",
        "link del va",
    ];
    settle(&mut mirror, "the beginning");
    for step in steps {
        ip(step);
        settle(&mut mirror, step);
    }
    let stats = mirror.stats();
    assert_eq!((stats.overruns, stats.malformed, stats.refused), (0, 0, 0));
    println!("{stats}");
}

/// With the smallest buffer that the kernel allows, and nobody reading while thousands of routes
/// come and go, almost everything is lost; and nothing is missing afterwards.
#[test]
#[ignore = "runs in a namespace, by way of in_namespaces"]
fn recovers_from_losses() {
    ip(LINKS);
    let options = KernelOptions { receive_buffer: 1, ..KernelOptions::default() };
    let mut mirror = KernelMirror::open(&options).expect("a mirror");
    println!("a receive buffer of {} bytes", mirror.receive_buffer().expect("a size"));
    let batch = |verb: &str, range: std::ops::Range<u32>| {
        let mut lines = String::new();
        for index in range {
            let (high, low) = (index / 256, index % 256);
            writeln!(lines, "route {verb} 100.{high}.{low}.0/24 via 10.1.0.2").expect("a string");
            writeln!(lines, "6 route {verb} 2001:db8:{index:x}::/48 via 2001:db8:1::2")
                .expect("a string");
        }
        ip(&lines);
    };
    batch("add", 256..4256);
    settle(&mut mirror, "adding");
    let added = mirror.stats();
    assert!(added.overruns > 0 && added.resyncs > 1, "{added}");
    assert_eq!(mirror.tables().get(254).expect("filled").v4().len(), 4002);
    batch("del", 1256..3256);
    settle(&mut mirror, "deleting");
    let deleted = mirror.stats();
    assert!(deleted.overruns > added.overruns && deleted.swept > 0, "{deleted}");
    assert_eq!(mirror.tables().get(254).expect("filled").v4().len(), 2002);
    println!("{deleted}");
}

/// The kernel's answers for addresses in each of its routes.
#[test]
#[ignore = "runs in a namespace, by way of in_namespaces"]
fn agrees_with_the_kernels_answers() {
    ip(LINKS);
    let mut lines = String::new();
    for index in 0..20_000u32 {
        let (high, low) = (64 + index / 256, index % 256);
        writeln!(lines, "route add 100.{high}.{low}.0/24 via 10.1.0.{}", 2 + index % 200)
            .expect("a string");
    }
    ip(&lines);
    let begin = Instant::now();
    let mirror = KernelMirror::open(&KernelOptions::default()).expect("a mirror");
    println!("20000 routes mirrored in {:.3} s", begin.elapsed().as_secs_f64());
    let table = mirror.tables().get(254).expect("filled");
    let mut query = KernelQuery::open().expect("a socket");
    assert_eq!(query.rules().expect("rules"), (3, 2));
    let mut reader = table.reader();
    let guard = reader.enter();
    for index in (0..20_000u32).step_by(37) {
        let address = std::net::Ipv4Addr::from((100 << 24 | 64 << 16) + (index << 8) + index % 251);
        let Answer::Route(route) = query.route_to(address.into()).expect("an answer") else {
            panic!("no route to {address}")
        };
        let found = guard.lookup(address.into()).expect("a route");
        assert_eq!(
            (found.destination(), found.prefix_len()),
            (route.prefix.address(), route.prefix.len())
        );
        assert_eq!(found.next_hop(), route.paths.as_slice()[0].next_hop);
    }
    let nowhere = query.route_to("203.0.113.1".parse().expect("an address")).expect("an answer");
    assert_eq!(nowhere, Answer::Refused(101));
    assert!(guard.lookup("203.0.113.1".parse().expect("an address")).is_none());

    // Told in a dump, those of IPv4 are as many: each is of a prefix of its own. Others come too.
    let (mut of_main, mut others) = (0, 0);
    let note = |route: RouteMessage| {
        let counted = route.table == 254 && route.prefix.address().is_ipv4();
        *if counted { &mut of_main } else { &mut others } += 1;
    };
    query.routes(note).expect("a dump");
    assert_eq!(of_main, table.v4().len());
    assert!(others > 0);
}
