use super::*;

fn get(world: &World, info: &Info, priority: Priority) -> Result<RouteId, Errno> {
    let exact = world.model.request_get(info, priority, 0);
    let found = world.model.look_for(info, priority, 0);
    assert!(exact == found || info.netmask.is_none(), "the same with a mask");
    found
}

#[test]
fn a_get_with_a_mask_is_exact_and_one_without_is_a_lookup() {
    for profile in Profile::ALL {
        let mut world = world(profile);
        let net = world.add(via("192.0.2.0/24", "10.0.0.9", RtFlags::empty()));
        assert_eq!(get(&world, &info("192.0.2.0/24"), Priority::ANY), Ok(net));
        assert_eq!(get(&world, &info("192.0.2.0/25"), Priority::ANY), Err(Errno::ESRCH));
        assert_eq!(get(&world, &info("192.0.2.7"), Priority::ANY), Ok(net));
        assert_eq!(get(&world, &info("192.0.3.7"), Priority::ANY), Err(Errno::ESRCH));
        let other = Info { gateway: Some(at("10.0.0.8")), ..info("192.0.2.7") };
        let found = get(&world, &other, Priority::ANY);
        assert_eq!(found.is_ok(), profile == Profile::FreeBsd, "it does not look at the gateway");
    }
}

#[test]
fn a_get_among_several_goes_by_priority_and_gateway() {
    let mut world = world(Profile::OpenBsd);
    let to = "192.0.2.0/24";
    let [a, b, c] = [(1, 8), (2, 8), (1, 48)]
        .map(|(last, priority)| world.add_path(to, last, priority).unwrap());
    let given = |last: &str| Info { gateway: Some(at(last)), ..info(to) };
    assert_eq!(get(&world, &info(to), Priority::ANY), Ok(a), "a get need not say which");
    assert_eq!(get(&world, &given("10.0.0.2"), Priority::ANY), Ok(b));
    assert_eq!(get(&world, &given("10.0.0.1"), Priority::BGP), Ok(c));
    assert_eq!(get(&world, &given("10.0.0.2"), Priority::BGP), Err(Errno::ESRCH));
}

#[test]
fn a_change_sets_what_it_names_in_place() {
    for profile in Profile::ALL {
        let mut world = world(profile);
        let to = "192.0.2.0/24";
        let id = world.add(via(to, "10.0.0.9", RtFlags::STATIC));
        let change = Info {
            mtu: Some(1280),
            change_mask: RtFlags::STATIC | RtFlags::REJECT | RtFlags::UP,
            flags: RtFlags::REJECT | RtFlags::PROTO1 | GATEWAY,
            gateway: Some(at("10.1.0.9")),
            ..info(to)
        };
        assert_eq!(world.model.change(&change, Priority::ANY, 0), Ok(id));
        let shown = world.model.show(id);
        assert_eq!(shown.flags, RtFlags::UP | GATEWAY | RtFlags::REJECT);
        assert_eq!((shown.mtu, shown.expire, shown.interface), (1280, 0, 2));
        assert_eq!(shown.gateway, at("10.1.0.9"));
        let nowhere = Info { gateway: Some(at("203.0.113.9")), ..change };
        assert_eq!(world.model.change(&nowhere, Priority::ANY, 0), Err(Errno::ENETUNREACH));
        assert_eq!(world.model.show(id), shown);
        let absent = Info { netmask: Some(25), ..change };
        assert_eq!(world.model.change(&absent, Priority::ANY, 0), Err(Errno::ESRCH));
    }
}

#[test]
fn a_change_of_one_path_needs_its_gateway_and_keeps_it() {
    let mut world = world(Profile::OpenBsd);
    let to = "192.0.2.0/24";
    let a = world.add_path(to, 1, 8).unwrap();
    world.add_path(to, 2, 8).unwrap();
    let change =
        |gateway: Option<&str>| Info { mtu: Some(1280), gateway: gateway.map(at), ..info(to) };
    let mut run = |gateway| world.model.change(&change(gateway), Priority::ANY, 0);
    assert_eq!(run(None), Err(Errno::ESRCH));
    assert_eq!(run(Some("10.0.0.3")), Err(Errno::ESRCH));
    assert_eq!(run(Some("10.0.0.1")), Ok(a));
    assert_eq!((world.model.show(a).mtu, world.model.show(a).gateway), (1280, at("10.0.0.1")));
}

#[test]
fn t34_a_gateway_reached_by_the_route_itself() {
    for (profile, expected) in
        [(Profile::OpenBsd, Ok(())), (Profile::FreeBsd, Err(Errno::EADDRINUSE))]
    {
        let mut world = world(profile);
        let to = "192.0.2.0/24";
        world.add(via(to, "10.0.0.9", RtFlags::empty()));
        let inside = Info { interface: Some(1), ..via(to, "192.0.2.1", RtFlags::empty()) };
        assert_eq!(world.model.change(&inside, Priority::ANY, 0).map(|_| ()), expected);
    }
}

#[test]
fn tables_are_apart_and_numbered() {
    let mut world = world(Profile::OpenBsd);
    assert_eq!(world.model.table_add(256), Err(Errno::EINVAL));
    assert_eq!(world.model.table_add(0), Err(Errno::EEXIST));
    assert_eq!(world.model.table_add(7), Ok(()));
    assert!(world.model.table_exists(7) && !world.model.table_exists(8));
    world.model.set_domain(7, 3);
    world.model.set_domain(8, 3);
    assert_eq!((world.model.domain(7), world.model.domain(8)), (3, 0));
    let net = out_of("192.0.2.0/24", 1, RtFlags::empty());
    let id = world.model.add(&net, NONE, 7).unwrap();
    assert_eq!(world.find("192.0.2.1"), None);
    assert_eq!(world.model.walk(7), [id]);
    assert_eq!(super::world(Profile::FreeBsd).model.table_add(7), Err(Errno::EINVAL));
}
