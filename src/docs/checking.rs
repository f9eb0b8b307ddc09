//! Which tool checks what, and what none of them checks.
//!
//! [`internals`](super::internals) goes by claim; this page goes by tool. Times are of two cores with
//! everything built, the sanitizers' and Miri's with the build.
//!
//! | tool, script | what runs | what it finds | what it cannot see | time |
//! |---|---|---|---|---|
//! | golden model (`cargo test`, `rtalloc check`) | sequences of operations on one thread, whole real tables | a wrong answer, a block lost or used twice, a failed update that changed something | anything concurrent | 1 min |
//! | loom (`scripts/loom`) | the real code of domain, entries, tree, forwarding view and table in small models, two or three threads each | every schedule and every stale value that acquire and release allow, without a bound or up to at least three preemptions: use after free, double free, leak, torn or stale answers | below | 40 s |
//! | loom on crossbeam (`scripts/loom`) | the table on crossbeam-epoch, whose atomics are loom's too, in small models | the same for that backend; it found that crossbeam's repin needs a fence (`reclaim::epoch`, `loom-tests/crossbeam/tests/repin.rs`) | below; crossbeam's compiler fences count as fences | 80 s |
//! | mutants (`scripts/loom-mutants`) | the models, on a source with one ordering weakened, one fence removed or one step changed | a model that cannot fail; an ordering that nothing needs ([`mutants`](super::mutants)) | changes nobody thought of | 30 min |
//! | `scripts/loom-mutants --check` | nothing: it reads the source | an ordering or a fence in the source that no mutant changes, or that was edited and no longer is what a mutant expects | | 1 s |
//! | shuttle (`scripts/ci/shuttle`) | whole tables, up to nine threads, two families, batches, snapshots, references that wander, tables that end anywhere; 20,000 schedules a model by each of two schedulers | steps in the wrong order, lost or early frees, histories that are not linearizable | every access is sequentially consistent: no ordering, no fence; schedules are drawn, not enumerated | 40 s |
//! | ThreadSanitizer (`scripts/ci/tsan`) | the stress tests on real threads, std included | a plain access that races with another | fences; reorderings that x86 does not do; schedules that did not happen | 2 min |
//! | AddressSanitizer (`scripts/ci/asan`) | the same | use of a freed entry, overflow, double free, leak | recycled tree nodes, which are valid memory; orderings | 1.5 min |
//! | Miri (`scripts/ci/miri`) | the stress tests, tiny, and the core's unit tests | undefined behaviour, races, leaks, weak outcomes that x86 never shows | all but a few schedules | 12 min |
//! | step counter (`wait_freedom::bound`) | every reader operation | an operation over its [bound](super::wait_freedom) | loops without atomics | 5 s |
//! | freezing (`wait_freedom::frozen_*`) | a writer stopped at each step while readers run, and the reverse | a wait, a wrong or repeated answer in between | other orders of memory than the sequential one | 5 s |
//! | watched allocator (`reader_allocations`) | readers under churn | an allocation, a free or a destructor on a reader | | 5 s |
//! | machine code (`scripts/check-burst`) | the compiled lookups, by themselves, in bursts and in the forwarding view | a call, a lock, a loop beyond the descent | other processors, other compilers | 10 s |
//! | bare metal (`scripts/ci/bare-metal`) | the core without `std`: its unit tests, and a program against a list where there is no operating system | a use of `std`, a wrong answer with arrays from the heap and a lock that spins | threads, but for those of the unit tests; AArch64 is compiled and linked alone | 1 min |
//! | linearizability checker (`stress::recorded`, `rtalloc replay`) | recorded histories of real threads, batches and a real day of updates included | a history that no order of events explains | schedules that did not happen; its clock orders the threads more than a user's would | 1 min |
//! | fuzzing (`scripts/fuzz`) | every decoder, the packet path, and sequences of operations beside the golden model, under AddressSanitizer with debug assertions | inputs that nobody thought of: panics, overflows, endless loops, use after free, answers that differ | anything concurrent | as long as it is let; in CI 20,000 inputs a target, or 6 s |
//! | programs in C (`scripts/ci/c`) | the C interface, shared and static, with threads, under AddressSanitizer and valgrind | leaks and errors at the boundary, a header that is not of its source | what the two do not see in the library, which is not instrumented for the first | 2 min |
//!
//! # What loom does not see
//!
//! `loom-tests/tests/litmus.rs` holds each of these as a test, so that another version of loom that
//! behaves otherwise is noticed.
//!
//! * *Sequentially consistent accesses* are acquire and release to it. So the models do not show the one
//!   order of updates of both families that `tree` argues.
//! * *Load buffering*: a load never returns what is stored later.
//! * *Read-modify-writes* happen in the order in which they are run. Edge H3 rests on an argument.
//! * A thread that loads a word before it stores it hides its store from others' searches. No step
//!   of a protocol does; the writer keeps copies of its own words.
//! * More than five threads, large tables and real strides: those are shuttle's and the stress tests'.
//! * Of the forwarding view: lines and narrow numbers, which are bytes of words, and so the bursts of
//!   IPv6. Its unit tests and the tests of wait-freedom have them, one step at a time.
//!
//! # What nothing here checks
//!
//! * Other processors than x86-64 by running on them. What they may do is covered by loom and Miri as
//!   far as the language's memory model describes it.
//! * The one order of all updates (edges P1 and P2 beyond acquire and release), and edge H3.
//! * The mutants that survive are [listed](super::mutants) with reasons. Whoever edits those orderings
//!   sees `scripts/loom-mutants --check` fail, which compares text and proves nothing.
//! * Time: patience and the age of stalled readers.
//! * The standard library's `Arc` and `Mutex`, the compiler, the system's mappings.
//!
//! # The executions of a model
//!
//! `loom-tests/executions.txt` has how many executions each model had when it was committed; fewer
//! fail the run, and so does a fact that a model names and no execution reaches, such as a free
//! beside a running reader. After a change of the source or of loom, look at why numbers moved and run
//! `scripts/loom --bless`.
