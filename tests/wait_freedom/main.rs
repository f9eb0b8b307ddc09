//! Readers are wait-free: each operation takes a bounded number of its own steps, whatever a writer
//! or another reader does, and wherever it is stopped.
//!
//! The feature `instrument` counts the steps of a thread and calls a hook after each, which is
//! where another thread is simulated: what runs in the hook runs while the interrupted operation is
//! frozen between two steps. One thread plays all parts, so every run is the same.
//!
//! * `bound`: over random tables every operation of a reader stays within its bound, and every
//!   bound is reached.
//! * `frozen_writer`: a writer is frozen after each step of every kind of update; readers work on
//!   and see the table before the update or the one after it, and nothing else.
//! * `frozen_reader`: a reader is frozen after each step; writers and other readers work on, and the
//!   frozen reader's answer is one that was right at some instant of its operation.

mod bound;
mod frozen_reader;
mod frozen_writer;
mod kinds;
mod operations;
mod world;
