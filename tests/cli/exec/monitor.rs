//! The routing messages that scripts cause.

use super::printed;
use crate::{assert_error, run, text};

/// What `monitor` prints for a script that succeeds, without the lines about flags that are not set
/// and locked metrics.
fn monitored(args: &str, script: &str) -> Vec<String> {
    let output = run(&format!("monitor {args} -"), "".as_ref(), script);
    let noise = ["fmask:", "locks:  inits: "];
    let lines = printed(&output).lines().filter(|line| !noise.contains(line));
    lines.map(str::to_owned).collect()
}

#[test]
fn monitor_prints_the_messages_of_each_line_after_its_output() {
    let script = "\
if em0 10.0.0.1/24
add -cloning 10.0.0/24 em0
resolve 10.0.0.7
add -mtu 1400 -expire 60 192.0.2/24 10.0.0.7
! add 192.0.2/24 10.0.0.7
! resolve 198.51.100.1
table 7
! get 10.0.0.1
table 0
ifdown em0
delete 10.0.0/24
flush
";
    let expected = "\
RTM_IFANNOUNCE: iface arrival/departure: len 26, if# 1, name em0, what: arrival
RTM_NEWADDR: address being added to iface: len 72, metric 0, flags:
sockaddrs: <IFP,IFA>
 em0 10.0.0.1
RTM_ADD: Add Route: len 176, priority 0, table 0, if# 1, name em0, pid: 0, seq 0, errno 0
flags:<UP,HOST,DONE,LOCAL>
use:        0   mtu:        0    expire:        0 
sockaddrs: <DST,GATEWAY,IFP,IFA>
 10.0.0.1 10.0.0.1 em0 10.0.0.1
RTM_ADD: Add Route: len 152, priority 8, table 0, if# 1, name em0, pid: 1, seq 1, errno 0
flags:<UP,DONE,CLONING,STATIC>
use:        0   mtu:        0    expire:        0 
sockaddrs: <DST,GATEWAY,NETMASK>
 10.0.0.0 link#1 255.255.255.0
10.0.0.7\t10.0.0.7/32\tlink#1\tUHc\tem0
RTM_ADD: Add Route: len 192, priority 0, table 0, if# 1, name em0, pid: 0, seq 0, errno 0
flags:<UP,HOST,DONE,CLONED>
use:        0   mtu:        0    expire:        0 
sockaddrs: <DST,GATEWAY,IFP,IFA>
 10.0.0.7 link#1 em0 10.0.0.1
RTM_ADD: Add Route: len 136, priority 8, table 0, if# 1, name em0, pid: 1, seq 2, errno 0
flags:<UP,GATEWAY,DONE,STATIC>
use:        0   mtu:     1400    expire:       60 
locks:  inits: <mtu,expire>
sockaddrs: <DST,GATEWAY,NETMASK>
 192.0.2.0 10.0.0.7 255.255.255.0
RTM_ADD: Add Route: len 136, priority 0, table 0, if# 0, pid: 1, seq 3, errno 17
flags:<UP,GATEWAY,STATIC>
use:        0   mtu:        0    expire:        0 
sockaddrs: <DST,GATEWAY,NETMASK>
 192.0.2.0 10.0.0.7 255.255.255.0
RTM_MISS: Lookup failed on this address: len 112, priority 0, table 0, if# 0, pid: 0, seq 0, errno 0
flags:<DONE>
use:        0   mtu:        0    expire:        0 
sockaddrs: <DST>
 198.51.100.1
RTM_GET: Report Metrics: len 144, priority 0, table 7, if# 0, pid: 1, seq 4, errno 3
flags:<UP,GATEWAY,STATIC>
use:        0   mtu:        0    expire:        0 
sockaddrs: <DST,IFP>
 10.0.0.1 link#0
RTM_IFINFO: iface status change: len 192, if# 1, name: em0, link: no carrier, flags:
sockaddrs: <IFP>
 em0
RTM_DELETE: Delete Route: len 144, priority 8, table 0, if# 1, name em0, pid: 0, seq 0, errno 0
flags:<HOST,DONE,CLONED>
use:        0   mtu:        0    expire:        0 
sockaddrs: <DST,GATEWAY>
 10.0.0.7 link#1
RTM_DELETE: Delete Route: len 152, priority 8, table 0, if# 1, name em0, pid: 1, seq 5, errno 0
flags:<DONE,CLONING,STATIC>
use:        0   mtu:        0    expire:        0 
sockaddrs: <DST,GATEWAY,NETMASK>
 10.0.0.0 link#1 255.255.255.0
RTM_DELETE: Delete Route: len 136, priority 8, table 0, if# 1, name em0, pid: 0, seq 0, errno 0
flags:<GATEWAY,DONE,STATIC>
use:        0   mtu:     1400    expire:       60 
sockaddrs: <DST,GATEWAY,NETMASK>
 192.0.2.0 10.0.0.7 255.255.255.0";
    assert_eq!(monitored("", script).join("\n"), expected);
}

#[test]
fn monitor_knows_both_systems_and_says_no_more_than_there_is() {
    let script = "if em0 10.0.0.1/24\n! if em1 10.0.0.1/24\nadd 192.0.2/24 10.0.0.9\n";
    let freebsd = monitored("--profile freebsd", script);
    assert_eq!(freebsd.iter().filter(|line| line.starts_with("RTM_IFANNOUNCE")).count(), 1);
    let added =
        "RTM_ADD: Add Route: len 192, pid: 1, seq 1, errno 0, flags:<UP,GATEWAY,DONE,STATIC>";
    assert!(freebsd.iter().any(|line| line == added), "{freebsd:?}");
    let asked =
        monitored("", "if em0 10.0.0.1/8\ntable 1\ntable 0\nmpath 10.0.0.1 10.0.0.2\nshow -json");
    assert_eq!(asked.iter().filter(|line| line.starts_with("RTM_")).count(), 3);
    assert_eq!(asked.last().map(String::as_str), Some("]"));
    let failed = run("monitor -", "".as_ref(), "if em0 10.0.0.1/8\ndelete 11/8\n");
    assert_error(&failed, "-:2: ESRCH: no such route");
    assert!(text(&failed.stdout).contains("seq 1, errno 3"), "the reply is printed before the end");
}
