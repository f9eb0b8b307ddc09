//! Measures what a lookup structure sees of a table, and sets two tables side by side.
//!
//! Each statistic answers for some part of a structure's size or work:
//!
//! - prefixes by length, and by how many shorter prefixes cover them;
//! - the gap, in bits, from a prefix to its nearest cover;
//! - blocks in use: how many aligned blocks of a length hold a longer prefix. A multibit trie has
//!   one node for each block of its level's length;
//! - runs: how many adjacent prefixes of the longest routed length (/24, /48) stand in a row;
//! - pieces: into how many ranges of addresses with one answer the space falls. A leaf-pushed trie
//!   stores each of them at least once.

use core::fmt;

use crate::{Address, Prefix};

/// The shape of a table. Lists end with their last entry that is not 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Prefixes by length.
    pub lengths: Vec<u32>,
    /// Prefixes by the number of other prefixes that cover them.
    pub depths: Vec<u32>,
    /// Covered prefixes by how many bits longer they are than their nearest cover.
    pub gaps: Vec<u32>,
    /// Blocks of length 0, 2, 4, ... that contain a longer prefix.
    pub blocks: Vec<u32>,
    /// Maximal runs of adjacent /24 (IPv6: /48) by the number of binary digits of their length: 1,
    /// 2 to 3, 4 to 7, and so on.
    pub runs: Vec<u32>,
    /// Maximal ranges of addresses with one longest match, or with none.
    pub pieces: u32,
}

impl Shape {
    /// Measures a table in prefix order.
    pub fn of<A: Address>(table: &[Prefix<A>]) -> Self {
        let mut shape = Self::default();
        let mut pieces = Pieces::default();
        for &prefix in table {
            pieces.enter(prefix);
            let depth = pieces.open.len() - 1;
            count(&mut shape.lengths, prefix.len().into());
            count(&mut shape.depths, depth);
            if depth > 0 {
                let gap = prefix.len() - pieces.open[depth - 1].len();
                count(&mut shape.gaps, gap.into());
            }
        }
        pieces.settle(A::MAX);
        shape.pieces = pieces.count;
        let mut blocks = (0..A::WIDTH).step_by(2).map(|at| blocks(table, at)).collect();
        trim(&mut blocks);
        shape.blocks = blocks;
        for run in runs(table, if A::WIDTH == 32 { 24 } else { 48 }) {
            count(&mut shape.runs, (usize::BITS - run.leading_zeros()) as usize);
        }
        shape
    }

    /// The number of prefixes.
    pub fn routes(&self) -> u32 {
        self.lengths.iter().sum()
    }

    /// The number of prefixes that another one covers.
    pub fn covered(&self) -> u32 {
        self.depths.iter().skip(1).sum()
    }

    /// Every statistic with its name; counts of 0 are left out of the lists.
    pub fn rows(&self) -> Vec<(String, u32)> {
        let list = |name: fn(usize) -> String, counts: &[u32]| -> Vec<(String, u32)> {
            counts
                .iter()
                .enumerate()
                .filter(|(_, count)| **count > 0)
                .map(|(at, count)| (name(at), *count))
                .collect()
        };
        let mut rows = vec![
            ("routes".into(), self.routes()),
            ("covered".into(), self.covered()),
            ("pieces".into(), self.pieces),
        ];
        rows.extend(list(|at| format!("length {at}"), &self.lengths));
        rows.extend(list(|at| format!("covers {at}"), &self.depths));
        rows.extend(list(|at| format!("gap {at}"), &self.gaps));
        rows.extend(list(|at| format!("blocks /{}", 2 * at), &self.blocks));
        rows.extend(list(
            |at| match at {
                0 | 1 => "runs of 1".into(),
                _ => format!("runs of {} to {}", 1u64 << (at - 1), (1u64 << at) - 1),
            },
            &self.runs,
        ));
        rows
    }

    /// The two shapes side by side, for printing.
    pub fn beside<'a>(&'a self, other: &'a Self) -> Comparison<'a> {
        Comparison { this: self, other }
    }
}

/// Two shapes; its text is one line a statistic: name, this, the other, the difference.
#[derive(Clone, Copy, Debug)]
pub struct Comparison<'a> {
    this: &'a Shape,
    other: &'a Shape,
}

impl Comparison<'_> {
    /// Every statistic that either shape has: name, this, the other.
    pub fn rows(&self) -> Vec<(String, u32, u32)> {
        let mut others = self.other.rows();
        let mut rows = Vec::new();
        for (name, this) in self.this.rows() {
            // What only the other has comes in its place in the order, before the next common one.
            let other = match others.iter().position(|row| row.0 == name) {
                Some(place) => {
                    let skipped = others.drain(..=place).collect::<Vec<_>>();
                    let (common, skipped) = match skipped.split_last() {
                        Some((last, skipped)) => (last.1, skipped),
                        None => (0, [].as_slice()),
                    };
                    rows.extend(skipped.iter().map(|row| (row.0.clone(), 0, row.1)));
                    common
                }
                None => 0,
            };
            rows.push((name, this, other));
        }
        rows.extend(others.into_iter().map(|(name, other)| (name, 0, other)));
        rows
    }
}

impl fmt::Display for Comparison<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, this, other) in self.rows() {
            let change = 100.0 * (f64::from(this) - f64::from(other)) / f64::from(other.max(1));
            writeln!(f, "{name:<20} {this:>9} {other:>9} {change:>+8.1} %")?;
        }
        Ok(())
    }
}

/// Cuts the address space into pieces while prefixes come in order.
struct Pieces<A> {
    /// The prefixes that contain the present address, each inside the one before it.
    open: Vec<Prefix<A>>,
    /// The first address that belongs to no piece yet, or `None` past the end of the space.
    next: Option<A>,
    /// Whose the last piece is; nothing at the start.
    owner: Option<Option<Prefix<A>>>,
    count: u32,
}

impl<A: Address> Default for Pieces<A> {
    fn default() -> Self {
        Self { open: Vec::new(), next: Some(A::default()), owner: None, count: 0 }
    }
}

impl<A: Address> Pieces<A> {
    /// Settles everything before `prefix` and opens it.
    fn enter(&mut self, prefix: Prefix<A>) {
        if let Some(before) = prefix.address().previous() {
            self.settle(before);
        }
        self.open.push(prefix);
    }

    /// Gives the addresses up to `last` to whom they belong, and closes what ends there.
    fn settle(&mut self, last: A) {
        while let Some(&inner) = self.open.last() {
            if inner.last_address() > last {
                break;
            }
            self.give(Some(inner), inner.last_address());
            self.open.pop();
        }
        self.give(self.open.last().copied(), last);
    }

    fn give(&mut self, owner: Option<Prefix<A>>, last: A) {
        if self.next.is_some_and(|next| next <= last) {
            if self.owner != Some(owner) {
                self.count += 1;
                self.owner = Some(owner);
            }
            self.next = last.next();
        }
    }
}

/// How many blocks of length `at` contain a longer prefix.
fn blocks<A: Address>(table: &[Prefix<A>], at: u8) -> u32 {
    let mut last = None;
    let mut blocks = 0;
    for prefix in table.iter().filter(|prefix| prefix.len() > at) {
        let block = Some(prefix.address().truncate(at));
        blocks += u32::from(last != block);
        last = block;
    }
    blocks
}

/// The lengths of the runs of adjacent prefixes of length `len`.
fn runs<A: Address>(table: &[Prefix<A>], len: u8) -> Vec<usize> {
    let all: Vec<_> = table.iter().filter(|prefix| prefix.len() == len).collect();
    all.chunk_by(|one, next| one.last_address().next() == Some(next.address()))
        .map(<[_]>::len)
        .collect()
}

fn count(list: &mut Vec<u32>, at: usize) {
    if list.len() <= at {
        list.resize(at + 1, 0);
    }
    list[at] += 1;
}

fn trim(list: &mut Vec<u32>) {
    while list.last() == Some(&0) {
        list.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::synthetic::{
        FULL_V4, FULL_V6, SEED, internet_v4, internet_v6, real_v4, real_v6,
    };

    fn p(address: [u8; 4], len: u8) -> Prefix<u32> {
        Prefix::new(u32::from_be_bytes(address), len).unwrap()
    }

    #[test]
    fn a_small_table_is_measured_right() {
        let shape = Shape::of(&[
            p([10, 0, 0, 0], 8),
            p([10, 0, 0, 0], 24),
            p([10, 0, 1, 0], 24),
            p([10, 0, 3, 0], 24),
            p([10, 128, 0, 0], 9),
            p([255, 0, 0, 0], 8),
        ]);
        assert_eq!((shape.routes(), shape.covered()), (6, 4));
        assert_eq!(shape.lengths[8..10], [2, 1]);
        assert_eq!(shape.depths, [2, 4]);
        assert_eq!((shape.gaps[1], shape.gaps[16]), (1, 3));
        assert_eq!(shape.blocks, [1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1]);
        assert_eq!(shape.runs, [0, 1, 1]);
        // None; three /24 of which two touch, and the /8 between and behind them; the /9; none;
        // the last /8.
        assert_eq!(shape.pieces, 1 + 3 + 2 + 1 + 1 + 1);
    }

    #[test]
    fn the_ends_of_the_space_are_pieces_too() {
        assert_eq!(Shape::of::<u32>(&[]).pieces, 1);
        assert_eq!(Shape::of(&[p([0; 4], 0)]).pieces, 1);
        assert_eq!(Shape::of(&[p([0; 4], 0), p([255; 4], 32)]).pieces, 2);
        assert_eq!(Shape::of(&[p([0; 4], 0), p([0; 4], 1)]).pieces, 2);
    }

    #[test]
    fn rows_of_both_sides_are_shown() {
        let (one, two) = (Shape::of(&[p([0; 4], 0)]), Shape::of(&[p([0; 4], 1)]));
        let rows = one.beside(&two).rows();
        assert!(rows.contains(&("length 0".into(), 1, 0)));
        assert!(rows.contains(&("length 1".into(), 0, 1)));
        assert!(rows.contains(&("pieces".into(), 1, 2)));
        assert_eq!(one.beside(&two).to_string().lines().count(), rows.len());
    }

    /// Checks what the fit promises: lengths, blocks and the share of covered prefixes are exact.
    /// Every other statistic is within 15 % of the real one, give or take one percent of the
    /// routes, which may be in another place of their list.
    fn holds(table: &Shape, real: &Shape) {
        assert_eq!(table.lengths, real.lengths);
        assert_eq!(table.blocks, real.blocks);
        assert_eq!(table.covered(), real.covered());
        let slack = real.routes() / 100;
        for (name, this, other) in table.beside(real).rows() {
            assert!(
                this.abs_diff(other) <= other / 100 * 15 + slack,
                "{name}: {this} and not about {other}"
            );
        }
    }

    #[test]
    fn the_full_tables_have_the_real_shape() {
        holds(&Shape::of(&internet_v4(SEED, FULL_V4)), &real_v4());
        holds(&Shape::of(&internet_v6(SEED, FULL_V6)), &real_v6());
    }

    /// A smaller table keeps the local shape: so many nodes and pieces a prefix.
    #[test]
    fn smaller_tables_are_as_dense() {
        let (small, real) = (Shape::of(&internet_v4(SEED, FULL_V4 / 20)), real_v4());
        for (this, other) in [
            (small.lengths[24], real.lengths[24]),
            (small.blocks[9], real.blocks[9]),
            (small.blocks[11], real.blocks[11]),
            (small.pieces, real.pieces),
        ] {
            let scaled = 20 * this;
            assert!(scaled.abs_diff(other) <= other / 8, "{scaled} {other}");
        }
    }
}
