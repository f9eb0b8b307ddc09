//! What each ordering edge and each step is good for, shown by taking it away.
//!
//! Written by `scripts/loom-mutants --write`, like `paper/results/mutants.csv`, which has the
//! same for programs. Each line is one ordering weakened, one fence taken away or one step
//! changed in the source, and the models of `loom-tests` that fail with it. loom's models of
//! more than 3000 executions are run only where no smaller one fails. Steps are run under
//! shuttle as well.
//!
//! Of 186 mutants 145 are killed; 41 survive, for the
//! reasons given. Shuttle by itself kills 26 of the 56 steps that it is
//! run with.
//!
//! # B1
//!
//! | mutant | killed by |
//! |---|---|
//! | `B1-hop-store-relaxed` | `a_change_is_read_whole` |
//! | `B1-hop-load-relaxed` | `a_change_is_read_whole` |
//!
//! # B2
//!
//! | mutant | killed by |
//! |---|---|
//! | `B2-flags-load-relaxed` | `down_then_not_found`, `down_then_the_other` |
//! | `B2-flags-exchange-relaxed` | `down_then_the_other` |
//! | `B2-gone-load-relaxed` | none. Equivalent: routing asks with the lock of changes held, which orders it; and no promise is made to others who ask. |
//! | `B2-gone-store-relaxed` | none. Equivalent: the exchange that clears UP follows, on the same word, and releases. |
//!
//! # D1
//!
//! | mutant | killed by |
//! |---|---|
//! | `D1-take-relaxed` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table`, `push_vs_drain`, `two_last_releases` |
//! | `D1-push-relaxed` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table`, `push_vs_drain`, `two_last_releases` |
//! | `D1-push-not-release` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table`, `push_vs_drain`, `two_last_releases` |
//! | `D1-push-not-acquire` | none. Equivalent: each push is a read-modify-write of the head and continues the release sequence of those before, so the take acquires all of them. |
//! | `D1-link-store-relaxed` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table`, `push_vs_drain`, `two_last_releases` |
//! | `D1-link-load-relaxed` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `push_vs_drain`, `two_last_releases` |
//! | `D1-collect-load-relaxed` | `last_owner_ends_the_table` |
//! | `D1-collect-again-relaxed` | `last_owner_ends_the_table` |
//!
//! # D2
//!
//! | mutant | killed by |
//! |---|---|
//! | `D2-push-without-fence` | none. Equivalent: push and take both exchange the head. A push that the take misses reads what the take stored there, and the fence before the take releases `closed` to it. |
//! | `D2-push-weaker-fence` | none. Equivalent, as without the fence. |
//! | `D2-close-without-fence` | `last_owner_ends_the_table` |
//! | `D2-close-weaker-fence` | none. Equivalent for the same reason: of the fence before the take its release half is enough. |
//!
//! # F1
//!
//! | mutant | killed by |
//! |---|---|
//! | `F1-flags-load-relaxed` | `down_then_looked_up_again` |
//! | `F1-take-down-relaxed` | `down_then_looked_up_again` |
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
//! # L1
//!
//! | mutant | killed by |
//! |---|---|
//! | `L1-relaxed` | `last_owner_ends_the_table` |
//! | `L1-not-acquire` | `last_owner_ends_the_table` |
//! | `L1-not-release` | `last_owner_ends_the_table` |
//!
//! # L2
//!
//! | mutant | killed by |
//! |---|---|
//! | `L2-relaxed` | `last_owner_ends_the_table` |
//! | `L2-not-acquire` | `last_owner_ends_the_table` |
//! | `L2-not-release` | `last_owner_ends_the_table` |
//!
//! # P1
//!
//! | mutant | killed by |
//! |---|---|
//! | `P1-slot-store-relaxed` | `batch_within_record`, `block_is_recycled`, `chunk_is_copied`, `more_specific_reclaim_contents`, `more_specific_then_contents`, `nodes_appear`, `number_is_recycled`, `record_is_copied`, `route_into_run`, `store_into_directory`, `two_runs_change`, `two_runs_change_backwards` |
//! | `P1-root-store-relaxed` | `batch_over_directory`, `batch_over_nodes`, `default_route_comes`, `default_route_goes` |
//! | `P1-stores-release` | none. Not shown by loom, which gets these accesses as acquire and release anyway (`sync::weakened`). That one order of all updates, across the families, needs more is argued in `tree`. |
//! | `P1-root-load-relaxed` | `batch_over_directory`, `batch_over_nodes`, `default_route_comes`, `default_route_goes` |
//! | `P1-directory-load-relaxed` | `block_is_recycled`, `chunk_is_copied`, `more_specific_reclaim_contents`, `more_specific_then_contents`, `nodes_appear`, `number_is_recycled`, `store_into_directory` |
//! | `P1-chunk-load-relaxed` | `batch_within_record`, `record_is_copied`, `two_runs_change`, `two_runs_change_backwards` |
//! | `P1-record-load-relaxed` | `route_into_run` |
//! | `P1-loads-acquire` | none. Not shown by loom, which gets these accesses as acquire and release anyway (`sync::weakened`). That one order of all updates, across the families, needs more is argued in `tree`. |
//! | `P1-burst-root-load-relaxed` | `burst_where_the_default_comes` |
//! | `P1-burst-directory-load-relaxed` | `burst_where_nodes_appear` |
//! | `P1-burst-chunk-load-relaxed` | `burst_where_a_direct_node_comes`, `burst_where_a_record_is_copied` |
//! | `P1-burst-record-load-relaxed` | `burst_where_a_route_comes_into_a_run` |
//! | `P1-burst-shallow-load-relaxed` | none. Not run by loom, where not even the arena's first line is loaded for nothing. The same load of the walks in a list is `P1-burst-record-load-relaxed`. |
//! | `P1-burst-loads-acquire` | none. Not shown by loom, which gets these accesses as acquire and release anyway (`sync::weakened`). That one order of all updates, across the families, needs more is argued in `tree`. |
//!
//! # P2
//!
//! | mutant | killed by |
//! |---|---|
//! | `P2-store-relaxed` | `contents_change`, `down_then_looked_up_again`, `same_generation_same_answer` |
//! | `P2-load-relaxed` | `contents_change`, `down_then_looked_up_again`, `same_generation_same_answer` |
//! | `P2-store-release` | none. Not shown by loom, which gets these accesses as acquire and release anyway (`sync::weakened`). That one order of all updates, across the families, needs more is argued in `tree`. |
//! | `P2-load-acquire` | none. Not shown by loom, which gets these accesses as acquire and release anyway (`sync::weakened`). That one order of all updates, across the families, needs more is argued in `tree`. |
//! | `P2-burst-load-relaxed` | `burst_where_contents_change` |
//! | `P2-burst-load-acquire` | none. Not shown by loom, which gets these accesses as acquire and release anyway (`sync::weakened`). That one order of all updates, across the families, needs more is argued in `tree`. |
//!
//! # P3
//!
//! | mutant | killed by |
//! |---|---|
//! | `P3-root-store-relaxed` | `views_of_a_batch`, `views_of_a_direct_node`, `views_of_a_new_route`, `views_of_a_recycled_number`, `views_of_a_route_that_flaps`, `views_of_another_next_hop`, `burst_where_a_direct_node_comes`, `burst_where_a_record_is_copied`, `burst_where_contents_change`, `burst_where_nodes_appear` |
//! | `P3-root-load-relaxed` | `views_of_a_batch`, `views_of_a_direct_node`, `views_of_a_new_route`, `views_of_a_recycled_number`, `views_of_a_route_that_flaps`, `views_of_another_next_hop`, `burst_where_a_direct_node_comes`, `burst_where_a_record_is_copied`, `burst_where_contents_change`, `burst_where_nodes_appear` |
//! | `P3-direct-escape-relaxed` | none. Equivalent but for the one order of all updates: an escaped word leads nowhere, and the one store of the tree, which comes after it, releases it. |
//! | `P3-direct-store-relaxed` | `views_below_a_direct_node` |
//! | `P3-direct-load-relaxed` | `views_below_a_direct_node` |
//! | `P3-burst-first-load-relaxed` | none. Not run by loom: it is the way of a burst through direct nodes in IPv6, whose lines models do not have. The same loads by a lookup are `P3-direct-load-relaxed`. |
//! | `P3-burst-next-load-relaxed` | none. Not run by loom: it is the way of a burst through direct nodes in IPv6, whose lines models do not have. The same loads by a lookup are `P3-direct-load-relaxed`. |
//! | `P3-default-store-relaxed` | `views_of_a_default_that_comes`, `views_of_a_default_that_comes_back`, `views_of_a_default_that_goes` |
//! | `P3-default-load-relaxed` | `views_of_a_default_that_comes`, `views_of_a_default_that_comes_back`, `views_of_a_default_that_goes` |
//! | `P3-stores-release` | none. Not shown by loom, which gets these accesses as acquire and release anyway (`sync::weakened`). That one order of all updates, across the families, needs more is argued in `tree`. |
//! | `P3-loads-acquire` | none. Not shown by loom, which gets these accesses as acquire and release anyway (`sync::weakened`). That one order of all updates, across the families, needs more is argued in `tree`. |
//!
//! # P4
//!
//! | mutant | killed by |
//! |---|---|
//! | `P4-store-relaxed` | none. Not shown by loom, which does not track the next hop behind the cell. A reader learns of the number through P3, after the cell was set; only after a redirection is it P4 that makes the next hop complete. |
//! | `P4-load-relaxed` | none. Not shown by loom, which does not track the next hop behind the cell. A reader learns of the number through P3, after the cell was set; only after a redirection is it P4 that makes the next hop complete. |
//! | `P4-store-release` | none. Not shown by loom, which gets these accesses as acquire and release anyway (`sync::weakened`). That one order of all updates, across the families, needs more is argued in `tree`. |
//! | `P4-load-acquire` | none. Not shown by loom, which gets these accesses as acquire and release anyway (`sync::weakened`). That one order of all updates, across the families, needs more is argued in `tree`. |
//!
//! # Q1
//!
//! | mutant | killed by |
//! |---|---|
//! | `Q1-room-given-back-relaxed` | `overflow_and_on`, `overflow_of_two`, `two_senders_one_place`, `two_senders_two_places` |
//! | `Q1-room-taken-not-release` | none. Equivalent: an exchange continues the release sequence of what gave the room back, so whoever reserves next acquires that all the same. |
//! | `Q1-room-taken-not-acquire` | `overflow_and_on`, `overflow_of_two`, `two_senders_one_place`, `two_senders_two_places` |
//!
//! # Q10
//!
//! | mutant | killed by |
//! |---|---|
//! | `Q10-closed-store-relaxed` | none. Carried already by the fence in `wake`, with which every sending ends. |
//! | `Q10-closed-load-relaxed` | `a_waiting_receiver_is_woken` |
//!
//! # Q2
//!
//! | mutant | killed by |
//! |---|---|
//! | `Q2-ticket-not-release` | `two_senders_two_places` |
//! | `Q2-ticket-not-acquire` | `two_senders_two_places` |
//!
//! # Q3
//!
//! | mutant | killed by |
//! |---|---|
//! | `Q3-loss-not-release` | none. Carried already by the fence in `Seat::send`, which comes before the exchange. |
//! | `Q3-loss-not-acquire` | none. Equivalent: exchanges continue each other's release sequences. |
//! | `Q3-desync-not-release` | none. Equivalent: nobody acquires from the receiver's exchange. |
//! | `Q3-desync-not-acquire` | `overflow_and_on`, `overflow_of_two`, `two_senders_one_place`, `two_senders_two_places` |
//!
//! # Q4
//!
//! | mutant | killed by |
//! |---|---|
//! | `Q4-stamp-store-relaxed` | `a_seat_is_used_again` |
//! | `Q4-stamp-load-relaxed` | `a_seat_is_used_again` |
//!
//! # Q5
//!
//! | mutant | killed by |
//! |---|---|
//! | `Q5-listening-store-relaxed` | `a_seat_is_used_again` |
//! | `Q5-listening-load-relaxed` | `a_seat_is_used_again` |
//!
//! # Q6
//!
//! | mutant | killed by |
//! |---|---|
//! | `Q6-inside-store-relaxed` | none. Carried already by the fence in `wake`, which comes before it where something was sent; where nothing was, there is nothing to carry. |
//! | `Q6-inside-load-relaxed` | `a_seat_is_used_again` |
//! | `Q6-taken-load-relaxed` | none. Equivalent: the fence that follows acquires as well. |
//! | `Q6-taken-store-relaxed` | `a_seat_changes_threads` |
//! | `Q6-take-without-fence` | `a_seat_is_used_again` |
//! | `Q6-take-weaker-fence` | `a_seat_is_used_again` |
//! | `Q6-send-without-fence` | `a_seat_is_used_again` |
//! | `Q6-send-weaker-fence` | `a_seat_is_used_again` |
//!
//! # Q7
//!
//! | mutant | killed by |
//! |---|---|
//! | `Q7-waiting-store-relaxed` | `a_waiting_receiver_is_woken`, `two_senders_wake` |
//! | `Q7-wake-not-release` | none. Equivalent: what the sender did with the waker is handed on by `occupied`. |
//! | `Q7-wake-not-acquire` | `a_waiting_receiver_is_woken`, `two_senders_wake` |
//! | `Q7-unwait-not-release` | none. Equivalent: who finds `waiting` cleared takes nothing. |
//! | `Q7-unwait-not-acquire` | none. Equivalent: the waker that the receiver takes back is its own. |
//! | `Q7-wake-without-fence` | `a_waiting_receiver_is_woken`, `two_senders_wake` |
//! | `Q7-wake-weaker-fence` | `a_waiting_receiver_is_woken`, `two_senders_wake` |
//! | `Q7-wait-without-fence` | `a_waiting_receiver_is_woken`, `two_senders_wake` |
//! | `Q7-wait-weaker-fence` | `a_waiting_receiver_is_woken`, `two_senders_wake` |
//!
//! # Q8
//!
//! | mutant | killed by |
//! |---|---|
//! | `Q8-occupied-load-relaxed` | `a_waiting_receiver_is_woken`, `two_senders_wake` |
//! | `Q8-woken-store-relaxed` | `a_waiting_receiver_is_woken`, `two_senders_wake` |
//! | `Q8-unwaited-store-relaxed` | none. Equivalent: the next to wait is the same receiver, and whoever it was given to got it in order. |
//!
//! # Q9
//!
//! | mutant | killed by |
//! |---|---|
//! | `Q9-listeners-add-relaxed` | none. Carried already by the fences of Q9. |
//! | `Q9-listeners-load-relaxed` | none. Carried already by the fences of Q9. |
//! | `Q9-subscribe-without-fence` | `a_change_is_seen_or_sent` |
//! | `Q9-subscribe-weaker-fence` | `a_change_is_seen_or_sent` |
//! | `Q9-send-without-fence` | `a_change_is_seen_or_sent` |
//! | `Q9-send-weaker-fence` | `a_change_is_seen_or_sent` |
//!
//! # R1
//!
//! | mutant | killed by |
//! |---|---|
//! | `R1-relaxed` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table`, `two_last_releases` |
//! | `R1-not-acquire` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table`, `two_last_releases` |
//! | `R1-not-release` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table`, `two_last_releases` |
//!
//! # V1
//!
//! | mutant | killed by |
//! |---|---|
//! | `V1-generation-load-relaxed` | `same_generation_same_answer` |
//! | `V1-settle-up-store-relaxed` | `same_generation_same_answer` |
//! | `V1-unchanged-store-relaxed` | `generation_after_unchanged_batch` |
//!
//! # X1
//!
//! | mutant | killed by |
//! |---|---|
//! | `X1-repin-without-fence` | `crossbeam_repin_vs_reclaim` |
//! | `X1-repin-weaker-fence` | `crossbeam_repin_vs_reclaim` |
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
//! | `step-payment-not-taken-back` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table` | `tables_follow_each_other`, `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-claimed-without-a-look` | `reused_slot_vs_settle`, `sent_and_slot_reused` | `tables_follow_each_other`, `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-slot-cleared-whoever-has-it` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table` | `tables_follow_each_other`, `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-slot-paid-whoever-has-it` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table` | `tables_follow_each_other`, `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-bank-of-ended-reader-not-scanned` | `last_owner_ends_the_table` | `tables_follow_each_other`, `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-unit-dropped-before-slots-are-paid` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table` | `tables_follow_each_other`, `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-clone-not-counted` | `clone_vs_settle`, `two_last_releases` | `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-released-twice` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table` | `tables_follow_each_other`, `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-scan-before-grace-period` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard` |  |
//! | `step-push-does-not-look-at-closed` | `last_owner_ends_the_table` | `tables_follow_each_other`, `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-push-looks-at-closed-before` | `last_owner_ends_the_table` | `tables_follow_each_other` |
//! | `step-closed-after-the-last-take` | `last_owner_ends_the_table` | `tables_follow_each_other`, `whole_table_without_room_to_wait` |
//! | `step-push-does-not-keep-the-queue` | `last_owner_ends_the_table` |  |
//! | `step-link-not-marked-pending` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `last_owner_ends_the_table`, `push_vs_drain`, `two_last_releases` | `tables_follow_each_other` |
//! | `step-units-of-entries-given-up` | `clone_vs_settle`, `slot_across_quiescent_point`, `last_owner_ends_the_table`, `two_last_releases` | `tables_follow_each_other`, `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-view-not-escaped` | `views_of_a_batch`, `views_of_a_direct_node`, `views_of_a_new_route`, `views_of_a_route_that_flaps`, `views_of_another_next_hop`, `burst_where_a_direct_node_comes`, `burst_where_a_record_is_copied` |  |
//! | `step-view-not-escaped-by-batch` | `views_of_a_batch`, `views_of_a_direct_node`, `burst_where_a_direct_node_comes` |  |
//! | `step-view-escaped-after-a-batch` | `views_of_a_batch`, `views_of_a_direct_node` |  |
//! | `step-view-refilled-before-a-batch` | `views_of_a_batch`, `views_of_a_direct_node`, `burst_where_a_direct_node_comes` |  |
//! | `step-view-node-recycled-at-once` | `views_below_a_direct_node`, `views_of_a_route_that_flaps`, `views_of_another_next_hop`, `burst_where_a_direct_node_comes` |  |
//! | `step-view-default-not-escaped` | `views_of_a_default_that_comes`, `views_of_a_default_that_comes_back`, `views_of_a_default_that_goes` |  |
//! | `step-view-default-not-compared` | `views_of_a_default_that_comes_back` |  |
//! | `step-view-default-without-version` | `views_of_a_default_that_comes_back` |  |
//! | `step-cell-after-leaf` | `block_is_recycled`, `chunk_is_copied`, `default_route_comes`, `more_specific_reclaim_contents`, `more_specific_then_contents`, `nodes_appear`, `number_is_recycled`, `record_is_copied`, `route_into_run`, `store_into_directory` | `tables_follow_each_other`, `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-stores-into-old-directory` | none. Not shown by the models: in their directory of two slots only the default route covers more than one, and that is no leaf. A frozen writer shows it (`wait_freedom::kinds::directory_copy`). |  |
//! | `step-stores-into-old-record` | `two_runs_change_backwards` |  |
//! | `step-two-stores-for-a-batch` | `batch_over_directory`, `batch_over_nodes` | `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-batch-into-old-nodes` | `batch_over_nodes` | `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-window-ignored` | `default_comes_and_goes_then_route_goes`, `default_comes_then_route_goes`, `default_goes_in_a_batch`, `default_goes_reclaim_route_goes`, `default_goes_then_batch`, `default_goes_then_route_goes` |  |
//! | `step-window-ignored-by-batch` | `default_goes_then_batch` |  |
//! | `step-window-knows-older-nodes` | `default_comes_and_goes_then_route_goes` |  |
//! | `step-default-stored-in-place` | `default_comes_and_goes_then_route_goes`, `default_comes_and_goes_with_a_route`, `default_route_comes`, `more_specific_then_default_contents` |  |
//! | `step-default-after-root` | `default_comes_and_goes_then_route_goes`, `default_comes_then_route_goes`, `default_goes_reclaim_route_goes`, `default_goes_then_batch`, `default_goes_then_route_goes` |  |
//! | `step-default-contents-in-cell` | `more_specific_then_default_contents` | `whole_table_without_room_to_wait` |
//! | `step-block-recycled-at-once` | `block_is_recycled`, `default_comes_and_goes_then_route_goes`, `default_comes_and_goes_with_a_route`, `default_comes_then_route_goes`, `default_goes_in_a_batch`, `default_goes_reclaim_route_goes`, `default_goes_then_batch`, `default_goes_then_route_goes` | `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-number-recycled-at-once` | `block_is_recycled`, `number_is_recycled` | `whole_table` |
//! | `step-entry-settled-at-once` | `clone_vs_settle`, `slot_across_quiescent_point`, `slot_outlives_guard`, `block_is_recycled`, `contents_change`, `more_specific_reclaim_contents`, `more_specific_then_contents`, `number_is_recycled` | `tables_follow_each_other`, `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-note-not-taken` | `more_specific_reclaim_contents`, `more_specific_then_contents` |  |
//! | `step-note-given-up-at-once` | `more_specific_reclaim_contents`, `more_specific_then_contents` | `whole_table`, `whole_table_without_room_to_wait` |
//! | `step-generation-not-opened` | `same_generation_same_answer` |  |
//! | `step-down-before-published` | `down_then_looked_up_again` |  |
//! | `step-generation-closed-before-published` | `same_generation_same_answer` |  |
//! | `step-clones-outlive-their-parent` | `no_clone_outlives_its_parent` |  |
//! | `step-route-down-before-unlinked` | `down_then_not_found` |  |
//! | `step-changed-in-place-before-announced` | `a_remembered_gateway_gives_way_to_a_changed_one` |  |
//! | `step-changed-in-place-after-settled` | `a_remembered_gateway_gives_way_to_a_changed_one` |  |
//! | `step-cache-generation-after-lookup` | `a_remembered_route_gives_way_to_a_better_one` |  |
//! | `step-cache-generation-not-compared` | `a_remembered_route_gives_way_to_a_better_one` |  |
//! | `step-crossbeam-items-back-at-once` | `crossbeam_block_is_recycled`, `crossbeam_guard_vs_reclaim`, `crossbeam_registration_vs_reclaim`, `crossbeam_repin_vs_reclaim`, `crossbeam_slot_outlives_guard` |  |
