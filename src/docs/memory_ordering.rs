//! Every ordering edge, once, with both of its sides.
//!
//! An edge says: what is sequenced before the left side happens before what is sequenced after the
//! right side, if the right side reads what the left side wrote (or, for fences, if it comes later
//! in their order). Each `Ordering` in the source names its edge.
//!
//! | edge | left side | right side | what it carries |
//! |---|---|---|---|
//! | P1 | store of a slot or of the root word (`tree::Tree::publish`), SeqCst | loads in `tree::lookup`, SeqCst | the nodes below the word are filled; the entry in the leaf's cell is set |
//! | P2 | store of a cell (`fib::Fib::set`), SeqCst | load in `fib::Fib::lookup`, SeqCst | the entry is complete |
//! | P3 | store of a slot or a run of the mirror (`tree::mirror::Mirror::store` and `store_narrow`), SeqCst | loads in `tree::mirror`, SeqCst | the nodes below are filled; the one store of the update that the value is of; before that one store, that what it changes is escaped |
//! | P4 | store of a next hop's cell (`fib::forward` *put*), SeqCst | load in `Fib::next_hop`, SeqCst | the next hop is complete |
//! | G1 | fence in `reclaim::own` *least_announced*, or in *enter*, SeqCst | the other one | either the scan sees the announcement, or the section sees every unlink before the scan |
//! | G2 | stores of the announcement in *enter*, *quiescent* and at the section's end, Release | loads in *least_announced*, Acquire | the reads of the sections before |
//! | G3 | advance of the period in *reclaim*, AcqRel | load in *quiescent*, Acquire; load in *enter*, Relaxed with the fence after it | the unlinks before the token |
//! | H1 | store of a claim in `reclaim::hazard` *claim*, Release, then G2 | loads in *scan*, Acquire | the claim is seen by any scan after the grace period |
//! | H2 | *release* of a slot, Release; handed on by the next *claim*, Acquire then Release | loads in *scan* and *pay*, Acquire | the holder's uses of the entry |
//! | H3 | *pay*: addition to the count, then compare-and-swap, AcqRel | failing *release*, Acquire | the holder's subtraction comes after the payer's addition |
//! | R1 | every subtraction from an entry's count, AcqRel | the last subtraction | all uses under any claim, before the free |
//! | D1 | swap and store of a push (`entry::disposal` *dispose*), AcqRel and Release | swap and loads of a take, Acquire | the released entry |
//! | D2 | fence in *dispose*, or in `Disposal::drop`, SeqCst | the other one | either the table's last take finds the entry, or the releaser finds the queue closed |
//! | L1 | every subtraction from the queue's `live`, AcqRel | the last subtraction | all uses of the queue, before its free |
//! | F1 | `Entry::take_down`, Release | `Entry::flags`, Acquire | whoever sees an entry down sees the update that took it down |
//! | V1 | an odd generation before a change, carried by P1 and P2, and an even one after it, Release | `Rib::generation`, Acquire | whoever has seen a change sees its odd generation or a later one; whoever sees an even one sees the changes before it |
//!
//! # Why slots and cells are sequentially consistent
//!
//! For safety, release and acquire would do. But updates store into different words, and with
//! acquire loads alone C11 lets two readers disagree about the order of two updates. Sequentially
//! consistent loads put all of them into one order. On x86-64 such a load is a plain move, on
//! AArch64 the same instruction as an acquire load; the writer pays one exchange an update.
//!
//! Linearizability is meant in the language's own terms: a lookup that starts after an update has
//! returned, where *after* is the order of happens-before (a lock, a channel, a join), sees it. A
//! thread that learned of the return by a relaxed flag alone need not.
//!
//! The mirror's leaves follow the same rule, so that what a reader has seen in one of the two trees it
//! sees in the other, and two readers agree on that too.
//!
//! loom treats sequentially consistent *accesses* as acquire and release, so the models check that
//! nothing is freed or read too early, and that single lookups are right, but not this total order.
//! It rests on the argument above.
//!
//! # Why the fences are fences
//!
//! An announcement and a scan are a store and a load on either side (as are push and close). The
//! pattern needs a full fence between the two on both sides. Sequentially consistent accesses would
//! be right too, but loom cannot check them; on x86-64 a fence and an exchange cost the same.
