//! What each ordering edge and each step is good for, shown by taking it away.
//!
//! Written by `scripts/loom-mutants --write`, which also makes `paper/results/mutants.csv`.
//! Each line is one ordering weakened, one fence removed or one step changed in the source, and
//! the models of `loom-tests` that fail with it. Models of more than
//! 3000 executions are run only where no smaller one fails. Steps are run under shuttle as
//! well, whose models are the last column.
//!
//! 35 mutants: 30 killed, 5 survive with the
//! reason given. Shuttle kills 10 of the 13 steps it is run with.
//!
//! # G1
//!
//! | mutant | killed by |
//! |---|---|
//! | `G1-enter-without-fence` | `guard_vs_reclaim`, `offline_reader`, `reader_end_and_successor`, `registration_vs_reclaim`, `two_sections`, `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `block_is_recycled`, `contents_change`, `more_specific_reclaim_contents`, `more_specific_then_contents`, `number_is_recycled` |
//! | `G1-enter-weaker-fence` | `guard_vs_reclaim`, `offline_reader`, `reader_end_and_successor`, `registration_vs_reclaim`, `two_sections`, `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `block_is_recycled`, `contents_change`, `more_specific_reclaim_contents`, `more_specific_then_contents`, `number_is_recycled` |
//! | `G1-scan-without-fence` | `guard_vs_reclaim`, `offline_reader`, `reader_end_and_successor`, `registration_vs_reclaim`, `two_sections`, `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `block_is_recycled`, `contents_change`, `more_specific_reclaim_contents`, `more_specific_then_contents`, `number_is_recycled` |
//! | `G1-scan-weaker-fence` | `guard_vs_reclaim`, `offline_reader`, `reader_end_and_successor`, `registration_vs_reclaim`, `two_sections`, `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `block_is_recycled`, `contents_change`, `more_specific_reclaim_contents`, `more_specific_then_contents`, `number_is_recycled` |
//!
//! # G2
//!
//! | mutant | killed by |
//! |---|---|
//! | `G2-enter-store-relaxed` | `offline_reader`, `two_sections` |
//! | `G2-quiescent-store-relaxed` | `slot_across_quiescent_point` |
//! | `G2-leave-store-relaxed` | `guard_vs_reclaim`, `offline_reader`, `reader_end_and_successor`, `registration_vs_reclaim`, `two_sections`, `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `block_is_recycled`, `contents_change`, `number_is_recycled` |
//! | `G2-scan-load-relaxed` | `guard_vs_reclaim`, `offline_reader`, `reader_end_and_successor`, `registration_vs_reclaim`, `two_sections`, `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `block_is_recycled`, `contents_change`, `number_is_recycled` |
//!
//! # G3
//!
//! | mutant | killed by |
//! |---|---|
//! | `G3-quiescent-load-relaxed` | `quiescent_reader`, `two_readers`, `two_writers` |
//! | `G3-token-not-release` | `quiescent_reader`, `two_readers`, `two_writers` |
//! | `G3-token-not-acquire` | none. Equivalent: a later token is a read-modify-write, which continues the release sequence of each earlier one; whoever acquires it acquires those too. |
//!
//! # Steps
//!
//! | mutant | killed by | under shuttle by |
//! |---|---|---|
//! | `step-free-at-once` | `guard_vs_reclaim`, `offline_reader`, `reader_end_and_successor`, `registration_vs_reclaim`, `two_sections`, `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `block_is_recycled`, `contents_change`, `more_specific_reclaim_contents`, `more_specific_then_contents`, `number_is_recycled` | `tables_follow_each_other`, `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-token-of-last-period` | `guard_vs_reclaim`, `offline_reader`, `reader_end_and_successor`, `registration_vs_reclaim`, `two_sections`, `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `block_is_recycled`, `contents_change`, `more_specific_reclaim_contents`, `more_specific_then_contents`, `number_is_recycled` | `tables_follow_each_other`, `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-fence-before-announcement` | `guard_vs_reclaim`, `offline_reader`, `reader_end_and_successor`, `registration_vs_reclaim`, `two_sections`, `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `block_is_recycled`, `contents_change`, `more_specific_reclaim_contents`, `more_specific_then_contents`, `number_is_recycled` |  |
//! | `step-quiescent-without-announcement` | `quiescent_reader` |  |
//! | `step-scan-before-token` | none. Equivalent: the unlink comes before the scan's fence in either order, and what a reader announced before the token was taken is below it, so it holds the item back as before. |  |
//! | `step-slots-not-paid` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table` | `tables_follow_each_other`, `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-slot-cleared-uncounted` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table` | `tables_follow_each_other`, `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-counted-after-clearing` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table` | `tables_follow_each_other` |
//! | `step-slot-paid-whoever-has-it` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table` | `tables_follow_each_other`, `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-bank-of-ended-reader-not-scanned` | `last_owner_ends_the_table` | `tables_follow_each_other`, `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-unit-dropped-before-slots-are-paid` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table` | `tables_follow_each_other`, `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-clone-not-counted` | `clone_vs_settle`, `two_last_releases` | `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-closed-after-the-last-take` | `last_owner_ends_the_table` | `tables_follow_each_other`, `whole_table_without_room_to_wait` |
//!
//! # H1
//!
//! | mutant | killed by |
//! |---|---|
//! | `H1-claim-store-relaxed` | `sent_and_slot_reused` |
//! | `H1-scan-load-relaxed` | `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table` |
//!
//! # H2
//!
//! | mutant | killed by |
//! |---|---|
//! | `H2-claim-load-relaxed` | `reused_slot_vs_settle`, `sent_and_slot_reused` |
//! | `H2-release-relaxed` | `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table` |
//! | `H2-pay-failure-relaxed` | `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table` |
//! | `H2-pay-not-acquire` | none. Equivalent: what a successful payment reads is the claim, which the scan has acquired; the holder's later uses are acquired with its unit (edge R1). |
//!
//! # H3
//!
//! | mutant | killed by |
//! |---|---|
//! | `H3-pay-not-release` | none. Not shown by loom: it performs the two read-modify-writes of the count in the order in which it runs them, so the addition always comes first. The argument is in `entry`. |
//! | `H3-release-failure-relaxed` | none. Not shown by loom: it performs the two read-modify-writes of the count in the order in which it runs them, so the addition always comes first. The argument is in `entry`. |
//!
//! # R1
//!
//! | mutant | killed by |
//! |---|---|
//! | `R1-relaxed` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table`, `two_last_releases` |
//! | `R1-not-acquire` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table`, `two_last_releases` |
//! | `R1-not-release` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table`, `two_last_releases` |
