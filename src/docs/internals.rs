//! The parts, the roads through them, and what is checked by what.
//!
//! # Floors
//!
//! A module names only modules of lower floors; `scripts/check-floors` proves it.
//!
//! | floor | modules | what they know |
//! |---|---|---|
//! | 0 | `sync`, `bits`, `clock`, `error` | nothing; `sync` alone names atomics and loom |
//! | 1 | `address` | addresses as integers |
//! | 2 | `prefix`, `nexthop`, `reclaim`, `arena` | prefixes; grace periods and hazard slots, without any tree; memory that never moves |
//! | 3 | `route`, `entry` | what a route says; who frees an entry |
//! | 4 | `tree` | from an address to a number, one store an update |
//! | 5 | `fib` | from a number to an entry; retiring what updates leave behind |
//! | 6 | `rib` | the authoritative routes, batches, snapshots, loading |
//! | 7 | `table` | both families, readers and guards |
//! | 8 | `rtalloc` | BSD's names |
//!
//! # The road of a lookup
//!
//! [`Reader::enter`](crate::Reader::enter) announces the period. A lookup walks the tree to a leaf,
//! loads the leaf's cell and returns the entry, borrowed under the guard. Holding it stores its
//! address in one of the reader's slots. Leaving stores 0. Nothing on this road loops on what
//! others do, takes a lock, allocates or frees.
//!
//! # The two views
//!
//! Entries are one view of a table, next hops the other: a table that is opened
//! [for forwarding](crate::Options::forwarding) keeps a second structure, `tree::view`, with numbers of
//! next hops in its leaves. The entries decide. An update first marks what the view holds in its range as
//! *escaped*, then makes its one store in the tree of entries, then builds that part of the view anew.
//! Whoever meets an escaped leaf asks the tree of entries. So both views change by that one store, the
//! view may have a shape that one store could not change, and one that has no memory left is slower, not
//! wrong.
//!
//! # The road of an update
//!
//! Under the family's mutex: find the route in the ordered map. If it is there and only says
//! something else, make a new entry and store it into the cell. Otherwise make a number and an
//! entry, set the cell, and change the tree by one store. (The default route is a word of the
//! directory, which is copied; until readers have moved on from the old one, what the two share is
//! copied before it is changed.) Change the map where the search ended. Mark
//! replaced entries down. Retire what was replaced: entries, numbers, blocks. Once in 32 of these,
//! advance the period, look at the readers' announcements, and let what is safe become *ripe*; then
//! look at the hazard slots, once for all of it. Each update deals with a few ripe items: blocks and
//! numbers go back to their free lists; entries are settled: slots that keep one become counts, then
//! the table's unit goes, and if that was the last claim the entry is dropped, after the mutex is
//! released if that runs the users' code, and its place is used again.
//!
//! # The road of a bulk load
//!
//! Sort if need be. Take a number for each route, under the mutex for a moment. Without it and on
//! all cores: the tree as a plan, the entries in segments of their own, their cells, which no leaf
//! names yet, and the leaves of the ordered map. Under the mutex again: lay the plan out in the arena,
//! adopt the segments, store the root word, exchange the map, retire the old table.
//!
//! # Why an entry is freed once
//!
//! Stages, each of which ends the source of the next kind of claim: *unlinked* (no new lookup meets
//! it), *grace period* (no borrow is left, so no slot can be claimed any more), *slots settled* (no
//! slot keeps it, and holders' slots have become counts), *count zero* (only clones of counted
//! handles add to it, so zero is final). The essay in `entry` has the invariants by name.
//!
//! # What is checked by what
//!
//! By claim; [`checking`](super::checking) goes by tool, and says what none of them sees.
//!
//! | claim | checked by |
//! |---|---|
//! | every answer is the longest match | property tests of operation sequences against the golden model, five geometries, both families; `rtalloc check` on whole tables |
//! | every block of the arena is live, free or retired, exactly once | the same tests, after every step |
//! | a change of the default route is one instant | lookups stopped between any two loads while updates go on, and old directories that must stay as they are, against the model; loom models; lookups frozen at each step |
//! | a failed update changes nothing | the same, with memory for a handful of nodes |
//! | entries are freed once, none is lost | drop counting in property and stress tests, and on segments alone, in Miri with strict provenance |
//! | nothing is freed while a reader may be in it | loom models in `loom-tests`; whole tables under shuttle; stress with drop counting, also under AddressSanitizer and Miri |
//! | orderings and steps are needed, or listed as not | `scripts/loom-mutants`, with the reason of each that survives ([`mutants`](super::mutants)) |
//! | the two views never disagree | the view against the model between all three steps of an update; readers that look at both while the writer is frozen after each of its steps |
//! | every code for bursts gives the same answers | the property tests of the trees, with the portable code and the processor's best |
//! | concurrent lookups are linearizable | the models on small trees; stress histories, real-time order between all readers included; `rtalloc replay` checks samples against every instant of their interval |
//! | readers are wait-free | [`wait_freedom`](super::wait_freedom): counted steps, a writer and a reader stopped at each of their steps, an allocator that watches readers, the machine code |
//! | all readers agree on the order of updates | by argument only: [`memory_ordering`](super::memory_ordering) |
