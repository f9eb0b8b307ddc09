//! How to read the benchmarks: what they ask, how they measure, what the figures show.
//!
//! ```text
//! scripts/reproduce --plan        # what would run, and how long; runs nothing
//! scripts/reproduce --quick       # each experiment on less, a quarter of an hour on two cores
//! scripts/reproduce --full        # what results are published from
//! scripts/reproduce --figure latency-tail-v4 --from DIR
//! ```
//!
//! The parameters of every experiment are in `benches/experiments.toml` and nowhere else. Rows lie in
//! `paper/results/<machine>/<date>-<commit>/`, a CSV for each experiment, beside `env.json`, which says
//! what machine that was, and the figures are drawn from those files alone (`paper/results/README.md`
//! has the columns). `--day DIR` measures on a real table and its day of updates, which
//! `scripts/data/fetch` brings; without it table and updates are synthetic, of the same sizes, and so
//! they always are at other sizes. Captions say which. Of what `--full` asks, `--quick` leaves out
//! uniform and zipf addresses and most of IPv6.
//!
//! # What is compared
//!
//! Everything goes through one adapter, which looks a whole burst up in one call, so that the inner
//! loop is compiled for each table. Every table's answers are compared with an oracle when it is
//! opened, and again after its updates, on a sample: the addresses around some thousand of its routes,
//! and afterwards around prefixes that updates touched. One that answers wrong or fails is not measured
//! further, and the captions of its figures name it. They also name who refused updates, which are not
//! counted as made, and who was left out at a size, because it would load for minutes or memory would
//! not suffice.
//!
//! | group | what is in it | to remember |
//! |---|---|---|
//! | rtalloc's ways | numbers of next hops, borrowed entries, a reference for each address, and the same table on the reclamation of crossbeam-epoch and seize | `rtalloc`, the numbers from the forwarding view, is in every panel as the reference |
//! | locks | maps of other crates under a read-write lock, `Arc`s cloned for each lookup, and BSD's way: a lock and a reference count in each entry | the lock is taken once a burst, by the BSD baseline once an address, with that of the entry; readers write the line that it is in |
//! | copies, snapshots, no lock | arc-swap and left-right around the same maps, ts_bart's snapshots, rotonda-store | an update may copy the whole table; rotonda-store never removes anything |
//! | static layouts | DIR24-8, Poptrie and PlanB as their papers have them, iptrie | they cannot be updated, so they have no line beside updates |
//! | DPDK | `rte_lpm`, `rte_fib`, `rte_fib6` | IPv4 and IPv6 have tables of their own; updates of the latter two have no grace period, which makes them cheaper and unsafe beside readers |
//!
//! An answer is whatever a table finds fastest that tells next hops apart. It is not the same
//! everywhere: a number of one byte, an interface, a copied record. What a user has to do next with it
//! is not measured. There are 250 next hops, invented ones on the real day too, whose lists name none:
//! few enough for numbers of one byte, which a table of more could not have.
//!
//! Two things favour some. Huge pages are asked for, with `madvise`, by this crate and by DPDK alone;
//! the others have them only if the system gives them to everyone, which `env.json` tells as
//! `huge_pages`. And all crates are compiled for the oldest processor of their architecture, while this
//! crate and DPDK choose wider vectors when they run; `scripts/reproduce --native` compiles all crates
//! for the processor at hand, and the captions say so.
//!
//! # What is measured how
//!
//! *Rounds.* Implementations take turns within a round, in an order that changes, so what happens to
//! the machine happens to all of them. A point is the median of the rounds, its bar reaches from the
//! first to the third quartile. Two lines whose bars overlap are not different.
//!
//! *State.* Windows without updates come first, on tables as they were opened. Those with updates
//! follow on the same tables, each on what the earlier ones left; a writer that is quicker has then
//! changed its table more. The day's updates begin anew where they end.
//!
//! *Disturbed samples.* If the threads of a sample waited for a core for more than 2 % of their time,
//! the sample is taken again a few times, and if that does not help marked as disturbed. A median is of
//! the others; where there are none it is of disturbed ones, and the point is hollow. Captions say how
//! many samples were disturbed, and `run.json` of how many in each experiment. The interference that no
//! counter shows remains: shared caches, memory, the host of a virtual machine.
//!
//! *Threads and cores.* Threads are bound to cores, readers to the first, the writer to the next, but not
//! in **growth**, **updates** and **build**, where one thread does all, or rayon's do. Where there are
//! more threads than cores, the writer counted, the figure is shaded or the caption says so: a number
//! there says how a table behaves if threads lose their core in the middle of something, and nothing
//! about scaling. Such samples are not judged; they are never disturbed.
//!
//! *Writers that fall behind.* A writer makes the updates that it is asked for if it can. Where it made
//! less than 95 % of them the point is half-filled: readers that starve their writer, as those of a lock
//! may, look up beside fewer updates than the title says, and are not to be compared with the others.
//!
//! *Marked figures.* A figure that has `quick` or `check` written over it is of a run that is too
//! short, on tables too small, to be published; one with `another plan`, of other parameters than
//! those of the repository.
//!
//! # The experiments and their figures
//!
//! Names of figures end in the family, v4 or v6. Axes of rates and times are logarithmic.
//!
//! **throughput**: how many lookups a second are there? Readers look up for a fixed time beside a
//! writer that replays updates at a given rate. `throughput-readers` has the sum of all readers
//! against their number, a row of panels for each rate of updates: a straight rising line is
//! scaling, a flat one is a shared cache line or a lock. `throughput-achieved` has the updates that the
//! writer made meanwhile, and belongs to it. `throughput-updates` is one reader against
//! the rate of updates, `throughput-burst` against the addresses that are looked up together, and
//! `throughput-streams` against which addresses those are: `uniform` ones, ones `routed` by a random
//! prefix, ones as popular as `zipf` has it, a few `hot` ones. Most tables are fast on few addresses,
//! so of these only `uniform` and `routed` ask the memory. `throughput-ratios` has a dot for each other
//! table: how many times as fast this crate is, as the median of ratios within a round; left of the
//! line at 1 the other one leads. `ratios.csv` beside the rows has them for all parameters.
//!
//! **latency**: how long does a burst take? `latency-tail` has the percentiles of single bursts, with as
//! much room for each further nine, and the longest of all rounds at the right end. A percentile is not
//! drawn if fewer than ten bursts of a sample lie beyond it. Taking the time costs some
//! tens of nanoseconds, the same for everyone. The last points are mostly the system's: compare them
//! with those of the row without updates.
//!
//! **readers**: what do threads do to the allocator that only look up? `reader-allocations` counts
//! allocations and frees in a million lookups beside a writer. A free on a reader is a destructor
//! that runs in the forwarding plane.
//!
//! **garbage**: what waits to be freed if a reader stalls in its section, or keeps handles?
//! `garbage-over-time` is what the table itself says that waits; `garbage-live` and
//! `garbage-resident` are the growth of the allocator's and of the process's memory, for those too
//! that cannot say, with everything else that grows. `garbage-updates` belongs to them: a writer that
//! waits for the stalled reader leaves no garbage, but it makes no updates either.
//!
//! **updates**: how many updates a second can be published, without readers? `updates-rate` has a
//! marker for each kind: the day, random routes withdrawn and announced, a peer that flaps in two
//! batches, and a table brought up from nothing, one by one and in batches. Who is slow makes fewer
//! in the time given; for a bring-up those are of a smaller table. `reclaim-time` is the time from a
//! route's removal until the destructor of its data runs, with a reader beside, on this crate's
//! backends. When its memory is used again is not seen. What still waits at the end counts with the
//! time that it has waited.
//!
//! **handles**: what does it cost to take a route and give it back if every thread does that to the
//! same one? `handles-by-threads` has the tiers of this crate and of its BSD interface, beside an `Arc`
//! and what the manuals describe; `handles-take` asks each table that has handles, through the
//! adapter, which allocates a box for each. A line that rises with the threads is a count that they
//! share.
//!
//! **memory**: `memory-by-part` has bytes a prefix. A bar in colours is what a table says of its parts, a
//! grey one what the allocator gave it; the black line and the diamond are what the allocator and
//! the system saw of either. This crate's nodes and entries lie in mappings that the allocator does
//! not see.
//!
//! **build**: `build-time` is the time to open a table on sorted routes, by their number, with one
//! thread, since most can use no more; a thin line is this crate's with all cores. `build-threads` is
//! that of this crate by the threads that build it.
//!
//! **growth**: `lookup-growth` is the thread's own time of a lookup by the size of the table, in bursts
//! of 32. Where a line bends upwards, a level of the cache ends.
//!
//! **replay**: `replay` is the whole day as fast as possible with a reader beside: updates a second, and
//! how long single ones took until readers saw them; `longest` is that of all rounds.
//!
//! **figures**: the program `figures` measures this crate against targets of its own, as ratios
//! within a round. `figures-table` has a dot for each: how many times better than its target, right of
//! the line at 1 if it is reached.
//!
//! # What the recorded run shows
//!
//! `paper/results/amd-epyc-2-cores/2026-11-22-cf5b70a1f`: a full run on the real day, on two cores of a
//! Zen 3 whose neighbours were quiet, so that one thread had up to 32 MB of the last cache. Of 4500
//! samples 20 were disturbed. Medians; times are of that machine in that hour. Its figures are in
//! `plots`, the ratios in `ratios.csv`. With two cores it says nothing of scaling beyond two threads, and
//! no machine with more was to be had.
//!
//! *Lookups* (`throughput-ratios`), routed addresses in bursts of 32, one thread, without updates: how
//! many times as fast the numbers of next hops are.
//!
//! | against | IPv4 | IPv6 |
//! |---|---|---|
//! | DPDK's `rte_fib`, `rte_fib6`, scalar | 0.63 | 1.7 |
//! | DPDK's `rte_lpm` | 0.73 | |
//! | own DIR24-8, Poptrie's layout, PlanB's layout | 1.4, 1.8 | 0.90 |
//! | maps under a lock, arc-swap or left-right | 21 to 36 | 9.5 to 14 |
//! | ts_bart, iptrie, the crate poptrie | 36, 32, 39 | 36, 11, 7.8 |
//! | an `Arc` cloned for each lookup, BSD's locks and counts | 84, 96 | 31, 28 |
//! | rotonda-store | 550 | 1100 |
//! | entries of this crate, with the next hop read | 8.4 | 3.0 |
//!
//! *Where others lead.* **DPDK's `rte_fib`** is faster than this crate in bursts of routed (0.63), popular
//! (0.58) and hot (0.37) IPv4 addresses as long as nothing else wants the last cache, in which its 32 MiB
//! then lie; on uniform ones this crate is 1.7 times as fast. The program `figures`, where tables take turns
//! for each pass over a million addresses, so that every pass finds the caches full of other tables,
//! has 1.1 to 1.5 for the routed ones. Which of the two a forwarder is like depends on what it does
//! between bursts. DIR24-8 one address at a time is twice as fast as this crate. **PlanB's layout**, which
//! cannot be updated, is 1.1 times as fast in bursts of IPv6. **Maps under a lock** make 5 to 9 million
//! updates a second without readers, where this crate makes 0.6 to 1.3 with the forwarding view and 0.8
//! to 3.4 without; they build a table of a million 2.4 times as fast as this crate without the view, and
//! take 11 to 12 bytes a prefix, where this crate takes 81 without the view, of which 64 are the entry.
//! `rte_fib`'s updates, which have no grace period, are as fast as this crate's without the view and
//! 1.6 to 2.5 times as fast as with it. **`Arc`** takes 4 ns to clone and drop where one thread alone does
//! so, and a hazard slot 6 ns.
//!
//! *Beside updates* a reader of this crate keeps its rate, at 100,000 a second and at the million that its
//! writer makes unthrottled. Maps under parking_lot's lock keep a twentieth of theirs or less beside an
//! unthrottled writer; the standard library's lock lets the writer make 60,000 to 80,000, and no more if
//! it may. Snapshots by arc-swap and ts_bart make 4 to 60 updates a second of the 100,000.
//!
//! *Tails* (`latency-tail`): a burst of 32 takes 150 ns at the median and 1.8 us at 99.99 %, with 100,000
//! updates a second beside it as without; `rte_fib` 120 ns and 1.7 us; locks, arc-swap and left-right
//! 2.5 to 3.8 us and 44 to 63 us beside updates. Entries 1.0 and 30 us.
//!
//! *References* (`handles-by-threads`): with two threads on one route a hazard slot takes 6.0 ns as with
//! one, an `Arc` 77 ns, and locks and a count as in BSD 224 ns.
//!
//! *Readers and the allocator* (`reader-allocations`): this crate's own domain frees nothing on readers; the
//! same table on crossbeam-epoch 270 times in a million lookups beside 100,000 updates a second, on
//! seize 320 times, ts_bart's snapshots 480,000 times. The remainders below 10 are what the harness
//! does between passes.
//!
//! *Garbage* (`garbage-over-time`): a reader that stalls for 0.7 s beside 100,000 updates a second holds back
//! 9 MB, which are freed in milliseconds after it goes on. Arc-swap holds a whole table or two, up to 19 MB
//! of prefix-trie and 300 MB of treebitmap, while it makes far fewer updates.
//!
//! *Growth* (`lookup-growth`): 2.8 ns a lookup in a thousand routes, 4.6 in a million, 7.1 in four million;
//! `rte_fib` 1.2, 3.6 and 6.6; prefix-trie 37, 87 and 175.
//!
//! # Instructions
//!
//! `scripts/ci/instructions` counts the instructions of single operations under callgrind and compares
//! them with `benches/instructions/counts.json`, to 3 %. Counts do not depend on neighbours, so this
//! is what notices a regression in CI. They do depend on the compiler and on the vectors that the
//! processor has; under others nothing is compared, and the script says so. Misses of the cache, of which
//! lookups of a big table mostly consist, are not counted.
