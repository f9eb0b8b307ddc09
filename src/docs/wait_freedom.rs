//! Wait-freedom: the bound and how it is tested.
//!
//! # The claim
//!
//! A reader's operations are **bounded, population-oblivious wait-free**: each ends after at most a
//! fixed number of the calling thread's own steps. The number depends on the width of an address,
//! the strides of the tree and the hazard slots of a reader. It does not depend on how many readers
//! or routes there are, on how often the table changes, or on what any other thread does, stopping
//! for ever in the middle of anything included.
//!
//! A *step* is one atomic load, store or read-modify-write, one fence, or one read of a record's
//! bitmap, of a record's answer or of a line in the forwarding view. Between two steps there is
//! straight-line code; the one loop is the descent, which takes two steps a turn, and in the forwarding
//! view the way through its direct nodes, a step a turn. A burst has loops over its addresses besides,
//! and over the levels of the tree.
//!
//! | operation | steps at most | where they go |
//! |---|---|---|
//! | lookup, IPv4 | 11 | root word, default route, directory, chunk, 3 records of 2 each, cell |
//! | lookup, IPv6 | 43 | root word, default route, directory, chunk, 19 records of 2 each, cell |
//! | burst of entries | 2 + n (lookup - 2) | n lookups, with one load of the root word and of the default route |
//! | burst of numbers | 2 + n (lookup - 3) | the same without the cells |
//! | number of a next hop | lookup + 7, IPv6 lookup + 10 | default, root, direct nodes, two reads of a record or lines, default; if it is escaped, a walk of the tree, and the route's number |
//! | numbers of next hops | n (lookup + 8) + 2 (n / 64 rounded up), IPv6 n (lookup + 8) + 2 (n / 32 rounded up) | the same for each, with two loads of the default in a group; in IPv4 a record in vain and the default again |
//! | next hop of a number | 1 | cell |
//! | enter | 3 | period, announcement, fence |
//! | leave | 1 | announcement |
//! | quiescent | 2 | period, announcement if it has moved |
//! | offline | 4 | leave and enter, besides what is done meanwhile |
//! | hold | 9 | a look at each of 8 slots, then the claim or an addition |
//! | hold_counted | 1 | addition |
//! | clone | 1 | addition |
//! | release | 9 | slot, count, and 7 to hand a removed entry to the writer |
//!
//! (The tables in this essay are compared with the program by a test.) `rtalloc` is a lookup and a
//! hold, `rtfree` a release. With directory and chunk of 9 bits each and records of 6, a walk meets
//! at most `ceil((WIDTH - 18) / 6)` records. A burst loops over levels for as long as a walk of a
//! group is at a child, which is as often. In the forwarding view a walk meets at most 2 direct nodes in
//! IPv4, 5 in IPv6: with one stride left before its end, lines suffice.
//!
//! # What is excluded
//!
//! * **Registering a reader and ending it.** Both take a lock, and the last one out frees the
//!   table.
//! * **The control plane.** Updates, [`get`](crate::Rib::get), snapshots and reclamation are ordered
//!   by a mutex. That readers never wait for writers does not make writers wait-free.
//! * **Releasing a reference after its table has ended.** There is no writer left then, so whoever
//!   releases frees: it runs the destructor of the users' data, and may have to wait for another
//!   thread that is between the two stores of its own release.
//! * **Memory.** A reader that stays in one section holds back what was removed since. It never
//!   waits, but the table grows; see [`limitations`](super::limitations).
//! * **What is below the program**: page faults of the first touch, the scheduler, and processors
//!   without single-instruction read-modify-writes (Armv8.0, RISC-V for some), where an addition is
//!   itself a loop of the processor's. A lookup has none.
//!
//! # How it is tested
//!
//! The feature `instrument` swaps the atomics for versions that count the thread's steps and call a
//! hook after each. What the hook does happens while the operation that it interrupts is frozen, so
//! one thread plays all parts and every run is the same. Readers in these tests are marked, and a
//! lock taken by a marked thread is a panic. `scripts/ci/waitfree` runs all of it.
//!
//! | test | what it does | what fails it |
//! |---|---|---|
//! | `wait_freedom::bound` | random tables of both families, a lookup at every place where an answer can change, every operation; a forwarding view with as many direct nodes on the way as there can be | one step over the bound; a bound that is never reached |
//! | `wait_freedom::frozen_writer` | a writer is frozen after each step of random updates; a reader runs complete operations on the spot | an answer that is neither the one before the update nor the one after; two answers of one visit that disagree; the old answer after the new one; an answer that is down |
//! | `wait_freedom::kinds` | the same for each kind of update, shown to be that kind: in place, copy of a record, growth, collapse, copy of a chunk and of the directory, new contents in the cell and through the tree, a batch published at each height, retain, load, reclaim | the same |
//! | `wait_freedom::frozen_reader` | a reader is frozen after each step of each operation; updates, reclamation and another reader run to their end | an answer that was right at no instant of the operation; an entry freed while it is in use; an entry never freed |
//! | `reader_allocations` | threads look up, hold and release under churn, with an allocator that watches them | an allocation, a free or a destructor on a reader |
//! | `scripts/check-burst` | reads the machine code of bursts of lookups and of lookups in the forwarding view (x86-64) | a call; a loop other than the burst and, within it, the descent; an atomic read-modify-write; a store in the descent |
//!
//! The first four see atomic operations, fences, locks and bitmaps, and nothing else: a loop that
//! takes no such step would pass them, and is what the last one looks for. The frozen tests stop a
//! thread between its steps in one order of memory, the sequential one; reordering is loom's part
//! (`scripts/loom`). The standard library's `Arc` is not counted: a reader's operations use none,
//! which the machine code shows.
