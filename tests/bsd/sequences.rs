//! Random operations on both.

use proptest::prelude::*;
use rtalloc::bsd::Profile;

use super::{generating::sequence, operation::Operation, pair::Pair};

fn run(profile: Profile, multipath: bool, clones: usize, operations: &[Operation]) {
    let mut pair = Pair::new(profile, multipath, clones);
    operations.iter().for_each(|operation| pair.run(operation));
    pair.end();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn openbsd_is_as_the_model(
        multipath: bool,
        clones in prop_oneof![6 => 1..5usize, 1 => Just(0), 3 => Just(100)],
        operations in sequence(),
    ) {
        run(Profile::OpenBsd, multipath, clones, &operations);
    }

    #[test]
    fn freebsd_is_as_the_model(
        clones in prop_oneof![6 => 1..5usize, 1 => Just(0), 3 => Just(100)],
        operations in sequence(),
    ) {
        run(Profile::FreeBsd, true, clones, &operations);
    }
}
