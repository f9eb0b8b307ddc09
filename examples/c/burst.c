/*
 * Looks addresses up in bursts, in a table from a file.
 *
 *   burst FILE ADDRESS...
 *
 * FILE is anything that rtalloc_load() reads, such as lines "10.0.0.0/8 192.0.2.1". For each address
 * it prints where packets to it go. Build:
 *
 *   cc -std=c11 $(pkg-config --cflags rtalloc) burst.c -o burst $(pkg-config --libs rtalloc)
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rtalloc.h>

enum { BURST = 64 };

/* A burst of one family: addresses as packets have them, and what the user called them. */
struct burst {
    size_t count;
    const char *names[BURST];
    union {
        uint32_t v4[BURST];
        struct in6_addr v6[BURST];
    } addresses;
};

static void fail(const char *what, enum rtalloc_status status)
{
    fprintf(stderr, "%s: %s\n", what, rtalloc_error_string((int)status));
    exit(1);
}

static void print_next_hop(const char *name, const struct rtalloc_next_hop *hop)
{
    char gateway[INET6_ADDRSTRLEN] = "";

    printf("%s", name);
    if (hop->family != 0) {
        int family = hop->family == RTALLOC_IPV4 ? AF_INET : AF_INET6;

        inet_ntop(family, hop->gateway, gateway, sizeof gateway);
        printf(" via %s", gateway);
    }
    if (hop->interface != 0)
        printf(" interface %lu", (unsigned long)hop->interface);
    putchar('\n');
}

/* One burst: the lookup, what its ids stand for, and then a quiescent point, after which the ids
 * mean nothing any more. */
static void look_up(struct rtalloc_reader *reader, uint32_t family, struct burst *burst)
{
    enum rtalloc_status status;
    uint32_t ids[BURST];

    if (family == RTALLOC_IPV4)
        status = rtalloc_lookup_v4(reader, burst->addresses.v4, ids, burst->count);
    else
        status = rtalloc_lookup_v6(reader, burst->addresses.v6[0].s6_addr, ids, burst->count);
    if (status != RTALLOC_STATUS_OK)
        fail("lookup", status);
    for (size_t i = 0; i < burst->count; i++) {
        struct rtalloc_next_hop hop;

        if (ids[i] == 0) {
            printf("%s no route\n", burst->names[i]);
            continue;
        }
        status = rtalloc_next_hop(reader, family, ids[i], &hop);
        if (status != RTALLOC_STATUS_OK)
            fail("next hop", status);
        print_next_hop(burst->names[i], &hop);
    }
    burst->count = 0;
    status = rtalloc_quiescent(reader);
    if (status != RTALLOC_STATUS_OK)
        fail("quiescent", status);
}

static struct rtalloc_table *open_table(const char *path)
{
    struct rtalloc_options options;
    struct rtalloc_load_report report;
    struct rtalloc_table *table;
    enum rtalloc_status status;

    memset(&options, 0, sizeof options);
    options.max_routes = 1 << 22;
    options.id_bytes = 1;
    status = rtalloc_open(&options, &table);
    if (status != RTALLOC_STATUS_OK)
        fail("open", status);
    status = rtalloc_load(table, path, 0, NULL, &report);
    if (status != RTALLOC_STATUS_OK) {
        fprintf(stderr, "%s\n", report.message);
        rtalloc_close(table);
        fail("load", status);
    }
    fprintf(stderr, "rtalloc %s: %llu IPv4 and %llu IPv6 routes\n", rtalloc_version(),
            (unsigned long long)report.routes_v4, (unsigned long long)report.routes_v6);
    return table;
}

int main(int argc, char **argv)
{
    static struct burst v4, v6;
    struct rtalloc_table *table;
    struct rtalloc_reader *reader;
    enum rtalloc_status status;

    if (argc < 2) {
        fprintf(stderr, "usage: burst FILE ADDRESS...\n");
        return 2;
    }
    table = open_table(argv[1]);
    status = rtalloc_reader_register(table, &reader);
    if (status != RTALLOC_STATUS_OK)
        fail("register", status);
    /* The reader keeps the table; this program changes nothing any more. */
    rtalloc_close(table);
    status = rtalloc_enter(reader);
    if (status != RTALLOC_STATUS_OK)
        fail("enter", status);
    for (int i = 2; i < argc; i++) {
        if (inet_pton(AF_INET, argv[i], &v4.addresses.v4[v4.count]) == 1) {
            v4.names[v4.count++] = argv[i];
        } else if (inet_pton(AF_INET6, argv[i], &v6.addresses.v6[v6.count]) == 1) {
            v6.names[v6.count++] = argv[i];
        } else {
            fprintf(stderr, "%s: no address\n", argv[i]);
            rtalloc_reader_release(reader);
            return 2;
        }
        if (v4.count == BURST)
            look_up(reader, RTALLOC_IPV4, &v4);
        if (v6.count == BURST)
            look_up(reader, RTALLOC_IPV6, &v6);
    }
    look_up(reader, RTALLOC_IPV4, &v4);
    look_up(reader, RTALLOC_IPV6, &v6);
    rtalloc_leave(reader);
    rtalloc_reader_release(reader);
    return 0;
}
