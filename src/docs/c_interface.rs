//! The table for programs in C.
//!
//! The feature `capi` brings seventeen functions, which `rtalloc.h` declares. The crate is built as a
//! Rust library alone, as ever; `scripts/c-library PREFIX` builds the libraries for C and installs
//! them:
//!
//! | file | what |
//! |---|---|
//! | `include/rtalloc.h` | the header, with every rule in its comments; C11 and C++ |
//! | `lib/librtalloc.so.0.1` | the shared library, by its soname, which has the minor version in it until version 1 |
//! | `lib/librtalloc.a` | the static library |
//! | `lib/pkgconfig/rtalloc.pc` | `pkg-config --cflags --libs rtalloc`, with `--static` what a static one needs |
//!
//! A prefix that the loader of shared libraries does not search takes
//! `-Wl,-rpath,$(pkg-config --variable=libdir rtalloc)` when a program is linked, or `LD_LIBRARY_PATH`
//! when it runs; one that it does search, as `/usr/local` on many systems, takes `ldconfig` after the
//! installation. A program has the static library inside, and the system's libraries beside it, with
//!
//! ```sh
//! cc burst.c $(pkg-config --static --cflags --libs rtalloc | sed s/-lrtalloc/-l:librtalloc.a/)
//! ```
//!
//! `cc -static`, for a program without shared libraries at all, does not work: `libgcc_s` is a shared
//! library alone.
//!
//! `examples/c/burst.c` looks up in bursts, `examples/c/threads.c` while routes change. `scripts/ci/c`
//! compiles and runs both, shared and static, under AddressSanitizer and valgrind too.
//!
//! # A forwarding thread
//!
//! ```c
//! struct rtalloc_reader *reader;
//! rtalloc_reader_register(table, &reader);
//! rtalloc_enter(reader);
//! while (!stopping) {
//!     uint32_t addresses[64], ids[64];
//!     size_t n = receive(packets, 64); /* does not wait */
//!     if (n == 0) {
//!         rtalloc_leave(reader); /* whoever waits holds nothing back */
//!         wait_for_packets();
//!         rtalloc_enter(reader);
//!         continue;
//!     }
//!     for (size_t i = 0; i < n; i++)
//!         memcpy(&addresses[i], destination(packets[i]), 4);
//!     rtalloc_lookup_v4(reader, addresses, ids, n);
//!     for (size_t i = 0; i < n; i++)
//!         send(packets[i], ids[i]);
//!     rtalloc_quiescent(reader);
//! }
//! rtalloc_leave(reader);
//! rtalloc_reader_release(reader);
//! ```
//!
//! # What maps to what
//!
//! | C | Rust |
//! |---|---|
//! | `rtalloc_open`, `_close` | [`Options::open`](crate::Options::open) with a [forwarding view](crate::Forwarding), the drop of a [`Table`](crate::Table) |
//! | `rtalloc_load` | `input::read_table`, then [`Rib::load`](crate::Rib::load) of each family |
//! | `rtalloc_add`, `_delete` | [`Rib::insert`](crate::Rib::insert), [`Rib::remove`](crate::Rib::remove) |
//! | `rtalloc_reader_register`, `_release` | [`Table::reader`](crate::Table::reader), the drop of a [`Reader`](crate::Reader) |
//! | `rtalloc_enter`, `_quiescent`, `_leave` | [`Reader::enter`](crate::Reader::enter), [`Guard::quiescent`](crate::Guard::quiescent), the drop of a [`Guard`](crate::Guard) |
//! | `rtalloc_lookup_v4`, `_v6` | [`Forwarding::numbers_v4`](crate::Forwarding::numbers_v4), [`Forwarding::numbers_v6`](crate::Forwarding::numbers_v6) |
//! | `rtalloc_next_hop` | [`Forwarding::next_hop_v4`](crate::Forwarding::next_hop_v4), [`Forwarding::next_hop_v6`](crate::Forwarding::next_hop_v6) |
//! | `rtalloc_stats`, `_memory` | [`Table::stalled_readers`](crate::Table::stalled_readers) and counts, [`Stats::total_bytes`](crate::Stats::total_bytes) |
//! | `rtalloc_error_string`, `_version` | |
//!
//! Entries, references, batches, user data and [`bsd`](crate::bsd) have no C form.
//!
//! # Byte order
//! Addresses are as packets have them, for both families: network byte order for the `uint32_t` of IPv4,
//! 16 bytes for IPv6. So nothing need be turned round by the caller, and a destination address can be
//! copied from a packet without a look. What a lookup writes are ids, numbers of this process.
//!
//! # Memory
//! 1. Two kinds of handles belong to the library: tables and readers. Each is given back once.
//! 2. A reader counts as a user of its table. Closing the table first is allowed: the readers go on with
//!    it as it is then, and the last of them frees it. So no order of closing and releasing frees what is
//!    in use.
//! 3. What a caller passes belongs to the caller and is not remembered. No function returns memory that
//!    the caller would have to free.
//! 4. Ids mean something between two quiescent points of the reader that got them.
//! 5. What is removed is freed by later changes when every reader has passed a quiescent point or left its
//!    section since. A reader that sleeps in a section holds all of it back: leave before blocking.
//!    `max_waiting_bytes` bounds what can pile up, by refusing additions.
//! 6. When the system has no more memory the process ends, as with every Rust program.
//!
//! # Threads
//! 1. Functions that take a table may be called by any threads at once.
//! 2. A reader is used by one thread at a time, and a section ends on the thread on which it began. A
//!    reader outside of sections may be handed to another thread by anything that orders memory.
//! 3. `rtalloc_close` and `rtalloc_reader_release` come after all other uses of their handle.
//! 4. Lookups and the three functions of sections are wait-free, and make no system calls, allocations or
//!    locks. They are still not for signal handlers, which may have interrupted the same reader.
//! 5. After `fork` a child of a process with threads uses nothing of this library.
//! 6. A thread is not cancelled (`pthread_cancel`) inside a function: it would be torn out of Rust's
//!    frames, and could leave a lock held for ever. Cancellation of the usual, deferred kind can happen in
//!    `rtalloc_load`, which opens and reads; disable it there and, lest a later version reads more, around
//!    all that take a table. The asynchronous kind is for no thread that uses the library. A thread that
//!    is cancelled elsewhere, or ends in any other way, leaves its reader behind, in its section if it was
//!    in one: a cleanup handler releases it.
//! 7. A thread that changes routes is outside of its own section meanwhile. What is removed waits for
//!    that section as for any other, so that with `patience_ms` an addition past `max_waiting_bytes` waits
//!    for its own caller, in vain, and other threads' changes wait for it.
//! 8. `dlclose` leaves the library where it is (it is linked with `-z nodelete`): the threads of a bulk
//!    load stay, and are in its code.
//!
//! # Errors
//! Functions return a status, and null pointers, misaligned ones, arrays that overlap, numbers without a
//! meaning and calls outside of a section are refused. The cost is a handful of compared words a burst,
//! and the stores that set its ids before the lookup does, since they may come unset.
//! What cannot be seen is undefined: a handle that was given back, memory that is not what it is said to
//! be, a reader used by two threads.
//!
//! No panic of Rust crosses into C. Functions of the control plane catch one and return
//! `RTALLOC_STATUS_PANICKED`, with the table usable; in a lookup it would end the process.
//!
//! # Stability
//! The header is made by cbindgen from the source, and `scripts/ci/c` fails if the two differ, or if the
//! shared library exports anything else. Until version 1 structures may grow with each minor version. The
//! soname has it in it, so a program is only run with the minor version that it was compiled for, and
//! those of several lie beside each other; `rtalloc_version` tells which one it is. Options that are zero
//! are defaults, so a program that clears them is compiled again and need not be edited.
