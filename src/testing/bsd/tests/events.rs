use super::*;
use crate::{bsd::message::InterfaceEvent, testing::bsd::Redirect};

#[test]
fn interfaces_come_and_go_with_their_routes() {
    for profile in Profile::ALL {
        let mut world = world(profile);
        let named =
            |index, name: &str| Arc::new(MemoryInterface::new(index, name.parse().unwrap(), 1500));
        assert_eq!(world.model.attach(named(1, "em9")), Err(Errno::EEXIST));
        assert_eq!(world.model.attach(named(9, "em1")), Err(Errno::EEXIST));
        assert_eq!(world.model.attach(named(0, "em9")), Err(Errno::EINVAL));
        world.model.address_added(1, ip("10.0.0.1"), 0).unwrap();
        world.add(out_of("10.0.0.0/24", 1, CLONING));
        let left = world.add(out_of("10.1.0.0/16", 2, RtFlags::empty()));
        world.resolve("10.0.0.7").unwrap();
        world.model.take_messages();
        assert_eq!(world.model.detach(1), Ok(2));
        let told = world.told();
        if profile == Profile::OpenBsd {
            let all = ["Delete 10.0.0.7", "Delete 10.0.0.0/24", "Delete 10.0.0.1"];
            assert_eq!(told[..3], all);
        }
        assert_eq!(told.last().unwrap(), "InterfaceAnnounce");
        assert_eq!(world.model.walk(0), [left]);
        assert!(world.model.detach(1).is_err());
    }
}

#[test]
fn a_link_that_comes_back_puts_its_routes_back_into_the_middle() {
    let mut world = world(Profile::OpenBsd);
    let to = "192.0.2.0/24";
    let [a, b] = [1, 2].map(|last| world.add_path(to, last, 8).unwrap());
    let c = world.add(Info { gateway: Some(at("10.1.0.9")), ..via(to, "10.1.0.9", MPATH) });
    assert_eq!(world.model.get(0, prefix(to)), [a, c, b]);
    world.model.take_messages();
    assert_eq!(world.model.link_changed(1), Ok(0), "nothing has changed");
    assert_eq!(world.model.get(0, prefix(to)), [a, c, b]);
    world.em0.set_up(false);
    assert_eq!(world.model.link_changed(1), Ok(2));
    assert_eq!(world.model.get(0, prefix(to)), [c, a, b]);
    assert!([a, b, c].iter().all(|id| world.flags(*id).contains(MPATH)));
    world.em0.set_up(true);
    assert_eq!(world.model.link_changed(1), Ok(2));
    // [c] takes a behind it, and [c a] takes b between them.
    assert_eq!(world.model.get(0, prefix(to)), [c, b, a]);
    let messages = world.model.take_messages();
    assert_eq!(messages.len(), 3);
    let up = InterfaceEvent::State { up: true, link: true, mtu: 1500 };
    assert_eq!((messages[2].index, messages[2].event), (1, Some(up)));
}

#[test]
fn freebsd_drops_the_dynamic_routes_of_a_dead_link() {
    let mut world = world(Profile::FreeBsd);
    let own = world.model.address_added(1, ip("10.0.0.1"), 0).unwrap();
    let by_hand = world.add(out_of("172.16.0.0/16", 1, RtFlags::STATIC | CLONING));
    world.add(out_of("172.17.0.0/16", 1, RtFlags::empty()));
    let other = world.add(out_of("172.18.0.0/16", 2, RtFlags::empty()));
    world.resolve("172.16.1.1").unwrap();
    world.em0.set_up(false);
    assert_eq!(world.model.link_changed(1), Ok(2), "the net and the clone");
    assert_eq!(world.model.walk(0), [own, by_hand, other]);
}

#[test]
fn addresses_bring_their_route() {
    for profile in Profile::ALL {
        let mut world = world(profile);
        let id = world.model.address_added(1, ip("10.0.0.1"), 0).unwrap();
        let shown = world.model.show(id);
        assert_eq!(shown.flags, RtFlags::UP | RtFlags::HOST | RtFlags::LOCAL);
        assert_eq!(shown.gateway, at("10.0.0.1"));
        let messages = world.model.take_messages();
        let kinds: Vec<_> = messages.iter().map(|message| message.kind).collect();
        assert_eq!(kinds, [MessageKind::NewAddress, MessageKind::Add]);
        assert_eq!(world.model.address_added(1, ip("10.0.0.1"), 0), Err(Errno::EEXIST));
        let wrong = world.model.address_removed(2, ip("10.0.0.1"), 0);
        assert_eq!(wrong, Err(Errno::EHOSTUNREACH));
        assert_eq!(world.model.address_removed(1, ip("10.0.0.1"), 0), Ok(()));
        let messages = world.model.take_messages();
        let kinds: Vec<_> = messages.iter().map(|message| message.kind).collect();
        assert_eq!(kinds, [MessageKind::Delete, MessageKind::DeleteAddress]);
        assert_eq!(world.model.address_removed(1, ip("10.0.0.1"), 0), Err(Errno::ESRCH));
    }
}

#[test]
fn expired_and_idle_clones_go() {
    for profile in Profile::ALL {
        let mut world =
            with_settings(Settings { clone_idle: 100, now: 10, ..Settings::new(profile) });
        let mortal = world.add(Info { expire: Some(20), ..out_of("172.16.0.0/16", 1, CLONING) });
        world.add(out_of("172.17.0.0/16", 1, CLONING));
        let expiring = world.resolve("172.16.0.1").unwrap();
        let [used, idle] = ["172.17.0.1", "172.17.0.2"].map(|to| world.resolve(to).unwrap());
        world.model.take_messages();
        world.model.advance(9);
        assert!(world.model.tick().1.is_empty());
        world.model.advance(1);
        assert_eq!(world.model.tick().1, [expiring], "T27");
        assert!(world.model.is_attached(mortal), "nobody asked for it to go");
        world.model.note_use(used);
        world.model.advance(98);
        assert!(world.model.tick().1.is_empty());
        world.model.advance(1);
        let gone = world.model.tick().1;
        assert_eq!(gone, if profile == Profile::OpenBsd { vec![] } else { vec![idle] });
        let told = world.told();
        assert_eq!(told.len(), usize::from(profile == Profile::OpenBsd), "{told:?}");
        assert!(world.model.is_attached(used));
    }
}

#[test]
fn timers_fire_when_they_are_over() {
    let mut world = world(Profile::OpenBsd);
    let id = world.add(out_of("172.16.0.0/16", 1, RtFlags::empty()));
    world.model.timer_add(5, id, Some(1)).unwrap();
    world.model.timer_add(5, id, None).unwrap();
    world.model.advance(1);
    world.model.timer_add(5, id, Some(1)).unwrap();
    assert_eq!(world.model.show(id).expire, 7);
    world.model.advance(4);
    assert_eq!(world.model.tick(), (vec![], vec![]), "not yet over five seconds");
    world.model.advance(1);
    assert_eq!(world.model.tick(), (vec![(None, id)], vec![]));
    assert_eq!(world.model.timer_add(5, id, None), Err(Errno::ESRCH));
    assert!(!world.model.is_attached(id) && world.told().is_empty(), "deleted without a word");
}

#[test]
fn a_timer_calls_back() {
    let mut world = world(Profile::OpenBsd);
    let id = world.add(out_of("172.16.0.0/16", 1, RtFlags::empty()));
    world.model.timer_add(5, id, Some(4)).unwrap();
    world.model.advance(6);
    assert_eq!(world.model.tick().0, [(Some(4), id)]);
    assert!(world.model.tick().0.is_empty() && world.model.is_attached(id));
}

fn redirect(gateway: &str, source: &str) -> Redirect {
    Redirect { destination: at("192.0.2.1"), gateway: at(gateway), source: at(source), table: 0 }
}

#[test]
fn a_redirect_makes_a_host_route_and_then_changes_it() {
    let mut world = world(Profile::OpenBsd);
    world.add(out_of("10.0.0.0/24", 1, RtFlags::empty()));
    world.add(via("192.0.2.0/24", "10.0.0.9", RtFlags::empty()));
    assert!(world.model.redirect(&redirect("10.0.0.8", "10.0.0.9")).is_ok());
    let id = world.find_by("192.0.2.1");
    let shown = world.model.show(id);
    let made = RtFlags::UP | GATEWAY | RtFlags::HOST | RtFlags::DYNAMIC;
    assert_eq!(
        (shown.flags, shown.gateway, shown.priority),
        (made, at("10.0.0.8"), Priority::DEFAULT)
    );
    assert_eq!(world.model.redirect(&redirect("10.0.0.7", "10.0.0.8")), Ok(id));
    let shown = world.model.show(id);
    assert_eq!((shown.flags, shown.gateway), (made | RtFlags::MODIFIED, at("10.0.0.7")));
    let messages = world.model.take_messages();
    assert_eq!(messages.iter().map(brief).collect::<Vec<_>>(), ["Redirect 192.0.2.1"]);
    assert_eq!(messages[0].addresses.author, Some(at("10.0.0.8")));
    let sent = GATEWAY | RtFlags::HOST | RtFlags::MODIFIED | RtFlags::DONE;
    assert_eq!(messages[0].flags, sent);
    assert_eq!(world.model.losing(at("192.0.2.1"), 0), Ok(id));
    assert_eq!(world.told(), ["Losing 192.0.2.1"]);
    assert!(!world.model.is_attached(id), "dynamic routes do not survive doubt");
}

#[test]
fn redirects_from_strangers_and_to_nowhere_are_refused() {
    let mut world = world(Profile::OpenBsd);
    world.add(via("192.0.2.0/24", "10.0.0.9", RtFlags::empty()));
    world.model.take_messages();
    let mut run = |gateway, source| world.model.redirect(&redirect(gateway, source));
    assert_eq!(run("203.0.113.1", "10.0.0.9"), Err(Errno::ENETUNREACH));
    assert_eq!(run("10.0.0.8", "10.0.0.66"), Err(Errno::EINVAL));
    assert_eq!(run("10.1.0.8", "10.0.0.9"), Err(Errno::EINVAL), "another interface");
    assert_eq!(run("10.0.0.1", "10.0.0.9"), Err(Errno::EHOSTUNREACH), "ourselves");
    let told = world.told();
    assert_eq!(told.len(), 4);
    assert_eq!(told[0], "Redirect 192.0.2.1 ENETUNREACH");
    let direct = Info { gateway: Some(at("10.0.0.9")), interface: Some(1), ..info("192.0.2.1") };
    world.add(direct);
    let none = world.model.redirect(&redirect("10.0.0.8", "10.0.0.9"));
    assert_eq!(none, Err(Errno::EHOSTUNREACH), "no gateway to change");
}

impl World {
    /// The match, and no messages left.
    fn find_by(&mut self, destination: &str) -> RouteId {
        self.model.take_messages();
        self.find(destination).unwrap()
    }
}
