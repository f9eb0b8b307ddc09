//! A list that grows without moving what it holds.

use std::sync::OnceLock;

/// Items of the first chunk; each further chunk is twice as long.
const FIRST: usize = 64;
/// Chunks: enough for every index below 64 * 2^24, more than a table has entries.
const CHUNKS: usize = 25;

/// A list of `T` in chunks of doubling length. Items come into being, as `T::default()`, a chunk
/// at a time when one is first asked for, and stay where they are; so finding one is two loads.
#[derive(Debug)]
pub(super) struct Growing<T> {
    chunks: [OnceLock<Box<[T]>>; CHUNKS],
}

impl<T> Default for Growing<T> {
    fn default() -> Self {
        Self { chunks: [const { OnceLock::new() }; CHUNKS] }
    }
}

/// The chunk of an index, and the place in it.
fn place(index: usize) -> (usize, usize) {
    let chunk = (index / FIRST + 1).ilog2() as usize;
    (chunk, index - FIRST * ((1 << chunk) - 1))
}

impl<T: Default> Growing<T> {
    /// The item at `index`, if its chunk was ever asked for.
    pub(super) fn get(&self, index: usize) -> Option<&T> {
        let (chunk, at) = place(index);
        self.chunks.get(chunk)?.get()?.get(at)
    }

    /// The item at `index`; makes its chunk if need be. `None` past the largest index.
    pub(super) fn get_or_make(&self, index: usize) -> Option<&T> {
        let (chunk, at) = place(index);
        let make = || (0..FIRST << chunk).map(|_| T::default()).collect();
        self.chunks.get(chunk)?.get_or_init(make).get(at)
    }

    /// The items of every chunk there is, with their indexes.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        self.chunks.iter().enumerate().flat_map(|(chunk, items)| {
            let first = FIRST * ((1 << chunk) - 1);
            items.get().into_iter().flatten().enumerate().map(move |(at, item)| (first + at, item))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_follow_each_other_without_gaps() {
        let mut before = (0, FIRST - 1);
        assert_eq!(place(0), (0, 0));
        for index in 1..100_000 {
            let (chunk, at) = place(index);
            let next =
                if at == 0 { (chunk - 1, (FIRST << (chunk - 1)) - 1) } else { (chunk, at - 1) };
            if at != 0 || chunk != 0 {
                assert_eq!(next, if index == 1 { (0, 0) } else { before });
            }
            before = (chunk, at);
        }
    }

    #[test]
    fn items_stay_and_are_found_again() {
        let list = Growing::<std::sync::Mutex<usize>>::default();
        assert!(list.get(1000).is_none());
        *list.get_or_make(1000).unwrap().lock().unwrap() = 7;
        assert_eq!(*list.get(1000).unwrap().lock().unwrap(), 7);
        assert!(list.get_or_make(usize::MAX / 2).is_none());
        assert!(list.iter().any(|(index, item)| index == 1000 && *item.lock().unwrap() == 7));
    }
}
