use super::*;
use crate::bsd::message::{Addresses, Inits, MessageMetrics};

fn request(kind: MessageKind, destination: &str, netmask: Option<u8>) -> Message {
    let mut message = Message::new(kind, 0);
    message.addresses.destination = Some(at(destination));
    message.addresses.netmask = netmask;
    message.pid = 7;
    message.seq = 9;
    message
}

fn add(destination: &str, len: u8, gateway: &str) -> Message {
    let mut message = request(MessageKind::Add, destination, Some(len));
    message.addresses.gateway = Some(at(gateway));
    message.flags = GATEWAY | RtFlags::STATIC;
    message
}

#[test]
fn an_add_is_echoed_with_its_priority() {
    let mut world = world(Profile::OpenBsd);
    world.add(out_of("10.0.0.0/24", 1, RtFlags::empty()));
    let mut sent = add("192.0.2.0", 24, "10.0.0.9");
    let reply = world.model.output(&sent);
    let done = sent.flags | RtFlags::DONE;
    assert_eq!(reply, Message { flags: done, priority: 8, index: 1, ..sent.clone() });
    assert_eq!(world.model.take_messages(), [reply]);
    let again = world.model.output(&sent);
    assert_eq!(again, Message { errno: Some(Errno::EEXIST), ..sent.clone() });
    sent.flags -= RtFlags::STATIC;
    assert_eq!(world.model.output(&sent).priority, 56, "what is not static is the default");
    world.model.take_messages();
    let mut other = super::world(Profile::FreeBsd);
    let reply = other.model.output(&sent);
    assert_eq!(reply, Message { flags: sent.flags | RtFlags::DONE, ..sent });
}

#[test]
fn answers_describe_the_route() {
    let mut world = world(Profile::OpenBsd);
    let mut sent = add("192.0.2.0", 24, "10.0.0.9");
    sent.inits = Inits::MTU | Inits::RTT;
    sent.metrics = MessageMetrics { mtu: 0, expire: 5, used: 3 };
    world.model.output(&sent);
    let get = request(MessageKind::Get, "192.0.2.66", None);
    let reply = world.model.output(&get);
    let described = Message {
        flags: RtFlags::UP | GATEWAY | RtFlags::STATIC | RtFlags::DONE,
        priority: 8,
        index: 1,
        addresses: Addresses {
            destination: Some(at("192.0.2.0")),
            gateway: Some(at("10.0.0.9")),
            netmask: Some(24),
            ..Addresses::default()
        },
        ..get.clone()
    };
    assert_eq!(reply, described, "the expiry was not among the metrics to set");
    let mut asking = get.clone();
    asking.addresses.interface = Some(LinkAddress::default());
    let reply = world.model.output(&asking);
    assert_eq!(reply.addresses.interface.unwrap().name.as_str(), "em0");
    assert_eq!(reply.addresses.interface_address, Some(ip("10.0.0.1")));
    let mut delete = request(MessageKind::Delete, "192.0.2.0", Some(24));
    delete.seq = 10;
    let reply = world.model.output(&delete);
    assert_eq!(reply.flags, described.flags - RtFlags::UP);
    assert_eq!((reply.seq, reply.kind), (10, MessageKind::Delete));
    assert_eq!(world.model.output(&delete).errno, Some(Errno::ESRCH));
}

#[test]
fn requests_are_checked_in_order() {
    use MessageKind as K;
    let errno = |world: &mut World, message: &Message| world.model.output(message).errno;
    for profile in Profile::ALL {
        let mut world = world(profile);
        let mut message = add("192.0.2.0", 24, "10.0.0.9");
        message.kind = K::Miss;
        assert_eq!(errno(&mut world, &message), Some(Errno::EOPNOTSUPP));
        message = Message { table: 3, kind: K::Get, ..message };
        assert_eq!(errno(&mut world, &message), Some(Errno::EINVAL));
        message.kind = K::Add;
        let expected = (profile == Profile::FreeBsd).then_some(Errno::EINVAL);
        assert_eq!(errno(&mut world, &message), expected, "OpenBSD makes the table");
        assert_eq!(world.model.table_exists(3), profile == Profile::OpenBsd);
        message.table = 0;
        for bad in [
            Message { flags: message.flags | RtFlags::LOCAL, ..message.clone() },
            Message {
                addresses: Addresses { destination: None, ..message.addresses },
                ..message.clone()
            },
            Message {
                addresses: Addresses { genmask: Some(8), ..message.addresses },
                ..message.clone()
            },
            Message {
                addresses: Addresses { gateway: None, ..message.addresses },
                ..message.clone()
            },
        ] {
            assert_eq!(errno(&mut world, &bad), Some(Errno::EINVAL));
        }
        for priority in [1, 64, 0x88] {
            let bad = Message { priority, ..message.clone() };
            let expected = (profile == Profile::OpenBsd).then_some(Errno::EINVAL);
            assert_eq!(errno(&mut world, &bad).filter(|e| *e != Errno::EEXIST), expected);
        }
    }
}

#[test]
fn a_lock_is_checked_and_ignored() {
    let mut world = world(Profile::OpenBsd);
    world.model.output(&add("192.0.2.0", 24, "10.0.0.9"));
    let lock = request(MessageKind::Lock, "192.0.2.0", Some(24));
    assert_eq!(world.model.output(&lock).errno, None);
    let lock = request(MessageKind::Lock, "192.0.2.0", None);
    assert_eq!(world.model.output(&lock).errno, Some(Errno::ESRCH));
}

#[test]
fn the_report_of_a_clone_names_the_interface() {
    let mut world = world(Profile::OpenBsd);
    world.add(out_of("10.0.0.0/24", 1, CLONING));
    world.resolve("10.0.0.7").unwrap();
    let [message] = world.model.take_messages().try_into().unwrap();
    assert_eq!((message.kind, message.index, message.priority), (MessageKind::Add, 1, 0));
    let flags = RtFlags::UP | RtFlags::HOST | RtFlags::CLONED | RtFlags::DONE;
    assert_eq!((message.flags, message.errno), (flags, None));
    let addresses = message.addresses;
    assert_eq!(addresses.destination, Some(at("10.0.0.7")));
    assert_eq!((addresses.netmask, addresses.interface_address), (None, Some(ip("10.0.0.1"))));
    assert_eq!(addresses.gateway.unwrap().to_string(), "link#1");
    assert_eq!(addresses.interface.unwrap().name.as_str(), "em0");
}
