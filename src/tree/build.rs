//! Building a whole tree at once.
//!
//! The sorted routes are split at the directory's slots, each slot's part is built on its own (on
//! all cores with the feature `rayon`) into a private image, and the images are then laid into the
//! arena and published by one store of the root word.

use super::{
    Store, Tree, TreeWriter,
    node::{Node, uniform},
    shape::{Geometry, Kind, RECORD_SLOTS, bits_at, child, is_child, kind_at, unit_of},
};
use crate::{address::Address, arena::Full, prefix::Prefix};

/// A route as the tree knows it: its prefix and its entry's number.
pub(crate) type Leaf<A> = (Prefix<A>, u32);

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

impl<A: Address, G: Geometry> TreeWriter<A, G> {
    /// Replaces everything in the tree by `routes`, which are strictly increasing and whose
    /// lengths are known. Takes effect by one store.
    ///
    /// # Errors
    /// [`Full`] if there is no memory for it; nothing has changed then.
    pub(crate) fn build(&mut self, tree: &Tree<A, G>, routes: &[Leaf<A>]) -> Result<(), Full> {
        let parts = split::<A, G>(routes);
        let images = build_images::<A, G>(&parts);
        let laid = self.lay_all(tree, &parts, images);
        match laid {
            Ok(directory) => {
                let old = Node { unit: tree.directory(), at: 0 };
                self.unlink_below(tree, old);
                tree.publish(Store::Root(directory.unit));
                self.commit();
                Ok(())
            }
            Err(full) => {
                self.roll_back();
                Err(full)
            }
        }
    }

    fn lay_all(
        &mut self,
        tree: &Tree<A, G>,
        parts: &[Part<'_, A>],
        images: Vec<(u32, Image)>,
    ) -> Result<Node, Full> {
        let directory = self.make_direct(tree, 0, 0)?;
        for (slot, (part, (word, image))) in parts.iter().zip(images).enumerate() {
            let word = if part.routes.is_empty() { word } else { self.lay(tree, word, &image)? };
            tree.fill(directory.unit, slot, word);
        }
        Ok(directory)
    }

    /// Lays one image into the arena and returns the word that leads to it.
    fn lay(&mut self, tree: &Tree<A, G>, top: u32, image: &Image) -> Result<u32, Full> {
        let mut places: Vec<u32> = Vec::with_capacity(image.nodes.len());
        let place = |places: &[u32], word: u32| {
            if is_child(word) { places[unit_of(word) as usize] } else { word }
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
                    for word in &mut laid {
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
    /// The entry that covers the whole slot.
    outer: u32,
    /// The routes longer than the directory's bits.
    routes: &'a [Leaf<A>],
}

/// Splits the routes at the directory's slots.
fn split<A: Address, G: Geometry>(routes: &[Leaf<A>]) -> Vec<Part<'_, A>> {
    let bits = G::DIRECTORY;
    let mut parts: Vec<Part<'_, A>> =
        (0..1usize << bits).map(|_| Part { outer: 0, routes: &[] }).collect();
    let mut rest = routes;
    while let Some((&(prefix, id), after)) = rest.split_first() {
        let slot = prefix.address().bits(0, bits);
        if prefix.len() <= bits {
            for part in &mut parts[slot..slot + (1 << (bits - prefix.len()))] {
                part.outer = id;
            }
            rest = after;
        } else {
            let end = rest.partition_point(|(prefix, _)| prefix.address().bits(0, bits) <= slot);
            parts[slot].routes = &rest[..end];
            rest = &rest[end..];
        }
    }
    parts
}

#[cfg(feature = "rayon")]
fn build_images<A: Address, G: Geometry>(parts: &[Part<'_, A>]) -> Vec<(u32, Image)> {
    use rayon::prelude::*;
    parts.par_iter().map(build_image::<A, G>).collect()
}

#[cfg(not(feature = "rayon"))]
fn build_images<A: Address, G: Geometry>(parts: &[Part<'_, A>]) -> Vec<(u32, Image)> {
    parts.iter().map(build_image::<A, G>).collect()
}

fn build_image<A: Address, G: Geometry>(part: &Part<'_, A>) -> (u32, Image) {
    let mut image = Image::default();
    if part.routes.is_empty() {
        return (part.outer, image);
    }
    let word = image.build::<A, G>(G::DIRECTORY, part.outer, part.routes);
    (word, image)
}

impl Image {
    /// Builds the node for the bits from `at` on, in which `outer` answers what `routes`, all
    /// inside it, do not cover.
    fn build<A: Address, G: Geometry>(&mut self, at: u8, outer: u32, routes: &[Leaf<A>]) -> u32 {
        let bits = bits_at::<G>(at);
        let end = at + bits;
        let mut slots = vec![outer; 1 << bits];
        let mut rest = routes;
        while let Some((&(prefix, id), after)) = rest.split_first() {
            let slot = prefix.address().bits(at, bits);
            if prefix.len() <= end {
                // Whatever covers the slot comes before what lies in it, so nothing longer is
                // painted over.
                slots[slot..slot + (1 << (end - prefix.len()))].fill(id);
                rest = after;
            } else {
                let inside =
                    rest.partition_point(|(prefix, _)| prefix.address().bits(at, bits) <= slot);
                slots[slot] = self.build::<A, G>(end, slots[slot], &rest[..inside]);
                rest = &rest[inside..];
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
