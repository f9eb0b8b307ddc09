use super::*;
use crate::testing::bsd::{Cache, Output, Verdict, verdict};

#[test]
fn the_longest_match_wins_and_a_host_route_over_all() {
    for profile in Profile::ALL {
        let mut world = world(profile);
        let all = world.add(via("0.0.0.0/0", "10.0.0.9", RtFlags::empty()));
        let net = world.add(via("192.0.2.0/24", "10.0.0.9", RtFlags::empty()));
        let host = world.add(via("192.0.2.7", "10.0.0.9", RtFlags::empty()));
        assert_eq!(world.find("192.0.2.7"), Some(host));
        assert_eq!(world.find("192.0.2.8"), Some(net));
        assert_eq!(world.find("192.0.3.8"), Some(all));
        assert_eq!(world.find("2001:db8::5"), None, "the other family");
    }
}

#[test]
fn t1_a_down_route_hides_a_wider_one_that_is_up() {
    let mut world = world(Profile::OpenBsd);
    world.add(out_of("172.16.0.0/12", 2, RtFlags::empty()));
    let narrow = world.add(out_of("172.16.0.0/16", 1, RtFlags::empty()));
    world.em0.set_up(false);
    assert_eq!(world.model.link_changed(1), Ok(1));
    world.model.take_messages();
    assert_eq!(world.find("172.16.3.3"), Some(narrow));
    assert_eq!(world.flags(narrow), RtFlags::empty());
    assert_eq!(world.model.show(narrow).priority.number(), 0x88);
}

#[test]
fn among_equals_of_a_prefix_the_one_that_is_up_comes_first() {
    let mut world = world(Profile::OpenBsd);
    let first = world.add(out_of("172.16.0.0/16", 1, RtFlags::empty()));
    let second = world.model.add(&out_of("172.16.0.0/16", 2, MPATH), Priority::BGP, 0).unwrap();
    assert_eq!(world.find("172.16.3.3"), Some(first));
    world.em0.set_up(false);
    assert_eq!(world.model.link_changed(1), Ok(1));
    world.model.take_messages();
    assert_eq!(world.find("172.16.3.3"), Some(second));
}

#[test]
fn t2_without_report_rtalloc1_neither_clones_nor_tells() {
    let mut world = world(Profile::FreeBsd);
    let net = world.add(out_of("172.16.0.0/16", 1, CLONING));
    assert_eq!(world.model.lookup1(at("172.16.1.1"), false, RtFlags::empty()), Some(net));
    assert_eq!(world.model.lookup1(at("192.0.2.1"), false, RtFlags::empty()), None);
    assert!(world.told().is_empty());
    assert_eq!(world.model.lookup1(at("172.16.1.1"), true, CLONING), Some(net));
    assert!(world.told().is_empty());
    assert_eq!(world.model.lookup1(at("192.0.2.1"), true, CLONING), None);
    assert_eq!(world.told(), ["Miss 192.0.2.1"]);
    assert_ne!(world.model.lookup1(at("172.16.1.1"), true, RtFlags::GATEWAY), Some(net));
    assert_eq!(world.told(), ["Add 172.16.1.1"]);
    assert_eq!(world.model.unreachable(), 2);
}

#[test]
fn t22_an_unknown_table_or_family_misses() {
    let mut world = world(Profile::OpenBsd);
    assert_eq!(world.model.lookup(at("10.0.0.1"), true, true, 9), None);
    assert_eq!(world.model.take_messages()[0].table, 9);
    let other = Sockaddr::Other { family: 7 };
    assert_eq!(world.model.lookup(other, true, true, 0), None);
    assert_eq!(world.told(), ["Miss af 7"]);
    let unknown = world.model.add(&out_of("10.9.0.0/16", 1, RtFlags::empty()), NONE, 9);
    assert_eq!(unknown, Err(Errno::EAFNOSUPPORT));
}

#[test]
fn t5_t6_a_cache_keeps_what_is_up_whatever_is_asked() {
    let mut world = world(Profile::OpenBsd);
    let wide = world.add(out_of("172.16.0.0/12", 1, RtFlags::empty()));
    let mut cache = Cache { destination: at("172.16.1.1"), table: 0, route: None };
    assert_eq!(world.model.cached_lookup(&mut cache, RtFlags::empty()), Some(wide));
    world.add(out_of("172.16.1.0/24", 2, RtFlags::empty()));
    assert_eq!(world.model.cached_lookup(&mut cache, RtFlags::empty()), Some(wide));
    cache.destination = at("203.0.113.1");
    assert_eq!(world.model.cached_lookup(&mut cache, RtFlags::empty()), Some(wide));
    world.model.delete(&info("172.16.0.0/12"), Priority::ANY, 0).unwrap();
    assert_eq!(world.model.cached_lookup(&mut cache, RtFlags::empty()), None);
    assert_eq!((cache.route, world.told()), (None, vec!["Miss 203.0.113.1".to_string()]));
}

#[test]
fn a_route_is_valid_while_another_reaches_its_gateway() {
    let mut world = world(Profile::OpenBsd);
    let net = world.add(out_of("10.0.0.0/24", 1, RtFlags::empty()));
    let far = world.add(via("192.0.2.0/24", "10.0.0.9", RtFlags::empty()));
    let own =
        world.add(Info { interface: Some(1), ..via("198.51.100.0/24", "198.51.100.1", GATEWAY) });
    assert!(world.model.is_valid(net) && world.model.is_valid(far));
    assert!(!world.model.is_valid(own), "its gateway is reached by itself alone");
    world.model.delete(&info("10.0.0.0/24"), Priority::ANY, 0).unwrap();
    assert!(!world.model.is_valid(far) && !world.model.is_valid(net));
}

#[test]
fn t23_t24_what_rejects_and_what_drops_depends_on_who_asks() {
    let mut world = world(Profile::OpenBsd);
    let reject = world.add(out_of("172.16.1.1", 1, RtFlags::REJECT));
    let drop = world.add(out_of("172.17.0.0/16", 1, RtFlags::BLACKHOLE));
    let net = world.add(out_of("172.18.0.0/16", 1, RtFlags::REJECT));
    let mut reject = world.model.show(reject);
    let (drop, net) = (world.model.show(drop), world.model.show(net));
    let link = |own| Output::Link { own };
    let refuse = Verdict::Refuse;
    assert_eq!(verdict(Some(&drop), Output::Loopback, 5), Verdict::Drop);
    assert_eq!(verdict(Some(&drop), Output::FastForward, 5), Verdict::Drop);
    assert_eq!(verdict(Some(&drop), link(true), 5), Verdict::Send);
    assert_eq!(verdict(Some(&reject), Output::Loopback, 5), refuse(Errno::EHOSTUNREACH));
    assert_eq!(verdict(Some(&net), Output::Loopback, 5), refuse(Errno::ENETUNREACH));
    assert_eq!(verdict(Some(&reject), link(true), 5), refuse(Errno::EHOSTDOWN));
    assert_eq!(verdict(Some(&reject), link(false), 5), refuse(Errno::EHOSTUNREACH));
    assert_eq!(verdict(Some(&reject), Output::FastForward, 5), Verdict::Send, "expire is 0");
    reject.expire = 5;
    assert_eq!(verdict(Some(&reject), link(true), 5), Verdict::Send);
    assert_eq!(verdict(Some(&reject), Output::FastForward, 5), refuse(Errno::EHOSTUNREACH));
    assert_eq!(verdict(Some(&reject), Output::FastForward, 6), Verdict::Send);
    assert_eq!(verdict(None, Output::FastForward, 6), refuse(Errno::EHOSTUNREACH));
}

#[test]
fn t31_a_walk_goes_by_address_then_the_narrowest_then_the_preferred() {
    let mut world = world(Profile::OpenBsd);
    for (destination, priority) in [
        ("10.0.0.0/8", 8),
        ("0.0.0.0/0", 8),
        ("10.0.0.0/16", 48),
        ("10.0.0.0/16", 8),
        ("9.0.0.0/8", 8),
    ] {
        world.add_path(destination, 9, priority).unwrap();
    }
    let v6 = Info { interface: Some(1), ..via("2001:db8::/32", "2001:db8::9", GATEWAY) };
    world.model.add(&v6, NONE, 0).unwrap();
    let expected = [
        "0.0.0.0/0 8",
        "9.0.0.0/8 8",
        "10.0.0.0/16 8",
        "10.0.0.0/16 48",
        "10.0.0.0/8 8",
        "2001:db8::/32 8",
    ];
    assert_eq!(world.walk(), expected);
}
