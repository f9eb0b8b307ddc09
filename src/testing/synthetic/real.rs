//! The real table's shape: what the synthetic tables are held against.
//!
//! Printed by `scripts/fit-synthetic shape`, which measures on its own and not with `shape.rs`, so
//! that the two check each other.

use super::shape::Shape;

/// The shape of the full IPv4 table that the synthetic one is fitted to.
pub fn real_v4() -> Shape {
    Shape {
        lengths: vec![
            0, 0, 0, 0, 0, 0, 0, 0, 16, 14, 39, 95, 297, 584, 1201, 2129, 13635, 8347, 13387,
            25516, 45627, 52463, 113741, 107869, 657365,
        ],
        depths: vec![516547, 365031, 118784, 31813, 6752, 2321, 1052, 24, 1],
        gaps: vec![
            0, 78642, 61339, 45444, 56678, 57819, 46272, 39738, 61079, 21239, 14942, 11389, 8749,
            6538, 4117, 3723, 8070,
        ],
        blocks: vec![1, 4, 14, 56, 216, 827, 2999, 10475, 26502, 69433, 153398, 290491],
        runs: vec![0, 88105, 51245, 31936, 13664, 4200, 1128, 275, 72, 18, 2],
        pieces: 1166368,
    }
}

/// The shape of the full IPv6 table that the synthetic one is fitted to.
pub fn real_v6() -> Shape {
    Shape {
        lengths: vec![
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 14, 3, 6, 6, 42, 12, 17,
            18, 161, 5435, 827, 341, 26740, 5407, 5197, 1837, 9424, 1208, 2677, 1829, 23096, 1697,
            2924, 1453, 24860, 4511, 5640, 8925, 111866,
        ],
        depths: vec![108042, 82517, 41351, 10809, 3171, 256, 19, 9, 1],
        gaps: vec![
            0, 12976, 3533, 2830, 10482, 2161, 5170, 2648, 23877, 2072, 3269, 3072, 14784, 2064,
            3446, 4664, 28166, 1069, 731, 5686, 3268, 103, 54, 72, 1374, 2, 3, 4, 496, 57,
        ],
        blocks: vec![
            1, 1, 1, 4, 6, 8, 12, 22, 64, 204, 661, 2337, 8058, 17562, 22837, 26994, 16201, 19351,
            21634, 29445, 28728, 38948, 41197, 60764,
        ],
        runs: vec![0, 32435, 9610, 3674, 1451, 456, 142, 63, 17, 7],
        pieces: 333702,
    }
}
