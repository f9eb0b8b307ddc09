//! The two manuals, word for word: what became of each function, macro, flag and message.
//!
//! Sources: OpenBSD rtalloc(9) of December 2014 with the kernel of 5.7 (profile
//! [`OpenBsd`](crate::bsd::Profile::OpenBsd)), and MidnightBSD rtalloc(9) of October 2004, which is
//! FreeBSD's, with the kernels from 5.2 to 7 (profile [`FreeBsd`](crate::bsd::Profile::FreeBsd)).
//! What a page says and its kernel does not do follows the kernel.
//!
//! # Functions and macros
//!
//! | BSD | here |
//! |---|---|
//! | `rtalloc(dst, flags, rtableid)` | [`bsd::rtalloc`](crate::bsd::rtalloc()) |
//! | `RT_REPORT`, `RT_RESOLVE` | [`Lookup::REPORT`](crate::bsd::Lookup::REPORT), [`Lookup::RESOLVE`](crate::bsd::Lookup::RESOLVE) |
//! | `rtalloc_mpath(dst, src, rtableid)` | [`rtalloc_mpath`](crate::bsd::rtalloc_mpath) |
//! | `rtfree(rt)`, `RTFREE(rt)` | [`rtfree`](crate::bsd::rtfree), or dropping the [`RtRef`](crate::bsd::RtRef) or [`LockedRt`](crate::bsd::LockedRt) |
//! | `rtref(rt)`, `RT_ADDREF(rt)` | [`rtref`](crate::bsd::rtref), [`rt_addref`](crate::bsd::rt_addref), or cloning the reference |
//! | `RT_REMREF(rt)` | [`rt_remref`](crate::bsd::rt_remref) |
//! | `RT_LOCK(rt)`, `RT_UNLOCK(rt)` | [`rt_lock`](crate::bsd::rt_lock), [`rt_unlock`](crate::bsd::rt_unlock): excludes other holders and `RTM_CHANGE` of the route, never a lookup |
//! | `rtisvalid(rt)` | [`rtisvalid`](crate::bsd::rtisvalid) |
//! | `struct route`, `rtalloc(ro)` | [`RouteCache`](crate::bsd::RouteCache), [`RouteCache::rtalloc`](crate::bsd::RouteCache::rtalloc) |
//! | `rtalloc_ign(ro, flags)` | [`RouteCache::rtalloc_ign`](crate::bsd::RouteCache::rtalloc_ign) |
//! | `route_cache(ro, ...)` of today | [`RouteCache::lookup`](crate::bsd::RouteCache::lookup) |
//! | `rtalloc1(sa, report, flags)` | [`rtalloc1`](crate::bsd::rtalloc1) |
//! | `rtrequest1(req, info, prio, ...)` | [`Routing::rtrequest1`](crate::bsd::Routing::rtrequest1) |
//! | `route_output` | [`Routing::route_output`](crate::bsd::Routing::route_output) |
//! | `ifa->ifa_rtrequest` | [`Interface::route_changed`](crate::bsd::Interface::route_changed) |
//! | `rt_ifa_addlocal`, `rt_ifa_dellocal` | [`Routing::address_added`](crate::bsd::Routing::address_added), [`address_removed`](crate::bsd::Routing::address_removed) |
//! | `rt_if_track`, `in_ifadown` | [`Routing::link_changed`](crate::bsd::Routing::link_changed) |
//! | `rt_if_remove` | [`Routing::detach`](crate::bsd::Routing::detach) |
//! | `rtable_add`, `rtable_exists` | [`Routing::table_add`](crate::bsd::Routing::table_add), [`table_exists`](crate::bsd::Routing::table_exists) |
//! | `rtable_l2`, `rtable_l2set` | [`Routing::domain`](crate::bsd::Routing::domain), [`set_domain`](crate::bsd::Routing::set_domain) |
//! | `rtredirect` | [`Routing::redirect`](crate::bsd::Routing::redirect) |
//! | `in_losing` | [`Routing::losing`](crate::bsd::Routing::losing) |
//! | `rt_timer_queue_create`, `rt_timer_add`, `rt_timer_timer` | [`Routing::timer_queue`](crate::bsd::Routing::timer_queue), [`timer_add`](crate::bsd::Routing::timer_add), [`tick`](crate::bsd::Routing::tick) |
//! | `in_rtqtimo` | [`Routing::tick`](crate::bsd::Routing::tick) |
//! | `rt_checkgate`, `rt_check` | [`rt_check`](crate::bsd::rt_check) |
//! | reject and blackhole where packets leave | [`verdict`](crate::bsd::verdict()) |
//! | `rtstat`, `rttrash` | [`Statistics`](crate::bsd::Statistics) |
//! | `rt_use`, `rmx_pksent` | [`RtReader::note_use`](crate::bsd::RtReader::note_use), [`RtEntry::uses`](crate::bsd::RtEntry::uses) |
//! | `rtgeneration` | [`Routing::generation`](crate::bsd::Routing::generation) |
//! | `struct rtentry` | [`RtEntry`](crate::bsd::RtEntry) |
//!
//! # Flags
//!
//! [`RtFlags`](crate::bsd::RtFlags) has one constant for each meaning;
//! [`to_wire`](crate::bsd::RtFlags::to_wire) gives the number that a system uses for it. So
//! OpenBSD's `RTF_CLONED` (0x10000) and FreeBSD's `RTF_WASCLONED` (0x20000) are both
//! [`CLONED`](crate::bsd::RtFlags::CLONED), and 0x10000 from FreeBSD, the obsolete
//! `RTF_PRCLONING`, is nothing.
//!
//! # Messages
//!
//! [`MessageKind`](crate::bsd::message::MessageKind) names the kinds.
//!
//! | kind | sent when |
//! |---|---|
//! | `RTM_ADD` | a clone was made, an address was added, or in answer to a request |
//! | `RTM_DELETE` | OpenBSD: a clone went with what it was cloned from, by eviction or by expiry; an address was removed; or in answer to a request |
//! | `RTM_CHANGE`, `RTM_GET`, `RTM_LOCK` | in answer to a request |
//! | `RTM_MISS` | a reporting lookup found nothing, or, with an errno, could not make a clone |
//! | `RTM_RESOLVE` | a clone was made that an outside program must resolve |
//! | `RTM_LOSING`, `RTM_REDIRECT` | by [`losing`](crate::bsd::Routing::losing), [`redirect`](crate::bsd::Routing::redirect) |
//! | `RTM_NEWADDR`, `RTM_DELADDR` | an address was added or removed |
//! | `RTM_IFINFO`, `RTM_IFANNOUNCE` | an interface changed its state, came or went |
//! | `RTM_DESYNC` | a subscriber was too slow and has lost messages |
//!
//! # What the kernels do and one would not guess
//!
//! Each has a test, in `testing::bsd::tests` by the name given, where the sequential model that the
//! concurrent table is compared with is held against hand-worked cases; or it is decided otherwise.
//!
//! | fact | test or decision |
//! |---|---|
//! | T1: `RTF_UP` is no part of matching | `t1_a_down_route_hides_a_wider_one_that_is_up` |
//! | T2: `report = 0` makes no clones | `t2_without_report_rtalloc1_neither_clones_nor_tells` |
//! | T3: OpenBSD announces clones without `RT_REPORT` | `t3_a_clone_is_reported_without_report_but_not_to_be_resolved` |
//! | T4: `RTM_MISS` with an errno comes with an answer | `t4_a_miss_with_an_error_comes_with_the_parent` |
//! | T5, T6: `rtalloc(ro)` ignores a changed destination; a stale route is leaked | `t5_t6_a_cache_keeps_what_is_up_whatever_is_asked`; nothing is leaked, as in FreeBSD |
//! | T7: FreeBSD's clones hold no reference to their parents and go silently | `t7_clones_go_with_their_parent`; the reference is counted in both profiles |
//! | T8: OpenBSD's deletion hands back the route without a reference | decision: with one, in both |
//! | T9: a cloning route of full length and its clone | `t9_a_full_length_parent_has_its_clone_before_it` |
//! | T10: a host route and one with a full mask are two | decision: one, as in OpenBSD since ART: `t10_a_full_mask_and_none_are_the_same_prefix` |
//! | T11: deleting without a mask takes any; deleting does not mask | decision: a request without a mask is about the host, and bits past a mask are ignored, as since ART |
//! | T12: `RTF_MPATH` of a lone route is not kept | `t12_a_lone_route_is_not_multipath` |
//! | T13: the first route alone is compared for its priority | `t13_without_mpath_only_the_head_conflicts` |
//! | T14: among equals a route goes to the middle | `t14_new_equals_go_to_the_middle` |
//! | T15, T16: the threshold, no source, the last path | `t15_t16_each_path_has_its_share_the_last_one_too` |
//! | T17: flags of one number mean different things | `bsd::flags::tests::each_system_has_its_own_high_bits` |
//! | T18: the link layer sets `RTF_CLONING` | `t18_the_link_makes_a_route_clone` |
//! | T19: a static host route stays behind a clone | `t19_a_static_host_route_and_a_clone` |
//! | T20: FreeBSD purges clones under a new network route | `t20_freebsd_purges_clones_under_a_new_net` |
//! | T21: deleting a local route is `EINVAL` | `t21_a_local_route_is_the_kernels` |
//! | T22: a bad table is `EAFNOSUPPORT` | `t22_an_unknown_table_or_family_misses` |
//! | T23, T24: reject and blackhole depend on the place | `t23_t24_what_rejects_and_what_drops_depends_on_who_asks` |
//! | T25: FreeBSD leaks a reference when it refuses a duplicate | decision: it does not happen here |
//! | T26: OpenBSD's clones inherit the use count | `cloning::a_clone_takes_after_its_parent` |
//! | T27: and the expiry | as T26 |
//! | T28: `rts_wildcard` is never counted | decision: it is left out |
//! | T29: `RTM_GET` reports MTU, expiry and use alone | the only metrics there are |
//! | T30: the length of a socket address is part of the key | decision: it is not; addresses are of their family's length |
//! | T31: the order of a walk | `t31_a_walk_goes_by_address_then_the_narrowest_then_the_preferred` |
//! | T32: growing the array of tables needs a grace period | the array does not grow: 256 places |
//! | T33: adding a route resolves its gateway | `t33_adding_a_route_resolves_its_gateway` |
//! | T34: a gateway that is reached by the route itself | `t34_a_gateway_reached_by_the_route_itself` |
//!
//! # Further decisions
//!
//! * The kernels never raced two lookups that make clones. Here both get the same clone, there is
//!   one message, and the loser gets no error.
//! * A deletion unlinks first, then clears `RTF_UP`, then tells of the clones, as FreeBSD does.
//!   OpenBSD deletes clones while their parent still shows itself up.
//! * Nothing is done before a request has passed all checks. The kernels resolve the gateway, which
//!   may make a clone, before they notice a duplicate.
//! * The route to a gateway (`rt_gwroute`) is not stored in the entry: it would be written by
//!   lookups. It is looked for on adding, for the effects that has, and where it is used.
//! * Link state moves all routes of one family and table through an interface in one step. A local
//!   address stays up, as in OpenBSD today.
//! * A cloning route has at most so many clones
//!   ([`clones_per_parent`](crate::bsd::RoutingOptions::clones_per_parent)), as whoever sends
//!   packets makes them; the kernels had no bound.
//! * Idle clones of FreeBSD's profile are found by use counters that stand still, not by
//!   references, and `in_rtqtimo`'s adaption of the interval to the number of clones is left to
//!   the bound.
//! * `rt_genmask` and non-contiguous masks are refused.
//! * A routing message for a table above 255 does not exist, so a lookup there reports nothing.
