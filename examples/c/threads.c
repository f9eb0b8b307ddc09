/*
 * Threads look up while another one changes routes.
 *
 *   threads [CHANGES]
 *
 * A default route through interface 1 stays; the routes of 10.0.0.0/8 and of 2001:db8::/32 come and go,
 * through interfaces 2 and 3. So every lookup inside them finds one of the three, and one outside finds
 * 1, at whatever moment. Each reader checks that. The table is closed while they are still at it. Build
 * with -pthread.
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtalloc.h>

enum { READERS = 3, BURST = 32, BURSTS_AFTER_CLOSE = 100 };

static atomic_int started;
static atomic_bool closed;

struct work {
    struct rtalloc_reader *reader;
    unsigned long lookups;
    unsigned long wrong;
    unsigned long seen[4];
};

static void must(enum rtalloc_status status, const char *what)
{
    if (status != RTALLOC_STATUS_OK) {
        fprintf(stderr, "%s: %s\n", what, rtalloc_error_string((int)status));
        exit(1);
    }
}

static struct rtalloc_prefix prefix(int family, const char *address, uint32_t length)
{
    struct rtalloc_prefix made;

    memset(&made, 0, sizeof made);
    made.family = family == AF_INET ? RTALLOC_IPV4 : RTALLOC_IPV6;
    made.length = length;
    if (inet_pton(family, address, made.address) != 1)
        abort();
    return made;
}

static struct rtalloc_next_hop through(uint32_t interface)
{
    struct rtalloc_next_hop made;

    memset(&made, 0, sizeof made);
    made.interface = interface;
    return made;
}

/* Counts an answer, which is wrong if there is none or if it leads elsewhere than a default route
 * should where `outside` says that no other route can match. */
static void check(struct work *work, uint32_t family, uint32_t id, int outside)
{
    struct rtalloc_next_hop hop = { 0 };

    work->lookups++;
    if (id == 0 || rtalloc_next_hop(work->reader, family, id, &hop) != RTALLOC_STATUS_OK
        || hop.interface < 1 || hop.interface > 3 || (outside && hop.interface != 1)) {
        work->wrong++;
        return;
    }
    work->seen[hop.interface]++;
}

static void burst(struct work *work)
{
    uint32_t v4[BURST], ids[BURST];
    uint8_t v6[BURST][16] = { { 0 } };

    /* The second half of each burst lies outside the routes that change. */
    for (uint32_t i = 0; i < BURST; i++) {
        v4[i] = htonl((i < BURST / 2 ? 0x0A000000u : 0xC6336400u) + i);
        memcpy(v6[i], i < BURST / 2 ? "\x20\x01\x0d\xb8" : "\x20\x02\x00\x00", 4);
        v6[i][15] = (uint8_t)i;
    }
    must(rtalloc_lookup_v4(work->reader, v4, ids, BURST), "lookup");
    for (int i = 0; i < BURST; i++)
        check(work, RTALLOC_IPV4, ids[i], i >= BURST / 2);
    must(rtalloc_lookup_v6(work->reader, v6[0], ids, BURST), "lookup");
    for (int i = 0; i < BURST; i++)
        check(work, RTALLOC_IPV6, ids[i], i >= BURST / 2);
    must(rtalloc_quiescent(work->reader), "quiescent");
}

static void *look_up(void *argument)
{
    struct work *work = argument;

    must(rtalloc_enter(work->reader), "enter");
    burst(work);
    atomic_fetch_add(&started, 1);
    while (!atomic_load(&closed))
        burst(work);
    for (int i = 0; i < BURSTS_AFTER_CLOSE; i++)
        burst(work);
    must(rtalloc_leave(work->reader), "leave");
    rtalloc_reader_release(work->reader);
    return NULL;
}

int main(int argc, char **argv)
{
    unsigned long changes = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
    const struct rtalloc_prefix defaults[] = { prefix(AF_INET, "0.0.0.0", 0), prefix(AF_INET6, "::", 0) };
    const struct rtalloc_prefix routes[] = {
        prefix(AF_INET, "10.0.0.0", 8),
        prefix(AF_INET, "10.0.0.0", 28),
        prefix(AF_INET6, "2001:db8::", 32),
        prefix(AF_INET6, "2001:db8::", 125),
    };
    struct work works[READERS];
    pthread_t threads[READERS];
    struct rtalloc_table *table;
    struct rtalloc_stats stats;
    struct rtalloc_next_hop hop = through(1);
    unsigned long lookups = 0, wrong = 0, seen[4] = { 0 };

    memset(works, 0, sizeof works);
    must(rtalloc_open(NULL, &table), "open");
    for (size_t i = 0; i < 2; i++)
        must(rtalloc_add(table, &defaults[i], &hop), "add");
    for (size_t i = 0; i < READERS; i++) {
        must(rtalloc_reader_register(table, &works[i].reader), "register");
        if (pthread_create(&threads[i], NULL, look_up, &works[i]) != 0)
            abort();
    }
    /* Changes begin when every reader is at work, so that they meet. */
    while (atomic_load(&started) < READERS)
        sched_yield();
    for (unsigned long i = 0; i < changes; i++) {
        const struct rtalloc_prefix *route = &routes[i % 4];

        if (i / 4 % 3 == 2) {
            must(rtalloc_delete(table, route), "delete");
        } else {
            hop = through(2 + (uint32_t)(i / 4 % 3));
            must(rtalloc_add(table, route, &hop), "add");
        }
    }
    must(rtalloc_stats(table, &stats), "stats");
    rtalloc_close(table);
    atomic_store(&closed, 1);
    for (size_t i = 0; i < READERS; i++) {
        if (pthread_join(threads[i], NULL) != 0)
            abort();
        lookups += works[i].lookups;
        wrong += works[i].wrong;
        for (size_t j = 1; j < 4; j++)
            seen[j] += works[i].seen[j];
    }
    printf("%llu changes, %lu lookups (%lu, %lu, %lu through interfaces 1 to 3), %lu wrong\n",
           (unsigned long long)stats.changes, lookups, seen[1], seen[2], seen[3], wrong);
    return wrong != 0 || stats.changes != changes + 2 || lookups == 0;
}
