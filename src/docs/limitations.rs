//! What the crate does not do.
//!
//! * **A reader that stays in one section holds back what is removed** since it entered.
//!   [`Rib::waiting`](crate::Rib::waiting) shows how much,
//!   [`Table::stalled_readers`](crate::Table::stalled_readers) by whom, and
//!   [`Options::max_waiting_bytes`](crate::Options::max_waiting_bytes) bounds it: past the bound
//!   updates are refused, or wait a while, until the reader moves on. References
//!   ([`EntryRef`](crate::EntryRef)) hold back nothing but their entry. A form that bounds garbage
//!   without holding up writers exists for trees that publish a whole root with every update:
//!   a reader then announces which version it is in. It was not taken, because changes in place,
//!   which most updates are, would each have to copy a path and publish a root.
//! * **A reference that outlives its table keeps a segment**: up to 4096 entries' places, 256 KiB
//!   without user data. The other entries' data is dropped.
//! * **Updates are not wait-free**, nor lock-free: a mutex a family orders them. Registration of
//!   readers takes a lock as well.
//! * **Short prefixes are slow to change** over a full table, because answers are pushed into the
//!   leaves: a /1 that comes or goes rebuilds every record in its half that has a hole. Readers are
//!   not disturbed, but the update takes tens of milliseconds over a million routes, a /8 or /12 of
//!   IPv6 that covers a fifth of the table five to nine. The default route is no leaf and takes
//!   microseconds.
//! * **The forwarding view ends at bit 60 of an IPv6 address**, and lines at 30 bits past where they
//!   begin. What differs further on, mostly below prefixes longer than /54, is answered by way of the
//!   entries, at their rate; so are, in IPv4, the few routes longer than /24 in a block of 64 /24s that
//!   has hardly any. A route like 2000::/3 takes a word in the root's page for each /24 that it covers,
//!   8 MiB in all, and milliseconds to come or go.
//! * **After a change of the default route** updates copy what they would have stored into, a record
//!   and once a chunk of 2 KiB for each /9, until readers have moved on from before the change. A
//!   reader that stays in one section makes this last, and what is copied waits with the rest.
//! * **Processor-specific code** is for AVX2 and its companions. There is none for AVX-512, whose
//!   intrinsics came with a later Rust than this crate asks for. On AArch64 the portable code is compiled
//!   for NEON, which every such processor has.
//! * **A batch is of one family.** Two families of one table change at two instants.
//! * **A thread that is stopped in the middle of releasing an entry's last reference** keeps the
//!   entries released after it from being freed until it goes on.
//! * **Foreign code under the lock**: comparisons of the users' data, and the closure of
//!   [`Rib::retain`](crate::Rib::retain), run with the writers' mutex held and must not use the
//!   table. Destructors do not, and may.
//! * **Entries of a table that ended** are freed by whoever drops their last reference, and the
//!   users' data with them; while the table lives, by its writers alone.
//! * **Mirrors** (feature `netlink`, Linux alone) follow routes, not policy rules, router
//!   preferences, neighbours or VRF devices; what tables cannot say is counted. They hold every route
//!   a second time, beside the table: 250,000 routes of IPv4 took 300 bytes each for both. A dump
//!   that finds much changed is applied as one batch, whose memory is held twice for a moment. What a
//!   kernel does without telling is inferred where it is known, and otherwise found by the dumps that
//!   follow such an occasion; a kernel that drops a route without any occasion would not be noticed.
//!   After a routing daemon has connected again, routes that it no longer has stay for a while
//!   (`FpmOptions::quiet`), because FPM has no end of replay; a daemon that falls silent for longer
//!   in the middle of its replay loses the routes that it has not come to until it does, and one that
//!   connects and never tells a route keeps the old ones for ever. A mirror fills 256 tables at most
//!   in its life, those that are empty again included, and passes over the routes of others
//!   (`MirrorStats::surplus_tables`). A batch that a table has no room for is not applied at one
//!   instant, and routes that find no room are missing from it. Several IPv4 routes of one prefix and
//!   metric that differ only in `onlink` are taken for one.
//! * **Without `std`** there are neither clocks nor [`bsd`](crate::bsd), a table takes the memory that it
//!   may need when it is opened, and writers who wait for each other spin
//!   ([`without_std`](super::without_std)).
