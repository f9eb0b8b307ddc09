/*
 * The parts of DPDK that Rust cannot reach by itself: inline functions, structures whose layout only
 * the headers know, and the start of the environment. All else Rust calls in the library.
 *
 * Functions that can fail return 0 or a positive error number, or take a place for it. Those with
 * `one`, `each`, `bulk` or `x4` in their name are timed, and do what DPDK's function of that name
 * does and nothing else that could be left out.
 */

#define _GNU_SOURCE

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_common.h>
#include <rte_cpuflags.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_fib.h>
#include <rte_fib6.h>
#include <rte_lpm.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>
#include <rte_vect.h>
#include <rte_version.h>

/* What Rust declares by itself, in src/dpdk/sys.rs, has to be what the headers declare. */
#define DECLARED(function, ...) \
	_Static_assert(__builtin_types_compatible_p(__typeof__(&function), __VA_ARGS__), #function)

DECLARED(rte_fib_add, int (*)(struct rte_fib *, uint32_t, uint8_t, uint64_t));
DECLARED(rte_fib_delete, int (*)(struct rte_fib *, uint32_t, uint8_t));
DECLARED(rte_fib_lookup_bulk, int (*)(struct rte_fib *, uint32_t *, uint64_t *, int));
DECLARED(rte_fib_free, void (*)(struct rte_fib *));
DECLARED(rte_fib6_add, int (*)(struct rte_fib6 *, const uint8_t *, uint8_t, uint64_t));
DECLARED(rte_fib6_delete, int (*)(struct rte_fib6 *, const uint8_t *, uint8_t));
DECLARED(rte_fib6_lookup_bulk,
	 int (*)(struct rte_fib6 *, uint8_t (*)[RTE_FIB6_IPV6_ADDR_SIZE], uint64_t *, int));
DECLARED(rte_fib6_free, void (*)(struct rte_fib6 *));
DECLARED(rte_lpm_add, int (*)(struct rte_lpm *, uint32_t, uint8_t, uint32_t));
DECLARED(rte_lpm_delete, int (*)(struct rte_lpm *, uint32_t, uint8_t));
DECLARED(rte_lpm_free, void (*)(struct rte_lpm *));
DECLARED(rte_version, const char *(*)(void));

/* The heap that all tables lie in. Its memory comes from shim_grow. */
#define HEAP "rtalloc"

/* Bytes of a huge page, and the unit in which the heap grows. */
#define HUGE_PAGE ((size_t)2 << 20)

/* The pages under the heap, as src/dpdk/environment.rs numbers them. */
enum shim_pages { SHIM_SMALL, SHIM_TRANSPARENT, SHIM_RESERVED };

/* Bytes in the heap. */
struct shim_memory {
	uint64_t total;
	uint64_t allocated;
	uint64_t largest_free;
};

/* rte_errno, or a number that says that there was none. */
static int error_number(void)
{
	return rte_errno > 0 ? rte_errno : EIO;
}

/*
 * Starts the environment, once in a process: without devices, huge pages, shared files, telemetry
 * and worker threads. It would leave the calling thread bound to one processor, for which threads
 * that this one starts would inherit it; so the binding is undone.
 */
int shim_start(void)
{
	cpu_set_t allowed;
	char lcores[32];
	int cpu = 0;

	if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0)
		return errno;
	while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &allowed))
		cpu++;
	snprintf(lcores, sizeof(lcores), "0@%d", cpu);
	char *arguments[] = {
		"rtalloc",  "--no-huge", "--no-pci", "--no-shconf", "--no-telemetry",
		"--iova-mode=va", "--log-level=error", "-m", "64", "--lcores", lcores, NULL,
	};
	int started = rte_eal_init(RTE_DIM(arguments) - 1, arguments);
	int error = started < 0 ? error_number() : 0;

	if (sched_setaffinity(0, sizeof(allowed), &allowed) != 0 && error == 0)
		error = errno;
	if (error != 0)
		return error;
	/* Without this, functions of 512 bits are refused even where the processor has them. */
	error = -rte_vect_set_max_simd_bitwidth(RTE_VECT_SIMD_512);
	if (error != 0)
		return error;
	return rte_malloc_heap_create(HEAP) == 0 ? 0 : error_number();
}

/* Whether the processor has what the vector lookups of both families are compiled for. */
int shim_has_avx512(void)
{
#ifdef RTE_ARCH_X86
	return rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX512F) > 0 &&
	       rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX512DQ) > 0 &&
	       rte_cpu_get_flag_enabled(RTE_CPUFLAG_AVX512BW) > 0;
#else
	return 0;
#endif
}

/*
 * Adds memory to the heap, in one piece of `bytes`, rounded up. DPDK writes zeros into all of it at
 * once.
 */
int shim_grow(size_t bytes, enum shim_pages pages)
{
	size_t length = RTE_ALIGN_CEIL(bytes, HUGE_PAGE);
	/* Reserved pages are aligned by themselves, others within a longer piece. */
	size_t slack = pages == SHIM_RESERVED ? 0 : HUGE_PAGE;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | (pages == SHIM_RESERVED ? MAP_HUGETLB : 0);
	char *mapped = mmap(NULL, length + slack, PROT_READ | PROT_WRITE, flags, -1, 0);

	if (mapped == MAP_FAILED)
		return errno;
	char *start = slack == 0 ? mapped : RTE_PTR_ALIGN_CEIL(mapped, HUGE_PAGE);
	int advised = 0;

	if (pages != SHIM_RESERVED)
		advised = madvise(start, length,
				  pages == SHIM_SMALL ? MADV_NOHUGEPAGE : MADV_HUGEPAGE);
	int error = advised == 0 ? 0 : errno;

	if (error == 0 && rte_malloc_heap_memory_add(HEAP, start, length, NULL,
						     length / HUGE_PAGE, HUGE_PAGE) != 0)
		error = error_number();
	if (error != 0)
		munmap(mapped, length + slack);
	return error;
}

int shim_memory(struct shim_memory *memory)
{
	struct rte_malloc_socket_stats stats;
	int socket = rte_malloc_heap_get_socket(HEAP);

	if (socket < 0 || rte_malloc_get_socket_stats(socket, &stats) != 0)
		return error_number();
	memory->total = stats.heap_totalsz_bytes;
	memory->allocated = stats.heap_allocsz_bytes;
	memory->largest_free = stats.greatest_free_size;
	return 0;
}

/* A table of IPv4 routes, DIR-24-8, whose entries have 1 << `width` bytes. */
struct rte_fib *shim_fib_create(const char *name, unsigned int width, int routes, uint32_t groups,
				uint64_t missing, int *error)
{
	struct rte_fib_conf conf = {
		.type = RTE_FIB_DIR24_8,
		.default_nh = missing,
		.max_routes = routes,
		.dir24_8 = { .nh_sz = (enum rte_fib_dir24_8_nh_sz)width, .num_tbl8 = groups },
	};
	struct rte_fib *fib = rte_fib_create(name, rte_malloc_heap_get_socket(HEAP), &conf);

	*error = fib == NULL ? error_number() : 0;
	return fib;
}

int shim_fib_select(struct rte_fib *fib, int avx512)
{
	return -rte_fib_select_lookup(fib, avx512 ? RTE_FIB_LOOKUP_DIR24_8_VECTOR_AVX512
						  : RTE_FIB_LOOKUP_DIR24_8_SCALAR_MACRO);
}

/* A table of IPv6 routes, a trie, whose entries have 1 << `width` bytes. */
struct rte_fib6 *shim_fib6_create(const char *name, unsigned int width, int routes, uint32_t groups,
				  uint64_t missing, int *error)
{
	struct rte_fib6_conf conf = {
		.type = RTE_FIB6_TRIE,
		.default_nh = missing,
		.max_routes = routes,
		.trie = { .nh_sz = (enum rte_fib_trie_nh_sz)width, .num_tbl8 = groups },
	};
	struct rte_fib6 *fib = rte_fib6_create(name, rte_malloc_heap_get_socket(HEAP), &conf);

	*error = fib == NULL ? error_number() : 0;
	return fib;
}

int shim_fib6_select(struct rte_fib6 *fib, int avx512)
{
	return -rte_fib6_select_lookup(fib, avx512 ? RTE_FIB6_LOOKUP_TRIE_VECTOR_AVX512
						   : RTE_FIB6_LOOKUP_TRIE_SCALAR);
}

struct rte_lpm *shim_lpm_create(const char *name, uint32_t rules, uint32_t groups, int *error)
{
	struct rte_lpm_config config = { .max_rules = rules, .number_tbl8s = groups };
	struct rte_lpm *lpm = rte_lpm_create(name, rte_malloc_heap_get_socket(HEAP), &config);

	*error = lpm == NULL ? error_number() : 0;
	return lpm;
}

/* Lets groups of entries wait for the readers of `qsbr` in a defer queue of DPDK's default size. */
int shim_lpm_defer(struct rte_lpm *lpm, struct rte_rcu_qsbr *qsbr)
{
	struct rte_lpm_rcu_config config = { .v = qsbr, .mode = RTE_LPM_QSBR_MODE_DQ };

	return rte_lpm_rcu_qsbr_add(lpm, &config) == 0 ? 0 : error_number();
}

/* rte_lpm_lookup, `missing` where it finds none. */
static inline uint32_t one(const struct rte_lpm *lpm, uint32_t address, uint32_t missing)
{
	uint32_t next_hop;

	return rte_lpm_lookup(lpm, address, &next_hop) == 0 ? next_hop : missing;
}

uint32_t shim_lpm_one(const struct rte_lpm *lpm, uint32_t address, uint32_t missing)
{
	return one(lpm, address, missing);
}

void shim_lpm_each(const struct rte_lpm *lpm, const uint32_t *addresses, uint32_t *next_hops,
		   unsigned int count, uint32_t missing)
{
	for (unsigned int i = 0; i < count; i++)
		next_hops[i] = one(lpm, addresses[i], missing);
}

/* rte_lpm_lookup_bulk, and its answers' own mark taken off them. */
void shim_lpm_bulk(const struct rte_lpm *lpm, const uint32_t *addresses, uint32_t *next_hops,
		   unsigned int count, uint32_t missing)
{
	rte_lpm_lookup_bulk(lpm, addresses, next_hops, count);
	for (unsigned int i = 0; i < count; i++)
		next_hops[i] = next_hops[i] & RTE_LPM_LOOKUP_SUCCESS ? next_hops[i] & 0xffffff
								     : missing;
}

/* rte_lpm_lookupx4, and the last up to three by themselves. */
void shim_lpm_x4(const struct rte_lpm *lpm, const uint32_t *addresses, uint32_t *next_hops,
		 unsigned int count, uint32_t missing)
{
	unsigned int i = 0;

	for (; i + 4 <= count; i += 4) {
		xmm_t four;

		memcpy(&four, addresses + i, sizeof(four));
		rte_lpm_lookupx4(lpm, four, next_hops + i, missing);
	}
	for (; i < count; i++)
		next_hops[i] = one(lpm, addresses[i], missing);
}

/* What readers report quiescent states to, for `threads` of them. */
struct rte_rcu_qsbr *shim_qsbr_create(uint32_t threads, int *error)
{
	struct rte_rcu_qsbr *qsbr =
		rte_zmalloc(NULL, rte_rcu_qsbr_get_memsize(threads), RTE_CACHE_LINE_SIZE);

	*error = qsbr == NULL ? ENOMEM : 0;
	if (qsbr != NULL && rte_rcu_qsbr_init(qsbr, threads) != 0) {
		*error = error_number();
		rte_free(qsbr);
		qsbr = NULL;
	}
	return qsbr;
}

void shim_qsbr_free(struct rte_rcu_qsbr *qsbr)
{
	rte_free(qsbr);
}

int shim_qsbr_join(struct rte_rcu_qsbr *qsbr, unsigned int thread)
{
	if (rte_rcu_qsbr_thread_register(qsbr, thread) != 0)
		return error_number();
	rte_rcu_qsbr_thread_online(qsbr, thread);
	return 0;
}

void shim_qsbr_leave(struct rte_rcu_qsbr *qsbr, unsigned int thread)
{
	rte_rcu_qsbr_thread_offline(qsbr, thread);
	rte_rcu_qsbr_thread_unregister(qsbr, thread);
}

void shim_qsbr_quiescent(struct rte_rcu_qsbr *qsbr, unsigned int thread)
{
	rte_rcu_qsbr_quiescent(qsbr, thread);
}
