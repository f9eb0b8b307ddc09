//! What things cost, what was tried and what it gave.
//!
//! Absolute times depend on the machine and on its neighbours; run `rtalloc run` for yours. What
//! follows is structure.
//!
//! # Memory of a lookup
//!
//! The directory is 2 KiB and the default route's word, a chunk 2 KiB for every populated /9. A record takes 8 bytes and 4 for
//! each run, rounded up to 16, 24, 32, 48, 64, 96, 128, 192 or 264 bytes; those of up to 64 never
//! straddle a cache line. A cell takes 8 bytes a route.
//!
//! # Memory of a route
//!
//! On a real table (1,042,325 IPv4 and 246,175 IPv6 prefixes, no user data), in bytes a route:
//!
//! | | tree | cells | entries | ordered map | writer | all |
//! |---|---|---|---|---|---|---|
//! | IPv4 | 6.9 | 8 | 64 | 15.2 | 1.1 | 95.2 |
//! | IPv6 | 12.7 | 8 | 64 | 29.1 | 1.1 | 115.0 |
//!
//! An entry takes 64 bytes, one cache line, and whatever the users' data takes beyond 4; metrics
//! other than the default take a small allocation more. Entries lie in segments of 16 to 4096 places.
//! A segment without an entry is freed; one with a single entry left is not.
//!
//! # Steps of a lookup
//!
//! Root word, directory slot, chunk slot (and the default route's word beside them), then a bitmap and
//! a run for each further 6 bits, then the cell. Most IPv4 routes end at 24 bits: five dependent loads
//! before the cell, the first two of which stay in the nearest cache. Most IPv6 routes end at 48 bits:
//! four records more.
//!
//! The forwarding view has a root of 2^18 (IPv4) or 2^24 (IPv6) words, of which the pages in use are
//! there. Below it IPv4 has records of 8 bytes and one, two or four for each run: two dependent loads
//! and the byte in the same line. IPv6 has cache lines of up to 13 ranges, up to 17 of them behind a
//! line of keys, and before those a word for each further 6 bits where a /24 holds more than 221 ranges:
//! of the routes of 2026-05-11, 37 % need none of the latter, 21 % one, 22 % two and 21 % three. Runs
//! and ranges of equal next hops are merged. Beside all that the view takes 4 bytes a route, which are
//! read where a leaf is escaped. With one byte an answer, that table takes 2.9 (IPv4) and 13.4 (IPv6)
//! bytes a prefix that a lookup can touch, against 6.6 and 12.7 of the tree of entries, and 8 more for
//! cells.
//!
//! # Cost of an update
//!
//! `cargo bench --package rtalloc-benches --bench updates` prints yours, and the table of figures
//! (`cargo run --release --package rtalloc-benches --bin figures`) compares them. An update is mostly misses of
//! the cache: the leaf of the ordered map, the old entry, its cell, the record. So the figures below
//! are ratios of two versions whose programs ran in turn, on a machine with two cores and many
//! neighbours, and instructions, which do not depend on them. *Remarks* are of runs minutes apart.
//!
//! # Where this stands
//!
//! Medians of two runs on two cores of a Zen 3, all of a table of 2026-05-11 (`paper/results`, in each folder
//! `figures.txt`), against DPDK 22.11 without AVX-512, which that processor has not: one in a quiet hour
//! (`2026-11-22-f95fa5a02`), and one while other machines of the host had most of the caches
//! (`2026-11-22-c60c398`). Small structures gain by busy neighbours, and all absolute numbers lose. An
//! older quiet run (`2026-11-22-4ca8bd7`), before the last entries of the log below, lies beside them. Each cell has the quiet run first.
//!
//! | | IPv4 | IPv6 |
//! |---|---|---|
//! | next hops, bursts of 64, times `rte_fib` or `rte_fib6` in bulk | uniform 1.9 and 2.1, routed 1.35 and 1.49, zipf 1.20 and 1.33 | routed 2.6 and 3.3, zipf 2.0 and 2.7 |
//! | the same, times PlanB's layout | | 1.02 and 1.1 routed, 1.04 and 1.2 zipf |
//! | the same, times the fastest Rust crate | 17 to 30, and 18 to 52 | 10 to 11, and 17 to 22 |
//! | memory of the view, times DIR24-8's | 0.09 | |
//! | next hop, one at a time, times `rte_fib` | 2.9, 2.2, 1.5, and 3.1, 3.0, 2.3 | |
//! | the same, times Poptrie's layout | 0.66, 1.3, 1.2, and 0.70, 1.2, 1.9 | |
//! | entry numbers, bursts of 64, times DIR24-8's layout | 0.95, 0.74, 0.65, and 1.0, 0.39, 0.54 | |
//! | entries read, times entry numbers | 0.38, 0.26, 0.33, and 0.40, 0.35, 0.41 | 0.55, 0.59, and 0.50, 0.61 |
//! | replay of the day, million a second, entries | 3.6 and 2.4 | 3.4 and 2.5 |
//! | the same, both views | 1.3 and 0.8 | 0.8 and 0.5 |
//! | each update changes the tree, million a second, entries | 1.05 and 0.58 | 0.84 and 0.68 |
//! | the same, both views | 0.63 and 0.36 | 0.46 and 0.29 |
//! | 99.9th percentile of a replayed update, microseconds, entries | 2.3 and 4.3 | 2.2 and 4.2 |
//! | sorted batches of changes, neighbours, million a second | 4.9 and 3.8 | 2.7 and 2.5 |
//! | default route in or out, microseconds | 2 | 1 |
//! | a /12 in or out, milliseconds | 0.03 | 9 and 10 |
//! | a reader of next hops beside 100,000 updates a second, of its rate | 1.0 and 1.1 | |
//! | beside a writer at most speed, of that beside as many bytes written | 0.94 and 0.94 | |
//! | bulk load, milliseconds: entries, both views | 115, 159, and 167, 230 | 48, 66, and 72, 103 |
//! | a guard, nanoseconds | 1.7 and 1.8 | |
//!
//! # What limits what is not reached
//!
//! `scripts/count-misses` counts, under callgrind, the instructions of a lookup in a burst of 64, and the
//! lines that it touches and does not find in models of a first cache of 32 KiB, a second of 512 KiB and
//! a third of 32 MiB. The same table of 2026-05-11 (`misses.csv`, beside the busy run):
//!
//! | | instructions | 32 KiB | 512 KiB | 32 MiB |
//! |---|---|---|---|---|
//! | IPv4 routed, next hops | 29 | 2.0 | 1.2 | 0.00 |
//! | the same, DIR24-8's layout | 25 | 1.1 | 0.95 | 0.07 |
//! | the same, Poptrie's layout, one by one | 28 | 3.2 | 2.5 | 0.01 |
//! | entry numbers | 60 | 2.5 | 1.8 | 0.01 |
//! | entries read | 88 | 4.7 | 4.1 | 0.84 |
//! | IPv4 uniform, next hops, one by one | 29 | 1.3 | 0.95 | 0.01 |
//! | the same, Poptrie's layout, one by one | 18 | 1.6 | 1.3 | 0.03 |
//! | IPv6 routed, next hops | 139 | 3.3 | 1.7 | 0.00 |
//! | the same, PlanB's layout | 144 | 4.2 | 2.5 | 0.00 |
//! | entry numbers | 221 | 4.5 | 2.1 | 0.00 |
//! | entries read | 248 | 7.5 | 4.5 | 0.35 |
//!
//! * **Against DIR24-8** the view has a few instructions more, and misses 512 KiB a little more often; but
//!   all of it stays in 4 MiB of a cache, where DIR24-8 needs 32. So it wins by as much as neighbours, or
//!   the forwarder itself, have of the last cache. Where nobody else has any of it, in a loop over half a
//!   million routed addresses, DPDK's is ahead: 400 million lookups a second against 250
//!   ([`benchmarks`](super::benchmarks), "What the recorded run shows"). Ours takes the same 4 ns for
//!   uniform, routed and popular addresses, so it does not wait for memory but for its own
//!   instructions, of which there would have to be fewer.
//! * **Entry numbers** want twice the instructions and twice the misses of DIR24-8: the tree keeps a word
//!   of four bytes a run, so that one store changes one answer. What would be needed is a second
//!   narrow structure, for entries as the view is for next hops, which would cost memory and each update
//!   its time.
//! * **Entries read** miss 0.84 lines of 32 MiB and two more of 512 KiB than the number does: a cell of
//!   8 MB and a line of 67 MB. Huge pages gave 1.17 times. What would be needed is entries at the
//!   place that the number names, without a cell, and smaller ones.
//! * **One by one against Poptrie, uniform**: most such addresses end in Poptrie's direct table, whose
//!   entries are answers; here a lookup also compares the default word and asks whether the leaf is
//!   escaped, eleven instructions more.
//! * **Memory of both views**: what the entry view adds is 6.6 bytes of nodes and 8 of cells. Cells let
//!   contents change without the tree.
//! * **Updates of both views** write two structures, each with its own stores, and retire blocks of each.
//!   DPDK's have no grace period in the version at hand.
//! * **A /12 in IPv6** stores a word for every hole between the routes below it, one store each.
//!
//! # Log
//!
//! * **Entries in segments, compact.** 104 bytes and an allocation each became 64 bytes and none:
//!   IPv4 from 135 to 95 bytes a route, IPv6 from 155 to 115. The destination and the gateway lost
//!   their tags and paddings, the pointer to the queue went to the segment's header, the queue's link
//!   into the place of the gateway, and metrics behind a pointer. A count of 32 bits a segment, which only entries that outlive their table touch, replaced one of the whole table that
//!   each entry added to and subtracted from.
//! * **Bulk load on all cores**: entries, cells and the leaves of the map are made without the mutex,
//!   in parallel, where only the tree was. Remark: 1.04 million IPv4 routes in 190 ms instead of 610, two
//!   cores shared with others; with both cores taken by others there was no difference. What is left on one core: collecting and comparing the input, laying out the tree, publishing.
//! * **One search of the map an update**, of which the change and the cover make use, instead of three.
//!   Searches were 60 % of the 5,700 instructions of an update that changes the tree; with this and
//!   the next change an update took 3,600. In time that was a fifth at best, and nothing where
//!   neighbours had the cache. In sorted batches the search begins at the last change's leaf.
//! * **A window of constant size in a search** lets the compiler use vector instructions; with the
//!   bound known only at run time it used none.
//! * **Covers by lengths**: a search for the longest cover went to ever shorter queries, each with a
//!   search in the leaf, 15 to 25 times where nothing covers a prefix, and was 29 % of a sorted batch.
//!   Now it looks at the leaf's lengths, 16 at a time, for one that is short enough.
//! * **In a batch's own records, stores in place** where one run changes, without unfolding the
//!   record: half of the instructions of a sorted batch were for unfolding. With what is above, sorted
//!   batches of changed contents run at 2.8 times the rate (remark: 4 million changes a second), those
//!   that withdraw and announce every fifth route at 2.0 times (2.1 million).
//! * **A few ripe items an update**: an update that began a grace period used to deal with all that
//!   was free, 32 to 256 entries, each of them a miss. Now each update deals with 8, or twice what it
//!   retired, and the hazard slots are scanned once a grace period for all of them. The 99.9th
//!   percentile of replaying the real day beside a reader fell to a seventh (remark: from 41 to 6.5
//!   microseconds). Without a reader the noise hid the difference (remark: from 5.9 to 3.8).
//! * **A new number's cell is stored relaxed**, and a recycled number's cleared so: the store of the
//!   leaf publishes it. One exchange on a cold line less.
//! * **The default route as a word of the directory** instead of a leaf wherever nothing longer covers.
//!   Adding, changing or removing it copies 2 KiB. Remark: over the synthetic table 1.8 (IPv4) and 1.2
//!   (IPv6) microseconds in the middle and 2.0 and 1.4 at the 99th percentile, where it was 45
//!   milliseconds. A lookup pays one load more, which waits for the root word alone, and one
//!   selection. Updates pay while readers may still be in the directory that was replaced: with a
//!   change of the default at every sixteenth update of random routes, updates ran at two thirds of
//!   their rate.
//! * Not taken: **each update in such a time as a batch**, with a private directory. It would copy
//!   2 KiB for each update, where now a chunk is copied once and records as they change.
//! * **Notes hashed by a multiplication** instead of the standard library's keyed hash.
//! * Not tried: **contents changed in place in a batch**. A batch would need a second indirection (a
//!   cell that says *new if the batch is published, else old*), which every lookup would have to look
//!   at.
//! * Not taken: **link in the entry's count** instead of in the gateway's place: an address made of an
//!   integer has no provenance.
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
//!   lists, made bursts of 64 1.2 to 1.6 times as fast: with their misses overlapped, walks are bound
//!   by instructions.
//! * Not taken in the tree of entries: **groups of 64, step after step**, written so that no choice is a
//!   branch. In the forwarding view it is the faster way; here two groups of 16 in turn were as fast or
//!   up to a fifth faster, in bursts of 16 most of all.
//! * **Huge pages** are asked for once an array has 256 KiB. In a virtual machine whose host's
//!   caches are busy, rates of single lookups did not change beyond the noise.
//! * **Processor time, not the clock**, is what candidates are compared by: on a machine shared with
//!   others the quartiles of a ratio went from 20 % apart to 3 %.
//! * **The forwarding view as a cache** that escapes, rather than as a second lane in each record.
//!   With two lanes, one store would not change both; copying each record that changes would, but
//!   turns the cheapest updates, which store one word, into copies. A number of a next hop beside each
//!   cell was considered as well: it costs a dependent load in 2 to 4 MB more for each lookup.
//! * **A shape of its own for the view.** At first it was a tree of the same nodes as that of entries,
//!   with narrow leaves. But a cache that escapes need not change by one store, so nothing bound it to
//!   a directory of chunks, nor to bitmaps. With a root of 18 bits, immutable records, no lists and no
//!   copies of answers, IPv4 bursts of 64 went from 1.04, 0.75 and 0.57 times the rate of the own
//!   static DIR24-8 (uniform, routed, zipf) to 2.2, 1.4 and 1.15. With lines of ranges below a root of 24
//!   bits, IPv6 bursts went from half the rate of PlanB's layout to 1.0, at 12.6 bytes a prefix instead
//!   of 9.3.
//! * **Choices that are no branches**, by `select_unpredictable`: the compiler had made branches of what
//!   was written as selections, which mispredicted once or twice a lookup. IPv6 bursts went from 0.67 to
//!   0.9 times the rate of PlanB's layout.
//! * **Lists for IPv6 walks through direct nodes** from the second one on, which less than half of the
//!   walks take: from 0.9 to 1.0.
//! * Not taken: **one group begun before the one before it ends**, in the view: IPv6 bursts of 64 lost
//!   up to a tenth, IPv4 ones gained nothing.
//! * **A lookup one at a time is kept small**, so that it is inlined and several are under way at once:
//!   what is rare is in functions of its own. As one function with all of it, not inlined, it ran at 0.65
//!   times the rate.
//! * Not taken: **no branch in a lookup one at a time**. Walks that end at the root would not be
//!   mispredicted, but all others would wait for more loads: slower on every stream.
//! * **The default word is compared**, with a version, rather than kept escaped for a grace period: on a
//!   table at rest nobody would have ended that.
//! * **From one array to another.** The choice between a leaf and the default route's number was written
//!   back to where the leaf was, and the compiler made a store with a mask of it (`vpmaskmovd`), which
//!   takes a Zen 3 a dozen cycles for eight words. With the answers written to an array of their own,
//!   IPv4 bursts of 64 run at 1.12 to 1.2 times the rate; IPv6 bursts gain a fiftieth.
//! * **Huge pages before a load** rather than once 256 KiB are filled: what is in small pages by then
//!   stays there until the system finds time. Bursts that read entries gain a twenty-fifth, IPv6 bursts of
//!   next hops as much.
//! * Not taken: **the addresses of root and nodes in registers** over a burst, which a compiler may not
//!   keep there by itself since each load orders the next: it made no difference.
//! * **Lines are copied and one of them changed** after an update of one prefix. Before, an IPv6 update
//!   collected up to 221 ranges from the tree below a whole /24, which is a miss of the cache for most of
//!   its records. With that, updates of both views in IPv6 run at 1.4 times the rate. Lines have room for
//!   two ranges more than they are built with, at 0.8 bytes a prefix.
//! * Not taken: **segments of entries in huge pages**. Reading 64 bytes a lookup out of 67 MB costs more
//!   than the lookup: bursts that read the entry run at 0.3 (IPv4) and 0.6 (IPv6) times the rate of
//!   numbers alone. Each is a miss of the last cache and of the address translation. Segments of 2 MiB
//!   that asked for huge pages made it 1.17 times as fast (medians of three runs in turn, all streams); but
//!   a segment is freed only when it is empty, so they would hold back eight times as much.
