/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures queues between two processes, each pinned to a CPU of its own, over memory that both map.
 *
 * usage: bench_channels ROUNDS [NAME-PART [SIZE]]
 *
 * The CPUs' placement and clock drift, so each sample stands between two measurements of what the machine can do at that
 * moment: a flag that goes to and fro, and a bulk copy of 16 KiB chunks through shared memory. One line a sample, for
 * channels.py:
 *
 *   NAME|SIZE|way|MESSAGES A SECOND|SHARE THAT CAME|FLAG NS BEFORE|AFTER|BULK BYTES A SECOND BEFORE|AFTER|DISTURBED
 *   NAME|SIZE|trip|MEDIAN NS|99TH PERCENTILE NS|FLAG NS BEFORE|AFTER|0|0|DISTURBED
 *
 * DISTURBED: how often another program took a CPU meanwhile. Such a sample is made again, a few times.
 */
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#include "bench.h"

enum {
    QUEUES_MAX = 128, FLAGS = 200, TRIPS = 1000, CHUNK = 16384, CHUNKS_HELD = 16, CHUNKS = 200,
    SAMPLE_US = 2500, FIRST_COUNT = 6400, TRIPS_KERNEL = 100, TRIES = 3
};

struct shared {
    struct { uint64_t word, padding[15]; } flag[2], turn[2], written, read;
    uint64_t came, begun, ended;      /* of a sample: how many, and at which nanoseconds */
    uint64_t disturbed[2];            /* of each process */
    uint32_t ticks[TRIPS];
};

static struct bench_queue queues[QUEUES_MAX];
static uint64_t counts[QUEUES_MAX];
static uint32_t queue_count;
static struct shared *shared;
static uint8_t *memories[2], *chunks;
static uint64_t turn;
static int is_second;
static double ticks_a_ns;

void bench_add(const struct bench_queue *queue)
{
    if (queue_count < QUEUES_MAX) queues[queue_count++] = *queue;
}

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t load(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
static void store(uint64_t *word, uint64_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }

/* Both come here before either goes on. */
static void meet(void)
{
    store(&shared->turn[is_second].word, ++turn);
    while (load(&shared->turn[!is_second].word) < turn) _mm_pause();
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* How often this process has lost its CPU to another program so far. */
static uint64_t losses(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_nivcsw;
}

/* How often either has since `before`; both are told. */
static uint64_t disturbances(uint64_t before)
{
    shared->disturbed[is_second] = losses() - before;
    meet();
    return shared->disturbed[0] + shared->disturbed[1];
}

/* ---- what the machine can do ---- */
static double flag_ns(void)
{
    static uint32_t ticks[FLAGS];
    unsigned int unused;

    meet();
    for (uint64_t i = 1; i <= FLAGS; i++) {
        uint64_t value = turn << 16 | i, before = __rdtsc();
        if (is_second) {
            while (load(&shared->flag[0].word) != value) _mm_pause();
            store(&shared->flag[1].word, value);
        } else {
            store(&shared->flag[0].word, value);
            while (load(&shared->flag[1].word) != value) _mm_pause();
            ticks[i - 1] = (uint32_t)(__rdtscp(&unused) - before);
        }
    }
    qsort(ticks, FLAGS, sizeof ticks[0], compare);
    return ticks[FLAGS / 2] / ticks_a_ns;
}

static double bulk_rate(void)
{
    static uint8_t chunk[CHUNK] __attribute__((aligned(64)));

    meet();
    if (!is_second) shared->begun = now();
    for (uint64_t i = 0; i < CHUNKS; i++) {
        uint8_t *there = chunks + i % CHUNKS_HELD * CHUNK;
        if (is_second) {
            while (load(&shared->written.word) <= i) _mm_pause();
            memcpy(chunk, there, CHUNK);
            __asm__ volatile("" : : "r"(chunk) : "memory");
            store(&shared->read.word, i + 1);
        } else {
            while (i - load(&shared->read.word) >= CHUNKS_HELD) _mm_pause();
            memcpy(there, chunk, CHUNK);
            store(&shared->written.word, i + 1);
        }
    }
    if (is_second) shared->ended = now();
    meet();
    double rate = (double)CHUNKS * CHUNK * 1e9 / (double)(shared->ended - shared->begun);
    if (!is_second) shared->written.word = shared->read.word = 0;
    return rate;
}

/* ---- samples ---- */
static void open_ways(const struct bench_queue *q)
{
    meet();
    for (uint32_t way = 0; way < 2 && !is_second; way++) {
        memset(memories[way], 0, BENCH_MEMORY);
        if (q->make != NULL) q->make(way, memories[way]);
    }
    meet();
    for (uint32_t way = 0; way < 2; way++) {
        if ((way == 1) == is_second) q->open(way, memories[way], 1);
    }
    meet();
    for (uint32_t way = 0; way < 2; way++) {
        if ((way == 1) != is_second) q->open(way, memories[way], 0);
    }
}

static uint64_t sample_way(const struct bench_queue *q, uint64_t *count)
{
    open_ways(q);
    uint64_t before = losses();
    double flag_before = flag_ns(), bulk_before = bulk_rate();
    meet();
    if (is_second) {
        shared->came = q->consume(*count);
        shared->ended = now();
    } else {
        shared->begun = now();
        q->produce(*count);
    }
    meet();
    double seconds = (double)(shared->ended - shared->begun) / 1e9, came = (double)shared->came / (double)*count;
    double bulk_after = bulk_rate(), flag_after = flag_ns();
    uint64_t disturbed = disturbances(before);
    if (!is_second)
        printf("%s|%u|way|%.0f|%.4f|%.1f|%.1f|%.0f|%.0f|%llu\n", q->name, q->size, (double)*count * came / seconds, came,
               flag_before, flag_after, bulk_before, bulk_after, (unsigned long long)disturbed);
    uint64_t wanted = (uint64_t)((double)*count / seconds * SAMPLE_US / 1e6) / BENCH_BATCH * BENCH_BATCH;
    if (disturbed == 0 || wanted > *count) *count = wanted < BENCH_BATCH ? BENCH_BATCH : wanted;
    return disturbed;
}

static uint64_t sample_trip(const struct bench_queue *q, uint64_t count)
{
    open_ways(q);
    uint64_t before = losses();
    double flag_before = flag_ns();
    meet();
    if (is_second)
        q->pong(count);
    else
        q->ping(count, shared->ticks);
    double flag_after = flag_ns();
    uint64_t disturbed = disturbances(before);
    if (is_second) return disturbed;
    qsort(shared->ticks, count, sizeof shared->ticks[0], compare);
    printf("%s|%u|trip|%.1f|%.1f|%.1f|%.1f|0|0|%llu\n", q->name, q->size, shared->ticks[count / 2] / ticks_a_ns,
           shared->ticks[count * 99 / 100] / ticks_a_ns, flag_before, flag_after, (unsigned long long)disturbed);
    return disturbed;
}

static void sample_all(uint32_t rounds, const char *part, uint32_t size)
{
    for (uint32_t i = 0; i < queue_count; i++) counts[i] = FIRST_COUNT;
    for (uint32_t round = 0; round < rounds; round++) {
        for (uint32_t i = 0; i < queue_count; i++) {
            const struct bench_queue *q = &queues[i];
            if (strstr(q->name, part) == NULL || (size != 0 && q->size != size)) continue;
            for (uint32_t tries = TRIES; tries > 0 && sample_way(q, &counts[i]) > 0; tries--) {}
            uint64_t trips = counts[i] > 20000 ? TRIPS : TRIPS_KERNEL;
            for (uint32_t tries = TRIES; q->ping != NULL && tries > 0 && sample_trip(q, trips) > 0; tries--) {}
        }
    }
}

/* ---- two processes ---- */
static void *map(size_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) exit(1);
    return memory;
}

/* To the first or second CPU of those that it may use. */
static void pin(void)
{
    cpu_set_t may, one;
    int wanted = is_second;
    size_t cpu = 0;

    sched_getaffinity(0, sizeof may, &may);
    while (cpu < CPU_SETSIZE - 1 && (!CPU_ISSET(cpu, &may) || wanted-- > 0)) cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) exit(1);
}

static void calibrate(void)
{
    uint64_t ns = now(), ticks = __rdtsc();
    usleep(50000);
    ticks_a_ns = (double)(__rdtsc() - ticks) / (double)(now() - ns);
}

int main(int count, char **words)
{
    uint32_t rounds = count > 1 ? (uint32_t)atoi(words[1]) : 5, size = count > 3 ? (uint32_t)atoi(words[3]) : 0;
    int status = 0;

    if (sysconf(_SC_NPROCESSORS_ONLN) < 2) return 2;
    bench_direct();
    bench_twin();
    bench_ck();
    bench_boost();
    bench_dpdk();
    bench_kernel();
    shared = map(sizeof *shared);
    chunks = map(CHUNK * CHUNKS_HELD);
    memories[0] = map(BENCH_MEMORY);
    memories[1] = map(BENCH_MEMORY);
    calibrate();
    pid_t child = fork();
    is_second = child == 0;
    if (is_second) prctl(PR_SET_PDEATHSIG, SIGKILL);
    pin();
    sample_all(rounds, count > 2 ? words[2] : "", size);
    if (is_second) _exit(0);
    waitpid(child, &status, 0);
    return status != 0;
}
