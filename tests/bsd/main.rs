//! BSD's routing interface against the sequential reference model.
//!
//! [`sequences`] runs random operations on both and compares every answer, every message, every
//! table and every route that is still held, in both profiles; [`operation`] says what can be done,
//! [`generating`] how often, and [`stage`] in which world; [`pair`] is the two side by side, [`applying`] does it to both and
//! [`comparing`] looks for a difference. [`samples`] takes long lists of prefixes
//! through the life of a table.

mod applying;
mod comparing;
mod generating;
mod operation;
mod pair;
mod samples;
mod sequences;
mod stage;
mod translating;
