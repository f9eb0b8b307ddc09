/*
 * rtalloc: a concurrent routing table with wait-free longest-prefix match.
 *
 * Use. One struct rtalloc_table for all threads: rtalloc_open(), rtalloc_load(), rtalloc_add(),
 * rtalloc_delete(), rtalloc_close(). One struct rtalloc_reader for each thread that looks addresses up:
 * rtalloc_reader_register(), rtalloc_enter(), then a burst and rtalloc_quiescent() over and over,
 * rtalloc_leave(), rtalloc_reader_release().
 *
 * Byte order. Addresses, of prefixes and gateways as of lookups, are as in packets: the first byte
 * first, which for an IPv4 address in a uint32_t is network byte order (in_addr.s_addr). Ids, lengths,
 * families and counts are numbers in the machine's own order.
 *
 * Ids. A lookup answers with the id of a next hop, 0 for no route. Each family has ids of its own. An
 * id means the same next hop until the reader that got it passes a quiescent point or leaves its
 * section; after that it means nothing. Ids are small and dense: they can index an array of the
 * caller's, for as long as they mean something.
 *
 * Threads. Functions that take a table may be called by any threads at once; changes wait for each
 * other, lookups for nobody. A reader is used by one thread at a time, and a section ends on the thread
 * on which it began; outside a section a reader may pass to another thread, if that sees what the first
 * one did before (a lock, a join). No function may be called from a signal handler, nor in a child
 * after fork() if the parent has had another thread. A thread is not cancelled (pthread_cancel()) inside
 * a function: disable cancellation around those that take a table, of which rtalloc_load() is a
 * cancellation point; a thread that is cancelled elsewhere releases its reader by a cleanup handler. A
 * thread that changes routes is outside of its own section meanwhile: what it removes waits for that
 * section, and with patience_ms a call would wait for its own caller. dlclose() leaves the shared library
 * loaded.
 *
 * Memory. Handles belong to the library and are given back once, by rtalloc_close() and
 * rtalloc_reader_release(). A table lives as long as the last of its handle and its readers. Everything
 * else belongs to the caller and is not remembered after a call. What is removed is freed by later
 * changes, once every reader has passed a quiescent point or left since: a reader that stays in a
 * section holds all of it back, and rtalloc_stats() shows that. If the system has no more memory, the
 * process ends.
 *
 * Errors. Functions return 0 (RTALLOC_STATUS_OK) or why they did nothing. Null and misaligned pointers,
 * arrays that overlap, meaningless numbers and calls outside a section are seen; handles that were
 * given back, and readers that two threads use, are not, and are undefined behaviour.
 *
 * The library installs no signal handlers, starts threads for bulk loads alone (one a processor,
 * which stay; RAYON_NUM_THREADS says how many), and prints nothing unless it has a defect.
 */


#ifndef RTALLOC_H
#define RTALLOC_H

/* Made by cbindgen from src/capi; do not edit. */

#include <stddef.h>
#include <stdint.h>

/**
 * The family of an IPv4 address.
 */
#define RTALLOC_IPV4 4

/**
 * The family of an IPv6 address.
 */
#define RTALLOC_IPV6 6

/**
 * A flag of rtalloc_load(): lines, records and elements that are malformed are passed over and
 * counted.
 */
#define RTALLOC_LENIENT 1

/**
 * Bytes of a report's message, with the zero at its end.
 */
#define RTALLOC_MESSAGE_BYTES 256

/**
 * What a function returns: 0 if it did what it was asked for.
 */
enum rtalloc_status {
    /**
     * Done.
     */
    RTALLOC_STATUS_OK = 0,
    /**
     * A pointer that must not be null is null, is not aligned, or an array is where no array can be
     * or overlaps the other one.
     */
    RTALLOC_STATUS_POINTER = 1,
    /**
     * A number in an argument has a value that means nothing.
     */
    RTALLOC_STATUS_ARGUMENT = 2,
    /**
     * Not a prefix: no such family, a length over the family's, or bits set past the length.
     */
    RTALLOC_STATUS_PREFIX = 3,
    /**
     * There is no route of that prefix, or no next hop of that id.
     */
    RTALLOC_STATUS_NOT_FOUND = 4,
    /**
     * The table has no room; it is as it was.
     */
    RTALLOC_STATUS_FULL = 5,
    /**
     * As much as the table may hold back for its readers waits to be freed, and stays so until a
     * reader passes a quiescent point or leaves; the table is as it was.
     */
    RTALLOC_STATUS_HELD_BACK = 6,
    /**
     * The system does not give the address space.
     */
    RTALLOC_STATUS_NO_MEMORY = 7,
    /**
     * The reader is in no section: call rtalloc_enter() first.
     */
    RTALLOC_STATUS_OUTSIDE = 8,
    /**
     * The reader is in a section already.
     */
    RTALLOC_STATUS_INSIDE = 9,
    /**
     * The operating system refused to open or to read the file.
     */
    RTALLOC_STATUS_IO = 10,
    /**
     * The file holds no route, or what it holds is no table.
     */
    RTALLOC_STATUS_NO_TABLE = 11,
    /**
     * A line, a record or an element is malformed.
     */
    RTALLOC_STATUS_MALFORMED = 12,
    /**
     * The file breaks off, or its compression is corrupt.
     */
    RTALLOC_STATUS_DAMAGED = 13,
    /**
     * A defect of the library. The table may be used further.
     */
    RTALLOC_STATUS_PANICKED = 14,
};

/**
 * A thread's access to a table. One thread at a time may use it.
 */
struct rtalloc_reader;

/**
 * A routing table of IPv4 and IPv6. All functions that take one may be called by any number of
 * threads at once.
 */
struct rtalloc_table;

/**
 * How a table is opened. Zero in every field means the default: fill it with zeros first, then set
 * what is to differ.
 */
struct rtalloc_options {
    /**
     * Routes of each family at most, those removed included until their memory is free again;
     * 134217728 by default. Memory is taken as it is used.
     */
    uint64_t max_routes;
    /**
     * Bytes of each family that may wait to be freed because readers hold them back; past that
     * rtalloc_add() fails with RTALLOC_STATUS_HELD_BACK. 1 GiB by default.
     */
    uint64_t max_waiting_bytes;
    /**
     * Milliseconds that such a call waits for readers to move on before it fails. By default it does
     * not wait.
     */
    uint32_t patience_ms;
    /**
     * Bytes of an answer in the forwarding view, which lookups read: 1, 2 or 4. One byte is enough
     * for 254 next hops, two for 65534; a table may have more than fit, whose lookups take longer.
     * 2 by default.
     */
    uint32_t id_bytes;
};

/**
 * What a table holds. The numbers are of one moment each.
 */
struct rtalloc_stats {
    /**
     * IPv4 routes.
     */
    uint64_t routes_v4;
    /**
     * IPv6 routes.
     */
    uint64_t routes_v6;
    /**
     * Changes since the table was opened; a load counts as one a family.
     */
    uint64_t changes;
    /**
     * Bytes that wait to be freed, of both families.
     */
    uint64_t waiting_bytes;
    /**
     * Readers that hold something back: they are in a section that began before it was removed.
     */
    uint64_t stalled_readers;
    /**
     * For how many milliseconds the first of them has been seen to do so.
     */
    uint64_t stalled_ms;
};

/**
 * A prefix.
 */
struct rtalloc_prefix {
    /**
     * RTALLOC_IPV4 or RTALLOC_IPV6.
     */
    uint32_t family;
    /**
     * The length in bits: up to 32 or 128.
     */
    uint32_t length;
    /**
     * The address as it stands in a packet, the first byte first: 4 or 16 bytes. The bits past the
     * length are zero.
     */
    uint8_t address[16];
};

/**
 * Where packets go: a gateway, an interface, or both. Two next hops are the same if all that is used
 * of them is the same.
 */
struct rtalloc_next_hop {
    /**
     * The interface's index, or any number by which the caller knows the way out; 0 for none.
     */
    uint32_t interface;
    /**
     * The gateway's family, which need not be the route's: RTALLOC_IPV4, RTALLOC_IPV6, or 0 for no
     * gateway.
     */
    uint32_t family;
    /**
     * The gateway as it stands in a packet, the first byte first: 4 or 16 bytes.
     */
    uint8_t gateway[16];
};

/**
 * What a load did, or what was wrong and where.
 */
struct rtalloc_load_report {
    /**
     * IPv4 routes loaded.
     */
    uint64_t routes_v4;
    /**
     * IPv6 routes loaded.
     */
    uint64_t routes_v6;
    /**
     * Entries that gave way to another one of the same prefix.
     */
    uint64_t duplicates;
    /**
     * What a lenient load passed over.
     */
    uint64_t skipped;
    /**
     * The line at fault, counted from 1; of MRT the record, of JSON the element. 0 if there is none, or
     * if it is the file as a whole. After a lenient load that passed something over, the first fault's.
     */
    uint64_t line;
    /**
     * The fault in words, with the file and the place, and cut if it is too long; empty if there is
     * none. Ends with a zero.
     */
    char message[RTALLOC_MESSAGE_BYTES];
};

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * What a status means, as a sentence without a full stop. The string is static. Of a number that is
 * no status it says so.
 */
const char *rtalloc_error_string(int status);

/**
 * The version of the library that is linked, as in "0.1.0". The string is static.
 */
const char *rtalloc_version(void);

/**
 * Opens an empty table. `options` may be null for the defaults. Close it with rtalloc_close().
 *
 * # Safety
 * `options` is null or points to options, and `table` to where the table is to be put.
 */
enum rtalloc_status rtalloc_open(const struct rtalloc_options *options,
                                 struct rtalloc_table **table);

/**
 * Ends the use of a table by this handle; null is allowed and does nothing. Readers that are
 * registered keep the table as it is, and may go on. Its memory is freed with the last of them.
 *
 * # Safety
 * `table` is null or comes from rtalloc_open() and is not used any more, also not by a call that
 * another thread is in.
 */
void rtalloc_close(struct rtalloc_table *table);

/**
 * What a table holds, in little time: it does not wait for changes.
 *
 * # Safety
 * `table` comes from rtalloc_open() and is not closed; `stats` points to where the result is to be
 * put.
 */
enum rtalloc_status rtalloc_stats(const struct rtalloc_table *table, struct rtalloc_stats *stats);

/**
 * The bytes that a table takes, everything counted. First frees what can be freed, then walks over
 * the whole table; changes wait meanwhile, lookups do not.
 *
 * # Safety
 * As rtalloc_stats(), with `bytes` for the result.
 */
enum rtalloc_status rtalloc_memory(const struct rtalloc_table *table, uint64_t *bytes);

/**
 * Adds a route, or changes where the route of the prefix goes. Lookups see it at one instant.
 *
 * # Safety
 * `table` comes from rtalloc_open() and is not closed; `prefix` and `next_hop` point to what they are
 * named for.
 */
enum rtalloc_status rtalloc_add(struct rtalloc_table *table,
                                const struct rtalloc_prefix *prefix,
                                const struct rtalloc_next_hop *next_hop);

/**
 * Deletes the route of exactly this prefix, or returns RTALLOC_STATUS_NOT_FOUND. Lookups see it at one
 * instant. What the route took is freed later, when no reader can be looking at it.
 *
 * # Safety
 * `table` comes from rtalloc_open() and is not closed; `prefix` points to a prefix.
 */
enum rtalloc_status rtalloc_delete(struct rtalloc_table *table,
                                   const struct rtalloc_prefix *prefix);

/**
 * Replaces a table by what a file holds: each family at one instant, IPv4 first. The file is a list of
 * prefixes, one a line, each with a next hop behind it or not ("10.0.0.0/8 192.0.2.1", "2001:db8::/32 7",
 * "10.0.0.0/8 192.0.2.1@7"; "#" starts a comment), l3fwd rules, lines of `bgpdump -m`, the output of
 * `ip -j route`, or an MRT table dump; plain, gzip or bzip2, which is found from the contents. "-" is the
 * standard input.
 *
 * Routes without a next hop get `otherwise`, or, if that is null, one that names neither a gateway nor
 * an interface. `flags` is 0 or RTALLOC_LENIENT. `report` may be null; it is written in any case but of
 * a bad pointer. On an error in the file the table is as it was; if IPv6 does not fit, IPv4 has been
 * replaced, and the report says how many routes are in.
 *
 * # Safety
 * `table` comes from rtalloc_open() and is not closed; `path` points to a string that ends with a zero;
 * `otherwise` is null or points to a next hop; `report` is null or points to where the report is to be
 * put.
 */
enum rtalloc_status rtalloc_load(struct rtalloc_table *table,
                                 const char *path,
                                 uint32_t flags,
                                 const struct rtalloc_next_hop *otherwise,
                                 struct rtalloc_load_report *report);

/**
 * Registers a reader: one for each thread that looks addresses up. It keeps the table, also when
 * that is closed. End it with rtalloc_reader_release().
 *
 * # Safety
 * `table` comes from rtalloc_open() and is not closed; `reader` points to where the reader is to be
 * put.
 */
enum rtalloc_status rtalloc_reader_register(const struct rtalloc_table *table,
                                            struct rtalloc_reader **reader);

/**
 * Ends a reader, and its section if it is in one; null is allowed and does nothing. The last reader of
 * a table that is closed frees it, which takes a while for a large one.
 *
 * # Safety
 * `reader` is null or comes from rtalloc_reader_register() and is not used any more, nor is it being
 * used.
 */
void rtalloc_reader_release(struct rtalloc_reader *reader);

/**
 * Enters a section. From here on ids mean what they mean and nothing that lookups could meet is freed,
 * until rtalloc_quiescent() or rtalloc_leave(). Wait-free.
 *
 * # Safety
 * `reader` is null or comes from rtalloc_reader_register(), is not released, and no other thread is
 * using it.
 */
enum rtalloc_status rtalloc_enter(struct rtalloc_reader *reader);

/**
 * Passes a quiescent point: the section goes on, but ids from before mean nothing any more. Call it
 * after each burst; it is cheaper than leaving and entering. Wait-free.
 *
 * # Safety
 * As rtalloc_enter().
 */
enum rtalloc_status rtalloc_quiescent(struct rtalloc_reader *reader);

/**
 * Leaves the section. A thread that waits or sleeps leaves first: a section that lasts holds back the
 * memory of everything that is removed meanwhile. Wait-free.
 *
 * # Safety
 * As rtalloc_enter().
 */
enum rtalloc_status rtalloc_leave(struct rtalloc_reader *reader);

/**
 * Looks `count` IPv4 addresses up and puts into `ids[i]` the id of the next hop of the longest prefix
 * that matches `addresses[i]`, 0 for no route. Addresses are in network byte order, as in struct
 * in_addr and in a packet. Ids are numbers of this process, in its own byte order.
 *
 * Each answer is right at one instant during the call. Wait-free, and without system calls, locks or
 * allocations. Bursts of 32 to 256 are several times faster than as many single lookups.
 *
 * # Safety
 * 1. `reader` is null or comes from rtalloc_reader_register(), is not released, and no other thread is
 *    using it.
 * 2. If `count` is not 0, `addresses` points to `count` addresses and `ids` to room for as many ids,
 *    which need not be set; nobody else writes to either meanwhile, nor reads from `ids`.
 */
enum rtalloc_status rtalloc_lookup_v4(const struct rtalloc_reader *reader,
                                      const uint32_t *addresses,
                                      uint32_t *ids,
                                      size_t count);

/**
 * As rtalloc_lookup_v4(), for IPv6: `addresses` are `count` times 16 bytes as in struct in6_addr and in
 * a packet. The ids of the two families have nothing to do with each other.
 *
 * # Safety
 * As rtalloc_lookup_v4(), with 16 bytes an address.
 */
enum rtalloc_status rtalloc_lookup_v6(const struct rtalloc_reader *reader,
                                      const uint8_t *addresses,
                                      uint32_t *ids,
                                      size_t count);

/**
 * Says what the id of a next hop stands for. `family` is that of the lookup, RTALLOC_IPV4 or
 * RTALLOC_IPV6, and the section is that of the lookup, without a quiescent point in between.
 * Wait-free.
 *
 * # Safety
 * `reader` is as in rtalloc_lookup_v4(), and `next_hop` points to where the result is to be put.
 */
enum rtalloc_status rtalloc_next_hop(const struct rtalloc_reader *reader,
                                     uint32_t family,
                                     uint32_t id,
                                     struct rtalloc_next_hop *next_hop);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* RTALLOC_H */
