use super::*;

#[test]
fn the_mask_applies_and_a_host_has_none() {
    for profile in Profile::ALL {
        let mut world = world(profile);
        let net = world.add(via("192.0.2.99/24", "10.0.0.9", RtFlags::empty()));
        assert_eq!(world.model.show(net).destination, prefix("192.0.2.0/24"));
        let host = world.add(via("192.0.2.99/24", "10.0.0.9", RtFlags::HOST));
        assert_eq!(world.model.show(host).destination, prefix("192.0.2.99/32"));
        assert!(world.flags(host).contains(RtFlags::HOST));
        let long = world.model.add(&via("192.0.2.0/33", "10.0.0.9", RtFlags::empty()), NONE, 0);
        assert_eq!(long, Err(Errno::EINVAL));
        let bare = Info { gateway: None, ..via("192.0.9.0/24", "10.0.0.9", GATEWAY) };
        assert_eq!(world.model.add(&bare, NONE, 0), Err(Errno::EINVAL));
    }
}

#[test]
fn t10_a_full_mask_and_none_are_the_same_prefix() {
    let mut world = world(Profile::OpenBsd);
    let host = world.add(via("192.0.2.7", "10.0.0.9", RtFlags::empty()));
    assert_eq!(world.add_path("192.0.2.7/32", 9, 8), Err(Errno::EEXIST));
    let shown = world.model.show(host);
    assert_eq!(shown.flags, RtFlags::UP | RtFlags::HOST | GATEWAY);
    assert_eq!(shown.priority, Priority::STATIC);
}

#[test]
fn the_interface_is_chosen_as_documented() {
    let mut world = world(Profile::OpenBsd);
    let ppp = MemoryInterface::new(4, "ppp0".parse().unwrap(), 576);
    ppp.set_address(InterfaceAddress { peer: Some(ip("203.0.113.2")), ..own("203.0.113.1", 32) });
    world.model.attach(Arc::new(ppp)).unwrap();
    let at_gateway = |gateway| Info { gateway: Some(at(gateway)), ..info("192.0.2.0/24") };
    let chosen = |world: &World, info: &Info, to: &str| {
        let prefix = prefix(to);
        world.model.select(info, info.flags, prefix, info.gateway, 0).map(|s| s.interface.index())
    };
    let net = "192.0.2.0/24";
    assert_eq!(chosen(&world, &out_of(net, 2, RtFlags::empty()), net), Ok(2));
    assert_eq!(chosen(&world, &out_of(net, 9, RtFlags::empty()), net), Err(Errno::ENETUNREACH));
    let by_address = Info { interface_address: Some(ip("10.1.0.1")), ..info(net) };
    assert_eq!(chosen(&world, &by_address, net), Ok(2));
    assert_eq!(chosen(&world, &at_gateway("10.1.0.1"), net), Ok(2), "a local address");
    assert_eq!(chosen(&world, &info("203.0.113.2"), "203.0.113.2/32"), Ok(4), "the peer itself");
    assert_eq!(chosen(&world, &via(net, "203.0.113.2", GATEWAY), net), Ok(4), "through the peer");
    assert_eq!(chosen(&world, &via(net, "10.1.9.9", GATEWAY), net), Ok(2), "on a network");
    let link = Sockaddr::Link(LinkAddress { index: 2, ..LinkAddress::default() });
    assert_eq!(chosen(&world, &Info { gateway: Some(link), ..info(net) }, net), Ok(2));
    let nowhere = via(net, "198.51.100.1", GATEWAY);
    assert_eq!(chosen(&world, &nowhere, net), Err(Errno::ENETUNREACH));
    world.add(out_of("198.51.100.0/24", 2, RtFlags::empty()));
    assert_eq!(chosen(&world, &nowhere, net), Ok(2), "by a route to the gateway");
}

#[test]
fn only_freebsd_takes_a_gateway_behind_a_gateway() {
    for (profile, expected) in
        [(Profile::OpenBsd, Err(Errno::ENETUNREACH)), (Profile::FreeBsd, Ok(()))]
    {
        let mut world = world(profile);
        world.add(via("198.51.100.0/24", "10.0.0.9", RtFlags::empty()));
        let behind = via("192.0.2.0/24", "198.51.100.1", RtFlags::empty());
        assert_eq!(world.model.add(&behind, NONE, 0).map(|_| ()), expected);
    }
}

#[test]
fn priorities_are_given_or_the_interfaces() {
    let mut world = world(Profile::OpenBsd);
    let to = out_of("192.0.2.0/24", 1, RtFlags::empty());
    assert_eq!(world.model.add(&to, Priority::new(64), 0), Err(Errno::EINVAL));
    assert_eq!(world.model.add(&to, Priority::new(70), 0), Err(Errno::EINVAL));
    let id = world.model.add(&to, Priority::new(63), 0).unwrap();
    assert_eq!(world.model.show(id).priority, Priority::MAX);
    let mut other = super::world(Profile::FreeBsd);
    let id = other.model.add(&to, Priority::new(70), 0).unwrap();
    assert_eq!(other.model.show(id).priority, NONE);
}

#[test]
fn a_route_by_an_interface_that_is_down_starts_down_unless_local() {
    for (profile, up) in [(Profile::OpenBsd, false), (Profile::FreeBsd, true)] {
        let mut world = world(profile);
        world.em0.set_up(false);
        let net = world.add(out_of("192.0.2.0/24", 1, RtFlags::UP));
        assert_eq!(world.flags(net).contains(RtFlags::UP), up);
        assert_eq!(world.model.show(net).priority.is_down(), !up);
        let own = world.model.address_added(1, ip("10.0.0.1"), 0).unwrap();
        assert!(world.flags(own).contains(RtFlags::UP | RtFlags::LOCAL | RtFlags::HOST));
    }
}

#[test]
fn t13_without_mpath_only_the_head_conflicts() {
    let mut world = world(Profile::OpenBsd);
    world.add_path("192.0.2.0/24", 1, 8).unwrap();
    world.add_path("192.0.2.0/24", 2, 32).unwrap();
    let add = |world: &mut World, last: u8, priority| {
        let info = via("192.0.2.0/24", &format!("10.0.0.{last}"), RtFlags::empty());
        world.model.add(&info, Priority::new(priority), 0).map(|_| ())
    };
    assert_eq!(add(&mut world, 3, 8), Err(Errno::EEXIST), "the head's priority");
    assert_eq!(add(&mut world, 2, 32), Err(Errno::EEXIST), "the same gateway");
    assert_eq!(add(&mut world, 3, 32), Ok(()), "not the head's priority");
    assert_eq!(add(&mut world, 1, 48), Ok(()), "the same gateway with another priority");
    assert_eq!(world.add_path("192.0.2.0/24", 1, 8), Err(Errno::EEXIST), "mpath or not");
}

#[test]
fn a_down_sibling_with_the_same_gateway_conflicts() {
    let mut world = world(Profile::OpenBsd);
    world.add_path("192.0.2.0/24", 1, 8).unwrap();
    world.em0.set_up(false);
    world.model.link_changed(1).unwrap();
    world.em0.set_up(true);
    assert_eq!(world.add_path("192.0.2.0/24", 1, 8), Err(Errno::EEXIST));
    // The head is down, so that its full priority is another one: no mpath is needed.
    let other = via("192.0.2.0/24", "10.0.0.2", RtFlags::empty());
    let id = world.model.add(&other, Priority::STATIC, 0).unwrap();
    assert_eq!(world.model.get(0, prefix("192.0.2.0/24"))[0], id);
    assert!(world.flags(id).contains(MPATH), "the down one counts as a sibling");
}

#[test]
fn t14_new_equals_go_to_the_middle() {
    let mut world = world(Profile::OpenBsd);
    for last in 1..=5 {
        world.add_path("192.0.2.0/24", last, 8).unwrap();
    }
    world.add_path("192.0.2.0/24", 6, 4).unwrap();
    world.add_path("192.0.2.0/24", 7, 48).unwrap();
    let order: Vec<String> = world
        .model
        .get(0, prefix("192.0.2.0/24"))
        .into_iter()
        .map(|id| world.model.show(id).gateway.to_string())
        .collect();
    // [1], [1 2], [1 3 2], [1 3 4 2] after (3 + 1) / 2, [1 3 5 4 2] after (4 + 1) / 2.
    let expected =
        ["10.0.0.6", "10.0.0.1", "10.0.0.3", "10.0.0.5", "10.0.0.4", "10.0.0.2", "10.0.0.7"];
    assert_eq!(order, expected);
}

#[test]
fn t18_the_link_makes_a_route_clone() {
    let mut world = with_arp(Profile::OpenBsd);
    let net = world.add(out_of("10.2.0.0/24", 3, RtFlags::empty()));
    let shown = world.model.show(net);
    assert!(shown.flags.contains(CLONING));
    assert_eq!(shown.gateway.to_string(), "link#3");
    assert_eq!(shown.expire, 7);
    let clone = world.resolve("10.2.0.5").unwrap();
    assert!(world.flags(clone).contains(RtFlags::LLINFO));
    assert!(!world.flags(clone).contains(RtFlags::PROTO1), "not the link's to set");
    assert_eq!(world.model.show(clone).expire, 7, "T27: inherited");
}

#[test]
fn t20_freebsd_purges_clones_under_a_new_net() {
    for (profile, left) in [(Profile::OpenBsd, true), (Profile::FreeBsd, false)] {
        let mut world = world(profile);
        world.add(out_of("172.16.0.0/12", 1, CLONING));
        let inside = world.resolve("172.16.5.5").unwrap();
        let beside = world.resolve("172.17.5.5").unwrap();
        world.model.take_messages();
        world.add(out_of("172.16.0.0/16", 2, RtFlags::empty()));
        assert_eq!(world.model.is_attached(inside), left);
        assert!(world.model.is_attached(beside) && world.told().is_empty());
        assert_eq!(world.find("172.16.5.5") == Some(inside), left);
    }
}

#[test]
fn t19_a_static_host_route_and_a_clone() {
    let mut open = world(Profile::OpenBsd);
    let net = out_of("172.16.0.0/12", 1, CLONING);
    open.model.add(&net, Priority::CONNECTED, 0).unwrap();
    let clone = open.resolve("172.16.5.5").unwrap();
    open.add(via("172.16.5.5", "10.0.0.9", RtFlags::STATIC));
    assert_eq!(open.find("172.16.5.5"), Some(clone), "the clone's priority is better");

    let mut free = world(Profile::FreeBsd);
    free.add(net);
    let clone = free.resolve("172.16.5.5").unwrap();
    free.model.take_messages();
    let host = free.add(out_of("172.16.5.5", 2, RtFlags::STATIC));
    assert!(free.told().is_empty() && !free.model.is_attached(clone));
    assert_eq!(free.find("172.16.5.5"), Some(host));
    let again = free.model.add(&out_of("172.16.5.5", 1, RtFlags::STATIC), NONE, 0);
    assert_eq!(again, Err(Errno::EEXIST));
}

#[test]
fn freebsd_refuses_strange_gateways() {
    let mut world = world(Profile::FreeBsd);
    let itself = via("10.0.0.7", "10.0.0.7", RtFlags::HOST);
    assert_eq!(world.model.add(&itself, NONE, 0), Err(Errno::EADDRNOTAVAIL));
    let own = world.model.address_added(1, ip("10.0.0.1"), 0).unwrap();
    let over = via("10.0.0.1", "10.0.0.1", RtFlags::HOST);
    assert_eq!(world.model.add(&over, NONE, 0), Err(Errno::EADDRNOTAVAIL));
    assert!(world.model.is_attached(own), "no such route, and so left alone");
    let foreign = via("192.0.2.0/24", "2001:db8::9", GATEWAY);
    assert_eq!(world.model.add(&foreign, NONE, 0), Err(Errno::EINVAL));
    let link = Sockaddr::Link(LinkAddress { index: 1, ..LinkAddress::default() });
    world.add(Info { gateway: Some(link), ..info("192.0.2.0/24") });
}

#[test]
fn mtu_is_the_interfaces_in_freebsd_and_lowered_to_the_gateways_in_openbsd() {
    let mut free = world(Profile::FreeBsd);
    let id = free.add(out_of("172.16.0.0/16", 2, RtFlags::empty()));
    assert_eq!(free.model.show(id).mtu, 9000);

    let mut open = world(Profile::OpenBsd);
    open.add(Info { mtu: Some(1400), ..out_of("10.0.0.0/24", 1, RtFlags::empty()) });
    let with_mtu = |to, mtu| Info { mtu: Some(mtu), ..via(to, "10.0.0.9", RtFlags::empty()) };
    let mtus: Vec<u32> = [("192.0.2.0/24", 1500), ("192.0.3.0/24", 1300), ("192.0.4.0/24", 0)]
        .into_iter()
        .map(|(to, mtu)| {
            let id = open.add(with_mtu(to, mtu));
            open.model.show(id).mtu
        })
        .collect();
    assert_eq!(mtus, [1400, 1300, 0]);
}

#[test]
fn t33_adding_a_route_resolves_its_gateway() {
    let mut world = world(Profile::OpenBsd);
    world.add(via("192.0.2.0/24", "10.0.0.9", RtFlags::empty()));
    assert_eq!(world.told(), ["Miss 10.0.0.9"]);
    world.add(out_of("10.0.0.0/24", 1, CLONING));
    world.add(via("192.0.3.0/24", "10.0.0.9", RtFlags::empty()));
    assert_eq!(world.told(), ["Add 10.0.0.9"]);
    world.add(via("192.0.4.0/24", "10.0.0.9", RtFlags::empty()));
    assert!(world.told().is_empty());
    let refused = via("192.0.4.0/24", "10.0.0.8", RtFlags::empty());
    assert_eq!(world.model.add(&refused, NONE, 0), Err(Errno::EEXIST));
    assert!(world.told().is_empty(), "a refused route resolves nothing");
}
