//! Small random updates and addresses of both families.

use rtalloc::{
    Address, Batch, CapacityError, Guard, Match, NextHop, Prefix, Rib, Table,
    testing::{drop_count::DropCounter, history::Step},
};
use shuttle::rand::{Rng, thread_rng};

use crate::Payload;

/// Prefixes that nest and stand beside each other, in all levels of the small strides: the first
/// bits and the length.
const PREFIXES: [(usize, u8); 9] = [
    (0b0000, 0),
    (0b0000, 1),
    (0b1000, 1),
    (0b0000, 2),
    (0b0000, 3),
    (0b0001, 4),
    (0b0011, 4),
    (0b1011, 4),
    (0b1000, 2),
];

/// A family of addresses, as the models see it.
pub trait Family: Address {
    /// The family's routes.
    fn rib(table: &Table<Payload>) -> &Rib<Self, Payload>;

    /// A lookup.
    fn lookup<'g>(guard: &'g Guard<'_, Payload>, address: Self) -> Option<Match<'g, Payload>>;
}

impl Family for u32 {
    fn rib(table: &Table<Payload>) -> &Rib<Self, Payload> {
        table.v4()
    }

    fn lookup<'g>(guard: &'g Guard<'_, Payload>, address: Self) -> Option<Match<'g, Payload>> {
        guard.lookup_v4(address)
    }
}

impl Family for u128 {
    fn rib(table: &Table<Payload>) -> &Rib<Self, Payload> {
        table.v6()
    }

    fn lookup<'g>(guard: &'g Guard<'_, Payload>, address: Self) -> Option<Match<'g, Payload>> {
        guard.lookup_v6(address)
    }
}

/// An address at random, by its first four bits.
pub fn any_address<A: Family>() -> A {
    A::default().with_bits(0, 4, thread_rng().gen_range(0..16))
}

/// One of the prefixes at random.
pub fn any_prefix<A: Family>() -> Prefix<A> {
    let (bits, len) = PREFIXES[thread_rng().gen_range(0..PREFIXES.len())];
    Prefix::containing(A::default().with_bits(0, 4, bits), len)
}

/// A change at random; announcements take the next number.
pub fn step<A: Family>(next: &mut u32) -> Step<A> {
    let prefix = any_prefix();
    if thread_rng().gen_range(0..3) == 0 {
        return Step::Remove(prefix);
    }
    *next += 1;
    Step::Set(prefix, NextHop::interface(*next))
}

/// Makes an update of one step, or a batch of several.
///
/// # Errors
/// [`CapacityError`] from the table.
pub fn make<A: Family>(
    table: &Table<Payload>,
    counter: &DropCounter,
    update: &[Step<A>],
) -> Result<(), CapacityError> {
    let rib = A::rib(table);
    match *update {
        [Step::Set(prefix, hop)] => {
            rib.insert(prefix, Payload::route(counter, hop.interface)).map(drop)
        }
        [Step::Remove(prefix)] => rib.remove(prefix).map(drop),
        _ => {
            let mut batch = Batch::new();
            for step in update {
                match *step {
                    Step::Set(prefix, hop) => {
                        batch.insert(prefix, Payload::route(counter, hop.interface))
                    }
                    Step::Remove(prefix) => batch.remove(prefix),
                };
            }
            rib.apply(batch).map(drop)
        }
    }
}
