use super::*;

#[test]
fn what_is_not_there_cannot_be_deleted() {
    for profile in Profile::ALL {
        let mut world = world(profile);
        let net = world.add(via("192.0.2.0/24", "10.0.0.9", RtFlags::empty()));
        let mut delete = |to: &str| world.model.delete(&info(to), Priority::ANY, 0);
        assert_eq!(delete("192.0.2.0/25"), Err(Errno::ESRCH));
        assert_eq!(delete("192.0.2.0"), Err(Errno::ESRCH), "T11: no mask is a full one");
        assert_eq!(delete("192.0.2.5/24"), Ok(net), "T11: host bits do not count");
        assert_eq!(delete("192.0.2.0/24"), Err(Errno::ESRCH));
        assert_eq!(delete("192.0.2.0/33"), Err(Errno::EINVAL));
        assert!(!world.flags(net).contains(RtFlags::UP));
        assert!(!world.model.is_attached(net));
    }
}

#[test]
fn priority_and_gateway_name_one_of_several() {
    let mut world = world(Profile::OpenBsd);
    let to = "192.0.2.0/24";
    let first = world.add_path(to, 1, 8).unwrap();
    let second = world.add_path(to, 2, 8).unwrap();
    let third = world.add_path(to, 3, 48).unwrap();
    let all = RtFlags::UP | GATEWAY;
    assert_eq!([first, second, third].map(|id| world.flags(id)), [all | MPATH, all | MPATH, all]);
    let mut delete = |gateway: Option<&str>, priority| {
        world.model.delete(&Info { gateway: gateway.map(at), ..info(to) }, priority, 0)
    };
    assert_eq!(delete(None, Priority::ANY), Err(Errno::ESRCH), "which of the paths?");
    assert_eq!(delete(None, Priority::RIP), Err(Errno::ESRCH));
    assert_eq!(delete(Some("10.0.0.3"), Priority::STATIC), Err(Errno::ESRCH));
    assert_eq!(delete(None, Priority::new(70)), Err(Errno::EINVAL));
    assert_eq!(delete(Some("10.0.0.2"), Priority::STATIC), Ok(second));
    assert_eq!(delete(None, Priority::BGP), Ok(third));
    assert_eq!(world.flags(first), all, "T12: alone again");
    assert_eq!(world.model.delete(&info(to), NONE, 0), Ok(first));
}

#[test]
fn t21_a_local_route_is_the_kernels() {
    let mut world = world(Profile::OpenBsd);
    let own = world.model.address_added(1, ip("10.0.0.1"), 0).unwrap();
    let any = world.model.delete(&info("10.0.0.1"), Priority::ANY, 0);
    assert_eq!(any, Err(Errno::EINVAL));
    assert_eq!(world.model.delete(&info("10.0.0.1"), Priority::LOCAL, 0), Ok(own));
}

#[test]
fn t7_clones_go_with_their_parent() {
    for profile in Profile::ALL {
        let mut world = world(profile);
        let net = world.add(out_of("172.16.0.0/16", 1, CLONING));
        let clones = ["172.16.9.9", "172.16.0.0"].map(|to| world.resolve(to).unwrap());
        let other = world.add(out_of("172.16.5.5", 2, RtFlags::empty()));
        world.model.take_messages();
        assert_eq!(world.model.delete(&info("172.16.0.0/16"), Priority::ANY, 0), Ok(net));
        assert_eq!(world.model.walk(0), [other]);
        assert!(clones.iter().all(|clone| !world.flags(*clone).contains(RtFlags::UP)));
        let messages = world.model.take_messages();
        if profile == Profile::FreeBsd {
            assert!(messages.is_empty());
            continue;
        }
        let told: Vec<String> = messages.iter().map(brief).collect();
        assert_eq!(told, ["Delete 172.16.0.0", "Delete 172.16.9.9"]);
        let up = RtFlags::UP | RtFlags::HOST | RtFlags::CLONED | RtFlags::DONE;
        assert_eq!((messages[0].flags, messages[0].index, messages[0].priority), (up, 1, 8));
        assert!(messages[0].addresses.gateway.is_some());
    }
}

#[test]
fn pinned_clones_outlive_their_parent_in_freebsd() {
    let mut world = world(Profile::FreeBsd);
    world.add(out_of("172.16.0.0/16", 1, CLONING | RtFlags::PINNED));
    let clone = world.resolve("172.16.1.1").unwrap();
    world.model.delete(&info("172.16.0.0/16"), NONE, 0).unwrap();
    assert!(world.model.is_attached(clone) && world.flags(clone).contains(RtFlags::UP));
    assert_eq!(world.model.flush(0), Ok(1), "an orphan");
    world.add(out_of("172.16.0.0/16", 1, CLONING | RtFlags::PINNED));
    world.resolve("172.16.1.1").unwrap();
    assert_eq!(world.model.flush(0), Ok(2), "the flush makes it one");
}

#[test]
fn a_flush_leaves_the_hosts_own_addresses() {
    let mut world = world(Profile::OpenBsd);
    let own = world.model.address_added(1, ip("10.0.0.1"), 0).unwrap();
    world.add(out_of("10.0.0.0/24", 1, CLONING));
    world.add(via("192.0.2.0/24", "10.0.0.9", RtFlags::empty()));
    world.model.take_messages();
    assert_eq!(world.model.flush(0), Ok(2));
    let messages = world.model.take_messages();
    let told: Vec<String> = messages.iter().map(brief).collect();
    assert_eq!(told, ["Delete 10.0.0.9", "Delete 10.0.0.0/24", "Delete 192.0.2.0/24"]);
    assert_eq!(messages[2].flags, GATEWAY | RtFlags::DONE);
    assert_eq!(world.model.walk(0), [own]);
}
