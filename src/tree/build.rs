//! Building a whole tree at once.
//!
//! The sorted routes are split at the directory's slots and each slot's part is built on its own (on
//! all cores with the feature `rayon`) into a private image. This needs no lock, and must not hold
//! one: a thread that waits for rayon may run anything. The images are then laid into the arena and
//! published by one store of the root word.

use alloc::{boxed::Box, vec, vec::Vec};

use super::{
    Store, Tree, TreeWriter,
    node::{Node, uniform},
    shape::{Geometry, Kind, RECORD_SLOTS, bits_at, child, default_at, is_child, kind_at, unit_of},
};
use crate::{
    address::Address,
    arena::{Full, Unit},
    prefix::Prefix,
};

/// Bytes of the smallest node.
const LEAST_BYTES: usize = 16;

/// The nodes below one slot of the directory, children before parents. A child word names its
/// node by its index here.
#[derive(Default)]
struct Image {
    nodes: Vec<ImageNode>,
}

enum ImageNode {
    Chunk(Vec<u32>),
    Record(Box<[u32; RECORD_SLOTS]>),
}

/// A whole tree, built aside: what lies below each slot of the directory.
pub(crate) struct Plan {
    /// The word of each slot and the image that it leads into.
    parts: Vec<(u32, Image)>,
    /// The default route, as a leaf.
    default: u32,
}

impl Plan {
    /// Builds the tree of `routes`, which are strictly increasing. Each leaf holds its route's
    /// index plus one, for whoever lays the plan out to put a number in its place.
    pub(crate) fn new<A: Address, G: Geometry>(routes: &[Prefix<A>]) -> Self {
        // The default route is before all others.
        let default = match routes.first() {
            Some(first) if first.len() == 0 => leaf(0),
            _ => 0,
        };
        let parts = build_images::<A, G>(&split::<A, G>(routes, default as usize));
        Self { parts, default }
    }
}

impl<A: Address, G: Geometry> TreeWriter<A, G> {
    /// Lays a plan out in the arena, where no reader can reach it yet, with `number` in place of
    /// each leaf but 0. Returns its directory.
    ///
    /// # Errors
    /// [`Full`] if there is no memory for it; nothing has changed then.
    pub(crate) fn lay_out(
        &mut self,
        tree: &Tree<A, G>,
        plan: &Plan,
        number: impl Fn(u32) -> u32,
    ) -> Result<Unit, Full> {
        let number = |leaf| if leaf == 0 { 0 } else { number(leaf) };
        let laid = self.lay_all(tree, plan, &number);
        if laid.is_err() {
            self.roll_back();
        }
        laid.map(|node| node.unit)
    }

    /// Replaces everything in the tree by what is below `directory`, by one store.
    pub(crate) fn replace_all(&mut self, tree: &Tree<A, G>, directory: Unit) {
        let old = Node { unit: tree.directory(), at: 0 };
        self.unlink_below(tree, old);
        self.windows.close_all();
        tree.publish(Store::Root(directory));
        self.commit();
    }

    fn lay_all(
        &mut self,
        tree: &Tree<A, G>,
        plan: &Plan,
        number: &impl Fn(u32) -> u32,
    ) -> Result<Node, Full> {
        let nodes: usize = plan.parts.iter().map(|(_, image)| image.nodes.len()).sum();
        self.blocks.foresee(&tree.words, nodes * LEAST_BYTES);
        let directory = self.make_direct(tree, 0, 0)?;
        for (slot, (word, image)) in plan.parts.iter().enumerate() {
            let word = self.lay(tree, *word, image, number)?;
            tree.fill(directory.unit, slot, word);
        }
        tree.fill(directory.unit, default_at::<G>(), number(plan.default));
        Ok(directory)
    }

    /// Lays one image into the arena and returns the word that leads to it.
    fn lay(
        &mut self,
        tree: &Tree<A, G>,
        top: u32,
        image: &Image,
        number: &impl Fn(u32) -> u32,
    ) -> Result<u32, Full> {
        let mut places: Vec<u32> = Vec::with_capacity(image.nodes.len());
        let place = |places: &[u32], word: u32| {
            if is_child(word) { places[unit_of(word) as usize] } else { number(word) }
        };
        for node in &image.nodes {
            let word = match node {
                ImageNode::Chunk(words) => {
                    let node = self.make_direct(tree, G::DIRECTORY, 0)?;
                    for (slot, &word) in words.iter().enumerate() {
                        tree.fill(node.unit, slot, place(&places, word));
                    }
                    child(node.unit)
                }
                ImageNode::Record(slots) => {
                    let mut laid = **slots;
                    for word in &mut laid[..1 << G::STRIDE] {
                        *word = place(&places, *word);
                    }
                    self.make_record(tree, &laid)?
                }
            };
            places.push(word);
        }
        Ok(place(&places, top))
    }

    /// Unlinks a node and everything below it.
    fn unlink_below(&mut self, tree: &Tree<A, G>, node: Node) {
        let below = node.at + bits_at::<G>(node.at);
        let mut last = 0;
        for slot in 0..1usize << bits_at::<G>(node.at) {
            let word = tree.slot(node, slot);
            // A child has one slot, so equal neighbours are leaves.
            if is_child(word) && word != last {
                self.unlink_below(tree, Node { unit: unit_of(word), at: below });
            }
            last = word;
        }
        self.unlink(tree.block(node));
    }
}

/// What lies below one slot of the directory.
struct Part<'a, A> {
    /// The leaf that covers the whole slot.
    outer: u32,
    /// The routes longer than the directory's bits, and the index of the first.
    routes: (usize, &'a [Prefix<A>]),
}

/// Splits the routes from index `at` on at the directory's slots.
fn split<A: Address, G: Geometry>(routes: &[Prefix<A>], mut at: usize) -> Vec<Part<'_, A>> {
    let bits = G::DIRECTORY;
    let mut parts: Vec<Part<'_, A>> =
        (0..1usize << bits).map(|_| Part { outer: 0, routes: (0, &[]) }).collect();
    while let Some(prefix) = routes.get(at) {
        let slot = prefix.address().bits(0, bits);
        if prefix.len() <= bits {
            for part in &mut parts[slot..slot + (1 << (bits - prefix.len()))] {
                part.outer = leaf(at);
            }
            at += 1;
        } else {
            let inside =
                routes[at..].partition_point(|prefix| prefix.address().bits(0, bits) <= slot);
            parts[slot].routes = (at, &routes[at..at + inside]);
            at += inside;
        }
    }
    parts
}

/// The leaf of the route at `index`.
fn leaf(index: usize) -> u32 {
    (index + 1) as u32
}

#[cfg(feature = "rayon")]
fn build_images<A: Address, G: Geometry>(parts: &[Part<'_, A>]) -> Vec<(u32, Image)> {
    use rayon::prelude::*;
    if crate::parallel::available() {
        return parts.par_iter().map(build_image::<A, G>).collect();
    }
    parts.iter().map(build_image::<A, G>).collect()
}

#[cfg(not(feature = "rayon"))]
fn build_images<A: Address, G: Geometry>(parts: &[Part<'_, A>]) -> Vec<(u32, Image)> {
    parts.iter().map(build_image::<A, G>).collect()
}

fn build_image<A: Address, G: Geometry>(part: &Part<'_, A>) -> (u32, Image) {
    let mut image = Image::default();
    let (first, routes) = part.routes;
    if routes.is_empty() {
        return (part.outer, image);
    }
    let word = image.build::<A, G>(G::DIRECTORY, part.outer, first, routes);
    (word, image)
}

impl Image {
    /// Builds the node for the bits from `at` on, in which `outer` answers what `routes`, all
    /// inside it and the first of them at index `first`, do not cover.
    fn build<A: Address, G: Geometry>(
        &mut self,
        at: u8,
        outer: u32,
        first: usize,
        routes: &[Prefix<A>],
    ) -> u32 {
        let bits = bits_at::<G>(at);
        let end = at + bits;
        let mut slots = vec![outer; 1 << bits];
        let mut next = 0;
        while let Some(prefix) = routes.get(next) {
            let slot = prefix.address().bits(at, bits);
            if prefix.len() <= end {
                // Whatever covers the slot comes before what lies in it, so nothing longer is
                // painted over.
                slots[slot..slot + (1 << (end - prefix.len()))].fill(leaf(first + next));
                next += 1;
            } else {
                let rest = &routes[next..];
                let inside = rest.partition_point(|p| p.address().bits(at, bits) <= slot);
                slots[slot] = self.build::<A, G>(end, slots[slot], first + next, &rest[..inside]);
                next += inside;
            }
        }
        if let Some(leaf) = uniform(&slots) {
            return leaf;
        }
        self.nodes.push(match kind_at::<G>(at) {
            Kind::Record => {
                let mut words = Box::new([0; RECORD_SLOTS]);
                words[..slots.len()].copy_from_slice(&slots);
                ImageNode::Record(words)
            }
            Kind::Directory | Kind::Chunk => ImageNode::Chunk(slots),
        });
        child((self.nodes.len() - 1) as u32)
    }
}
