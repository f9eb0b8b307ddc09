use super::*;
use crate::testing::bsd::{chosen, flow_hash};

/// How many of all 65536 hashes choose each of `paths` paths.
fn shares(paths: usize) -> Vec<usize> {
    let mut shares = vec![0; paths];
    for hash in 0..=u16::MAX {
        shares[chosen(hash, paths)] += 1;
    }
    shares
}

#[test]
fn t15_t16_each_path_has_its_share_the_last_one_too() {
    assert_eq!(shares(1), [65536]);
    assert_eq!(shares(2), [32769, 32767]);
    assert_eq!(shares(3), [21847, 21846, 21843]);
    let ten = [&[6555][..], &[6554; 8], &[6549]].concat();
    assert_eq!(shares(10), ten);
}

#[test]
fn t15_the_hash_is_the_published_mix_of_the_words_in_memory() {
    // From a second transcription, in another language, for both orders of bytes.
    let little = [0xaceb_71dc, 0x01e4_82e5, 0xa3af_a581];
    let big = [0x182b_ee1d, 0x0d64_8fd3, 0xb1f9_b8ec];
    let hashes = [
        flow_hash(ip("192.0.2.9"), Some(ip("198.51.100.7")), 1),
        flow_hash(ip("192.0.2.9"), None, 0x1234_5678),
        flow_hash(ip("2001:db8::1"), Some(ip("2001:db8:1:2:3:4:5:6")), 1),
    ];
    assert_eq!(hashes, if cfg!(target_endian = "little") { little } else { big });
    let none = flow_hash(ip("192.0.2.9"), None, 1);
    assert_eq!(none, flow_hash(ip("192.0.2.9"), Some(ip("0.0.0.0")), 1), "no source is source 0");
}

fn three_paths(multipath: bool) -> (World, Vec<RouteId>) {
    let mut world = with_settings(Settings { multipath, ..Settings::new(Profile::OpenBsd) });
    for last in [1, 3, 2] {
        world.add_path("192.0.2.0/24", last, 8).unwrap();
    }
    world.add_path("192.0.2.0/24", 4, 48).unwrap();
    let list = world.model.get(0, prefix("192.0.2.0/24"));
    (world, list)
}

#[test]
fn flows_spread_over_the_paths_of_the_best_priority() {
    let (mut world, list) = three_paths(true);
    let mut seen = [0; 4];
    for source in 0..=255u8 {
        let source = IpAddr::from([198, 51, 100, source]);
        let found = world.model.lookup_multipath(at("192.0.2.9"), Some(source), 0).unwrap();
        seen[list.iter().position(|id| *id == found).unwrap()] += 1;
        let hash = flow_hash(ip("192.0.2.9"), Some(source), 1) as u16;
        assert_eq!(found, list[chosen(hash, 3)]);
    }
    assert!(seen[..3].iter().all(|count| *count > 50) && seen[3] == 0, "{seen:?}");
}

#[test]
fn without_the_sysctl_the_first_path_is_taken() {
    let (mut world, list) = three_paths(false);
    for source in 0..=255u8 {
        let source = Some(IpAddr::from([198, 51, 100, source]));
        assert_eq!(world.model.lookup_multipath(at("192.0.2.9"), source, 0), Some(list[0]));
    }
}

#[test]
fn t12_a_lone_route_is_not_multipath() {
    let mut world = world(Profile::OpenBsd);
    let id = world.add_path("192.0.2.0/24", 1, 8).unwrap();
    assert!(!world.flags(id).contains(MPATH));
    let other = world.add_path("192.0.2.0/24", 2, 8).unwrap();
    assert!(world.flags(id).contains(MPATH) && world.flags(other).contains(MPATH));
}

#[test]
fn a_down_path_is_not_chosen() {
    let mut world = with_settings(Settings { multipath: true, ..Settings::new(Profile::OpenBsd) });
    world.add(out_of("192.0.2.0/24", 1, MPATH));
    let other = world.add(out_of("192.0.2.0/24", 2, MPATH));
    world.em0.set_up(false);
    world.model.link_changed(1).unwrap();
    for source in 0..=255u8 {
        let source = Some(IpAddr::from([198, 51, 100, source]));
        assert_eq!(world.model.lookup_multipath(at("192.0.2.9"), source, 0), Some(other));
    }
}
