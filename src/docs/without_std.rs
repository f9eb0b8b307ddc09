//! The crate in a kernel, a hypervisor or a device: without `std`.
//!
//! With `default-features = false` the crate needs `core`, `alloc` and atomics of 64 bits. The routing
//! table is all there: [`Table`](crate::Table) and [`Rib`](crate::Rib), readers and guards, single
//! lookups and bursts, the [forwarding view](crate::Forwarding), references that outlive their route,
//! updates, batches, bulk loads, redirections, snapshots. What readers run is the same code, with
//! the same guarantees. The feature `ipnet` needs no `std` either.
//!
//! `examples/bare` is a program for a target without an operating system. It opens a table, changes
//! it, and holds each answer against a list. `scripts/ci/bare-metal` builds it for x86-64 and AArch64,
//! runs it, and runs the tests of the core without `std`.
//!
//! ```
//! use rtalloc::{NextHop, Options, Prefix, Route, Table};
//!
//! // What the table may hold is said when it is opened.
//! let table: Table = Options::new().max_routes(1000).max_node_bytes(1 << 17).open()?;
//! table.v4().insert(Prefix::containing(0xC633_6400, 24), Route::via(NextHop::interface(7)))?;
//!
//! // One reader for each processor, registered before it forwards.
//! let mut reader = table.reader();
//! let guard = reader.enter();
//! let found = guard.lookup_v4(0xC633_6401).map(|entry| entry.next_hop());
//! assert_eq!(found, Some(NextHop::interface(7)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Memory
//!
//! With `std` a table reserves address space and grows into it. Without, the global allocator gives
//! its arrays when it is opened, zeroed, in pieces that never move. A family takes
//! [`max_node_bytes`](crate::Options::max_node_bytes), and 8 bytes for each of
//! [`max_routes`](crate::Options::max_routes); a forwarding view takes `max_node_bytes` again, 1 MiB,
//! and 12 bytes a route. The defaults are 1 MiB and 2^14 routes, so that a table of both families takes
//! 2.25 MiB. What the allocator does not give is a [`ReserveError`](crate::ReserveError), and nothing
//! smaller is tried: it could be the last that the heap has. A table that is full says so with a
//! [`CapacityError`](crate::CapacityError) and stays as it was.
//!
//! Entries, the ordered map of the routes and what an update works with are allocated as they are
//! needed, by writers alone. There an allocator that has no more ends the program, as it does
//! everywhere in `alloc` (`handle_alloc_error`). `max_routes` bounds the entries and the map. Readers
//! allocate nothing once they are registered.
//!
//! # Readers
//!
//! Whoever wants to look up registers: [`Table::reader`](crate::Table::reader) returns a value that the
//! caller keeps where it likes, in the data of a processor or of a thread. Nothing is kept in
//! thread-local storage, and no lookup registers by itself. A reader is used by one at a time, so each
//! context that may interrupt another one has its own.
//!
//! Register readers outside of interrupts, and drop them there, because both take locks and may allocate
//! or free. What a registered reader does waits for nobody and may be done anywhere: entering and leaving
//! a section, lookups, quiescent points, and taking, cloning and dropping references while the table lives.
//!
//! # The lock
//!
//! Each family has a lock for its writers, and one of the places of entries whose data they have
//! dropped outside of the first. A table has two more, of its readers and of the slots of their
//! references, and all tables of a program share one, of the slots that tables which ended gave back. With
//! `std` whoever waits sleeps; without, it spins (the crate `spin`). In a section, and when it enters or
//! leaves one, a reader takes none of them, so what is at stake is the control plane:
//!
//! * Updates, `redirect`, `get`, `snapshot`, `stats`, `reclaim` and the end of a table take the lock of a
//!   family, and in it those of the readers and of the slots for a look at each.
//! * Registering a reader takes the locks of the readers and of the slots, and the shared one if no
//!   slots are idle; so does dropping one, but for the shared one unless the table ends with it. Both may
//!   allocate. [`stalled_readers`](crate::Table::stalled_readers) takes the lock of the readers, twice,
//!   and allocates its answer.
//! * None of these may run in a context that can interrupt a holder on the same processor, which would
//!   spin for ever. Because of the shared lock, that holds also for what belongs to two tables.
//! * A bulk load or a short prefix over a full table holds a family's lock for milliseconds and more. Where
//!   several threads write, let them take a lock of the system's own before, one to sleep on. Then nobody
//!   ever waits for the one inside, which costs an uncontended exchange. The other locks are held for
//!   one look at each reader at most.
//!
//! # What is missing
//!
//! * [`bsd`](crate::bsd), which has clocks, locks to sleep on and sockets that block, and every
//!   feature that reads files, talks to a kernel or starts threads. Cargo turns `std` on for those.
//! * A clock. There is no [`Options::patience`](crate::Options::patience): an update for which readers
//!   hold back too much is refused at once. A [`StalledReader`](crate::StalledReader) has no age; the
//!   reader that has gone longest without a quiescent point, counted in grace periods, comes first.
//! * Asking the processor what it has. Code for AVX2 is there if all code is compiled for it (`-C
//!   target-cpu=x86-64-v3`) and absent otherwise, so that a kernel that does not save vector registers
//!   can rely on that.
//! * Huge pages on request: where the table's memory lies is the allocator's choice.
//! * The forwarding view of IPv6 begins with a root of 2^18 words instead of 2^24, whose lookups take
//!   one step more.
//! * An abort. The 2^31st reference to one entry ends the program, by a panic that does not unwind.
