//! What things cost, what was tried and what it gave.
//!
//! Absolute times depend on the machine and on its neighbours; run `rtalloc run` for yours. What
//! follows is structure.
//!
//! # Memory of a lookup
//!
//! The directory is 2 KiB, a chunk 2 KiB for every populated /9. A record takes 8 bytes and 4 for
//! each run, rounded up to 16, 24, 32, 48, 64, 96, 128, 192 or 264 bytes; those of up to 64 never
//! straddle a cache line. A cell takes 8 bytes a route.
//!
//! # Steps of a lookup
//!
//! Root word, directory slot, chunk slot, then a bitmap and a run for each further 6 bits, then the
//! cell. Most IPv4 routes end at 24 bits: five dependent loads before the cell, the first two of
//! which stay in the nearest cache. Most IPv6 routes end at 48 bits: four records more.
//!
//! The forwarding view has nodes of the same kinds, of which those without children take 8 bytes and
//! one or two for each run. Its runs of equal next hops are merged. Beside them it takes 4 bytes a
//! route, which are read where a leaf is escaped. With one byte an answer, the full table of
//! 2026-05-11 takes 2.8 (IPv4) and 9.3 (IPv6) bytes a prefix of nodes that a lookup can touch, against
//! 6.6 and 12.7 of the tree of entries, and 8 more for cells.
//!
//! # Log
//!
//! * **One store an update** was taken over a copied root: with the directory split in two levels
//!   the most that an update of one chunk copies is 2 KiB, and the common ones copy nothing or one
//!   record. A root of 2^18 slots copied for each update would be 1 MiB.
//! * **In-place changes of contents** go through a cell a route. Without it, 94.5 % of a real day's
//!   updates would store into the tree; with it a lookup has one more dependent load.
//! * **Equal neighbouring runs are not merged in place.** A flapping route then stores one word a
//!   flap; merging would copy its record twice. A record is merged whenever it is copied for
//!   another reason.
//! * **Grace periods start once in 32 retired items**, not with every update: the period's line is
//!   read by every reader at each quiescent point.
//! * **Bursts** do the same step of sixteen walks before the next step of any, one group ahead. On a
//!   full table and two Zen 3 cores shared with others, bursts of 64 answer 6 (IPv4) and 10 (IPv6)
//!   times as many addresses with a number as single lookups do with an entry, and 2 and 5 times as
//!   many with the entry read. In a burst the number of misses decides, no longer their latency.
//! * **Walks that have ended** leave an IPv6 group's list without a branch. In IPv4 nearly all end at
//!   the first record, and to send the others through an empty one with them, rather than to keep
//!   lists, made bursts of 64 in the mirror 1.2 to 1.6 times as fast: with their misses overlapped,
//!   walks are bound by instructions.
//! * **Huge pages** are asked for once an array has 256 KiB. In a virtual machine whose host's
//!   caches are busy, rates of single lookups did not change beyond the noise.
//! * **Processor time, not the clock**, is what candidates are compared by: on a machine shared with
//!   others the quartiles of a ratio went from 20 % apart to 3 %.
//! * **The forwarding view as a mirror** that escapes, rather than as a second lane in each record.
//!   With two lanes, one store would not change both; copying each record that changes would, but
//!   turns the cheapest updates, which store one word, into copies. A number of a next hop beside each
//!   cell was considered as well: it costs a dependent load in 2 to 4 MB more for each lookup, where
//!   the mirror costs three loads less and reads memory that is less than half as large. The same run
//!   gave bursts of 64 in the mirror 1.3 (uniform), 2.6 (routed) and 1.6 times (zipf) the rate of the
//!   tree of entries with numbers alone.
//! * **Against DIR24-8 and Poptrie**, IPv4, in bursts of 64 and with one processor's caches shared
//!   with others: 1.2, 0.8 and 0.7 times the former on uniform, routed and zipf streams at less than a
//!   tenth of its memory, and 1.9, 2.8 and 3.3 times the latter, which has no bursts.
//! * **One at a time** the mirror reached 0.9, 0.4 and 0.4 times the rate of DIR24-8 and 0.7 to 0.9
//!   times that of Poptrie, with bits counted by code for any x86-64, which takes about twelve
//!   instructions a record. Since then they are counted by one where the processor has it, in place and
//!   without a call; that has not been timed yet.
//! * **Against PlanB's layout**, IPv6: half its rate. A walk to a /48 loads seven nodes.
