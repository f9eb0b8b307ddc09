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
//! * **Walks that have ended leave the group's list** without a branch. Sending them on through a
//!   dummy record was not tried: of IPv6's walks most end at different depths.
//! * **Huge pages** are asked for once an array has 256 KiB. In a virtual machine whose host's
//!   caches are busy, rates of single lookups did not change beyond the noise.
//! * **Processor time, not the clock**, is what candidates are compared by: on a machine shared with
//!   others the quartiles of a ratio went from 20 % apart to 3 %.
