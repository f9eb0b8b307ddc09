//! Every ordering edge, once, with both of its sides.
//!
//! An edge says: what is sequenced before the left side happens before what is sequenced after the
//! right side, if the right side reads what the left side wrote (or, for fences, if it comes later
//! in their order). Each `Ordering` in the source names its edge, and each edge links to its mutants
//! and the models that fail with them.
//!
//! | edge | left side | right side | what it carries |
//! |---|---|---|---|
//! | [P1](super::mutants#p1) | store of a slot or of the root word (`tree::Tree::publish`), SeqCst | loads in `tree::lookup` and `tree::burst`, SeqCst | the nodes below the word are filled, a directory's word for the default route included, which is loaded relaxed; the entry in a new leaf's cell is set (`fib::Fib::fill`) and complete |
//! | [P2](super::mutants#p2) | store of a cell (`fib::Fib::set`), SeqCst | loads in `fib::Fib::lookup` and in bursts (`fib::burst`), SeqCst | the entry is complete |
//! | [P3](super::mutants#p3) | store of a word of the forwarding view: of the root (`tree::view::root` *store*), of a direct node (`ViewWriter::escape_below` and *refill_below*) or of the default route's number (*set_default*), SeqCst | loads in `tree::view` (`root` *load*, `lookup` *from*, `burst` *through_directs*, `View::default_number`), SeqCst | the nodes below are filled; the one store of the update that the value is of; before that one store, that what it changes is escaped |
//! | [P4](super::mutants#p4) | store of a next hop's cell (`fib::forward::ForwardWriter::put`), SeqCst | load in `Fib::next_hop`, SeqCst | the next hop is complete |
//! | [G1](super::mutants#g1) | fence in `reclaim::own` *least_announced*, or in *enter*, SeqCst | the other one | either the scan sees the announcement, or the section sees every unlink before the scan |
//! | [G2](super::mutants#g2) | stores of the announcement in *enter*, *quiescent* and at the section's end, Release | loads in *least_announced*, Acquire | the reads of the sections before |
//! | [G3](super::mutants#g3) | advance of the period in *reclaim*, AcqRel | load in *quiescent*, Acquire; load in *enter*, Relaxed with the fence after it | the unlinks before the token |
//! | [H1](super::mutants#h1) | store of a claim in `reclaim::hazard` *claim*, Release, then G2 | loads in *scan*, Acquire | the claim is seen by any scan after the grace period |
//! | [H2](super::mutants#h2) | *release* of a slot, Release; handed on by the next *claim*, Acquire then Release | loads in *scan* and *pay*, Acquire | the holder's uses of the entry |
//! | [H3](super::mutants#h3) | *pay*: addition to the count, then compare-and-swap, AcqRel | failing *release*, Acquire | the holder's subtraction comes after the payer's addition |
//! | [R1](super::mutants#r1) | every subtraction from an entry's count, AcqRel | the last subtraction | all uses under any claim, before the free |
//! | [D1](super::mutants#d1) | swap and store of a push (`entry::disposal` *dispose*), AcqRel and Release | swap and loads of a take, Acquire | the released entry |
//! | [D2](super::mutants#d2) | fence in *dispose*, or in `Disposal::drop`, SeqCst | the other one | either the table's last take finds the entry, or the releaser finds the queue closed |
//! | [L1](super::mutants#l1) | every subtraction from the queue's `live`, AcqRel | the last subtraction | all uses of the queue, before its free |
//! | [L2](super::mutants#l2) | every subtraction from a segment's `units` (`entry::slab::Header::give_up`), AcqRel | the last subtraction | all uses of the segment's entries, before its free |
//! | [F1](super::mutants#f1) | `Entry::take_down`, Release | `Entry::flags`, Acquire | whoever sees an entry down sees the update that took it down |
//! | [V1](super::mutants#v1) | an odd generation before a change, carried by P1 and P2, or by B1 and B2 where a route changes in place, and an even one after it, Release | `Rib::generation`, Acquire | whoever has seen a change sees its odd generation or a later one; whoever sees an even one sees the changes before it |
//! | [X1](super::mutants#x1) | fence after a repin in `reclaim::epoch`, SeqCst | crossbeam's fence before it seals what was retired | either what is sealed carries the epoch that the reader announces, or the section sees the unlink |
//! | [B1](super::mutants#b1) | store of the number of the hop in force, `bsd::hops` *set*, Release | `current`, Acquire | the hop is written |
//! | [B2](super::mutants#b2) | exchange that clears UP in `bsd::entry`, Release | `RtEntry::flags`, Acquire | whoever sees a route down sees the change that took it down |
//! | [Q1](super::mutants#q1) | `pending`: giving room back in `bsd::message` *receive*, Release | reserving it in *send*, AcqRel | the message that was there is taken |
//! | [Q2](super::mutants#q2) | `tail`: drawing a ticket, AcqRel | drawing the next, AcqRel | what Q1 gave to any sender before |
//! | [Q3](super::mutants#q3) | `missed`: counting a loss, AcqRel | the exchange before `RTM_DESYNC`, AcqRel | what the senders of the lost messages did before |
//! | [Q4](super::mutants#q4) | stamping a place, Release | looking at the stamp, Acquire | the message |
//! | [Q5](super::mutants#q5) | `listening`: taking a seat, Release | a sender's look, Acquire | the filter and the empty queue |
//! | [Q6](super::mutants#q6) | fences between `inside` and `listening`, SeqCst; `inside` and `taken`, Release | the other fence; their loads, Acquire | whoever takes a seat again sees senders inside, or they see it empty; and their uses of the queue |
//! | [Q7](super::mutants#q7) | fences between sending and `waiting`, SeqCst; `waiting`, Release | the other fence; its exchange, AcqRel | a receiver that parks is woken, and by one |
//! | [Q8](super::mutants#q8) | `occupied`: the waker is taken, Release | the receiver's next wait, Acquire | the place of the waker is free |
//! | [Q9](super::mutants#q9) | fence and count of listeners in *subscribe*, SeqCst and Release | fence and load in *send_with*, SeqCst and Acquire | a change that a new subscriber does not see in the tables is sent to it |
//! | [Q10](super::mutants#q10) | `closed`, Release | `is_closed`, Acquire | all that was sent before the end |
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
//! The words of the forwarding view follow the same rule, so that what a reader has seen in one of the
//! two structures it sees in the other, and two readers agree on that too. Its records and lines are
//! plain memory: they are filled before a word leads to them, which is what P3 carries.
//!
//! The default route's number rests on more than P3: a lookup loads it after a leaf of 0, and that it was
//! the default when the leaf was loaded follows from the grace period that it stays escaped for after a
//! change (`tree::view`, "The default route"), so from G1 to G3.
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
//!
//! # Words shared with the kernel
//!
//! The rings through which a forwarder receives and sends (feature `forward`, Linux) have their other
//! side in the kernel, so no model plays both. Their edges are those of any queue with one producer and
//! one consumer. Each ring is run between two threads in its unit tests, also by Miri, which finds a
//! side that is weaker (`scripts/loom-mutants K`).
//!
//! | edge | left side | right side | what it carries |
//! |---|---|---|---|
//! | K1 | the kernel hands a block of a packet socket's ring over, Release | `forward::io::packet` *is_ours*, Acquire | the packets in the block |
//! | K2 | *give_back*, Release | the kernel's look at the block, Acquire | the reads of the block, before it is filled again |
//! | K3 | the producer of a ring of an AF_XDP socket publishes, Release (`forward::io::xdp` *publish*, or the kernel) | the consumer looks, Acquire (the kernel, or *pop*) | the entries, and the bytes of the frames that they lead to |
//! | K4 | the consumer releases, Release (*release*, or the kernel) | the producer looks, Acquire (the kernel, or *pending*) | the reads of the entries, before they are written again |
