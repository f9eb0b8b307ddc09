use super::*;

#[test]
fn a_clone_takes_after_its_parent() {
    for (profile, uses, priority) in [(Profile::OpenBsd, 3, 8), (Profile::FreeBsd, 0, 0)] {
        let mut world = world(profile);
        let flags = CLONING | RtFlags::STATIC | RtFlags::REJECT | RtFlags::PROTO2;
        let parent =
            Info { mtu: Some(1200), expire: Some(99), ..out_of("172.16.0.0/16", 1, flags) };
        let parent = world.add(parent);
        for _ in 0..3 {
            world.model.note_use(parent);
        }
        let clone = world.resolve("172.16.1.2").unwrap();
        let shown = world.model.show(clone);
        let kept = RtFlags::REJECT | RtFlags::PROTO2 | RtFlags::UP;
        assert_eq!(shown.flags, kept | RtFlags::CLONED | RtFlags::HOST);
        assert_eq!(shown.destination, prefix("172.16.1.2/32"));
        assert_eq!(shown.gateway, world.model.show(parent).gateway);
        assert_eq!((shown.mtu, shown.expire, shown.interface), (1200, 99, 1));
        assert_eq!((shown.uses, shown.priority.number()), (uses, priority), "T26");
        assert_eq!(world.resolve("172.16.1.2"), Some(clone), "the second lookup finds it");
        assert_eq!(world.told(), ["Add 172.16.1.2"]);
    }
}

#[test]
fn a_down_route_clones_too() {
    let mut world = world(Profile::OpenBsd);
    world.em0.set_up(false);
    world.add(out_of("172.16.0.0/16", 1, CLONING));
    let clone = world.resolve("172.16.1.2").unwrap();
    assert_eq!(world.model.show(clone).priority.number(), 0x88);
    assert!(!world.flags(clone).contains(RtFlags::UP));
}

#[test]
fn t3_a_clone_is_reported_without_report_but_not_to_be_resolved() {
    let mut world = world(Profile::OpenBsd);
    world.add(out_of("172.16.0.0/16", 1, CLONING));
    world.add(out_of("172.17.0.0/16", 1, CLONING | RtFlags::XRESOLVE));
    assert!(world.model.lookup(at("172.16.0.1"), false, true, 0).is_some());
    assert_eq!(world.told(), ["Add 172.16.0.1"]);
    assert!(world.model.lookup(at("172.17.0.1"), false, true, 0).is_some());
    assert!(world.model.lookup(at("203.0.113.1"), false, true, 0).is_none());
    assert!(world.told().is_empty());
    let clone = world.resolve("172.17.0.2").unwrap();
    assert!(world.flags(clone).contains(RtFlags::XRESOLVE | RtFlags::CLONED));
    let messages = world.model.take_messages();
    assert_eq!(messages.len(), 1);
    assert_eq!(brief(&messages[0]), "Resolve 172.17.0.2");
    assert_eq!((messages[0].flags, messages[0].addresses.gateway), (RtFlags::DONE, None));
}

#[test]
fn t4_a_miss_with_an_error_comes_with_the_parent() {
    let mut world =
        with_settings(Settings { clones_per_parent: 0, ..Settings::new(Profile::OpenBsd) });
    let parent = world.add(out_of("172.16.0.0/16", 1, CLONING));
    assert_eq!(world.resolve("172.16.0.1"), Some(parent));
    assert_eq!(world.told(), ["Miss 172.16.0.1 ENOBUFS"]);
    assert_eq!(world.model.lookup(at("172.16.0.1"), false, true, 0), Some(parent));
    assert!(world.told().is_empty());
    assert_eq!(world.model.unreachable(), 0);
}

#[test]
fn t9_a_full_length_parent_has_its_clone_before_it() {
    let mut open = world(Profile::OpenBsd);
    open.add(out_of("172.16.0.1/32", 1, CLONING));
    let clone = open.resolve("172.16.0.1").unwrap();
    assert_eq!(open.walk(), ["172.16.0.1/32 7", "172.16.0.1/32 8"]);
    assert_eq!(open.resolve("172.16.0.1"), Some(clone));
    assert_eq!(open.told(), ["Add 172.16.0.1"]);

    let mut free = world(Profile::FreeBsd);
    let parent = free.add(out_of("172.16.0.1/32", 1, CLONING));
    assert_eq!(free.resolve("172.16.0.1"), Some(parent));
    assert_eq!(free.told(), ["Miss 172.16.0.1 EEXIST"]);
    let host = free.add(out_of("172.16.0.2", 1, CLONING | RtFlags::HOST));
    assert!(!free.flags(host).contains(CLONING), "a request for a host clones nothing");
}

#[test]
fn the_oldest_unused_clone_makes_room() {
    for profile in Profile::ALL {
        let mut world = with_settings(Settings { clones_per_parent: 3, ..Settings::new(profile) });
        world.add(out_of("172.16.0.0/16", 1, CLONING));
        let [a, b, c] =
            ["172.16.0.1", "172.16.0.2", "172.16.0.3"].map(|to| world.resolve(to).unwrap());
        world.model.note_use(a);
        world.model.take_messages();
        let d = world.resolve("172.16.0.4").unwrap();
        let gone = if profile == Profile::OpenBsd {
            "Delete 172.16.0.2 Add 172.16.0.4"
        } else {
            "Add 172.16.0.4"
        };
        assert_eq!(world.told().join(" "), gone);
        assert!(!world.model.is_attached(b));
        // The queue is c, a, d now; a is unused since it was passed over.
        world.model.note_use(c);
        world.resolve("172.16.0.5").unwrap();
        assert_eq!([a, c, d].map(|id| world.model.is_attached(id)), [false, true, true]);
    }
}

#[test]
fn an_eviction_passes_over_sixteen_and_no_more() {
    let mut world =
        with_settings(Settings { clones_per_parent: 18, ..Settings::new(Profile::OpenBsd) });
    world.add(out_of("172.16.0.0/16", 1, CLONING));
    let clones: Vec<RouteId> =
        (0..18).map(|n| world.resolve(&format!("172.16.0.{n}")).unwrap()).collect();
    for clone in &clones[..17] {
        world.model.note_use(*clone);
    }
    world.resolve("172.16.1.1").unwrap();
    let gone: Vec<usize> = (0..18).filter(|n| !world.model.is_attached(clones[*n])).collect();
    assert_eq!(gone, [16], "used, but sixteen before it were passed over");
}

#[test]
fn a_request_to_resolve_needs_a_route_that_clones() {
    let mut world = world(Profile::OpenBsd);
    world.add(out_of("172.16.0.0/16", 1, CLONING));
    let resolve = |world: &mut World, to: &str| world.model.request_resolve(&info(to), 0);
    let clone = resolve(&mut world, "172.16.3.3").unwrap();
    assert!(world.flags(clone).contains(RtFlags::CLONED) && world.told().is_empty());
    assert_eq!(resolve(&mut world, "172.16.3.3"), Err(Errno::EINVAL), "the clone does not clone");
    assert_eq!(resolve(&mut world, "203.0.113.1"), Err(Errno::EINVAL));
    assert_eq!(world.model.request_resolve(&info("172.16.3.4"), 5), Err(Errno::EAFNOSUPPORT));
}
