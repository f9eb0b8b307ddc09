//! A list that grows without moving what it holds.

use std::sync::OnceLock;

/// A list of `T` in at most `CHUNKS` chunks, the first of `FIRST` items and each further one twice
/// as long as the one before. Items come into being, as `T::default()`, a chunk
/// at a time when one is first asked for, and stay where they are; so finding one is two loads.
#[derive(Debug)]
pub(super) struct Growing<T, const FIRST: usize, const CHUNKS: usize> {
    chunks: [OnceLock<Box<[T]>>; CHUNKS],
}

impl<T, const FIRST: usize, const CHUNKS: usize> Default for Growing<T, FIRST, CHUNKS> {
    fn default() -> Self {
        Self { chunks: [const { OnceLock::new() }; CHUNKS] }
    }
}

impl<T: Default, const FIRST: usize, const CHUNKS: usize> Growing<T, FIRST, CHUNKS> {
    /// How many items there can be.
    pub(super) const MOST: usize = FIRST * ((1 << CHUNKS) - 1);

    /// The chunk of an index, and the place in it.
    fn place(index: usize) -> (usize, usize) {
        let chunk = (index / FIRST + 1).ilog2() as usize;
        (chunk, index - FIRST * ((1 << chunk) - 1))
    }

    /// The item at `index`, if its chunk was ever asked for.
    pub(super) fn get(&self, index: usize) -> Option<&T> {
        let (chunk, at) = Self::place(index);
        self.chunks.get(chunk)?.get()?.get(at)
    }

    /// The item at `index`; makes its chunk if need be. `None` past the largest index.
    pub(super) fn get_or_make(&self, index: usize) -> Option<&T> {
        let (chunk, at) = Self::place(index);
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

    type List = Growing<std::sync::Mutex<usize>, 4, 10>;

    #[test]
    fn places_follow_each_other_without_gaps() {
        let mut expected = (0, 0);
        for index in 0..List::MOST {
            assert_eq!(List::place(index), expected);
            let (chunk, at) = expected;
            let ends = at + 1 == 4 << chunk;
            expected = if ends { (chunk + 1, 0) } else { (chunk, at + 1) };
        }
        assert_eq!(expected, (10, 0), "the last index is the end of the last chunk");
    }

    #[test]
    fn items_stay_and_are_found_again() {
        let list = List::default();
        assert!(list.get(1000).is_none());
        *list.get_or_make(1000).unwrap().lock().unwrap() = 7;
        assert_eq!(*list.get(1000).unwrap().lock().unwrap(), 7);
        assert!(list.get_or_make(List::MOST).is_none());
        assert!(list.iter().any(|(index, item)| index == 1000 && *item.lock().unwrap() == 7));
    }
}
