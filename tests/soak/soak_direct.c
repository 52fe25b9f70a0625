/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends many messages through a direct channel, from one process to another, each on a CPU of its own where there are two; the
 * memory is mapped as subjects have it: the ring read-only to the receiver, the page of acknowledgements to the sender.
 *
 * usage: soak_direct MODE MESSAGES; MODE is one of
 *
 *   batches   acknowledged, 64 bytes, up to 32 at a time: stamps apart from payloads
 *   single    acknowledged, one at a time, of 8, 24 and 56 bytes and three types: stamps inside their slots
 *   lossy     64 bytes, up to 32 at a time, the sender never waits
 *
 * Either end counts what it has sent or taken and digests all of its bytes; both must be equal. On the lossy channel the
 * receiver adds what the sender must have sent under the numbers that it counts as lost: so each message that came is the one
 * of its number, whole, and those counted as lost are exactly those that did not come.
 *
 * Prints one line of JSON. Exit status 0: all is equal; 1: something is not; 2: it could not be tried.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>
#include "guest/direct_ring.h"
#include "soak.h"

enum { BATCH = 32, WORDS = 8, PAGE = 4096, TYPE = 7, TYPES = 3, SPINS = 2000, STALL_S = 20 };
#define MESSAGES_MAX (1ull << 37)             /* below which a lossy channel's numbers are exact */

static const struct direct_type types[TYPES] = { { 3, 8 }, { 4, 24 }, { 5, 56 } };

enum why { STALLED = 1, CONTRADICTED };

/* Beside the channel: what the two processes tell each other of the soak itself. */
struct beside {
    uint64_t opened;                  /* by how many ends */
    struct soak_tally at_receiver;
    uint64_t lost, refused, corrupt;
    uint64_t over;                    /* not 0: neither goes on; enum why */
};

struct mode {
    const char *name;
    uint32_t payload, slots;          /* of a slot, bytes; how many of them */
    bool acknowledged;
    void (*send)(uint64_t messages), (*receive)(uint64_t messages);
};

static struct beside *beside;
static struct direct_sender sender;
static struct direct_receiver receiver;
static struct soak_tally sent, taken;
static uint64_t messages[BATCH][WORDS];
static struct soak_progress progress;

static uint64_t load(const uint64_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
static void store(uint64_t *word, uint64_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }

/* ---- content ---- */
static void make(uint64_t number, uint64_t *message, uint32_t words)
{
    for (uint32_t i = 0; i < words; i++) message[i] = soak_mix(number * WORDS + i + 1);
}

/* Most batches are full; the others see to it that they end anywhere in the ring. */
static uint32_t batch_of(uint32_t batches)
{
    return batches % 8 != 0 ? BATCH : 1 + (uint32_t)(soak_mix(batches) % BATCH);
}

static const struct direct_type *type_of(uint64_t number)
{
    return &types[soak_mix(~number) % TYPES];
}

static bool goes_on(void)
{
    return load(&beside->over) == 0;
}

/* ---- waiting: the other end may not have a CPU at the moment, or may be broken ---- */
struct patience { uint32_t looks; uint64_t since; };

/* Between two looks in vain. False: there have been no others for too long. */
static bool wait_on(struct patience *patience)
{
    _mm_pause();
    if (++patience->looks % SPINS != 0) return true;
    if (patience->since == 0) patience->since = soak_now();
    sched_yield();
    return soak_now() - patience->since < STALL_S * 1000000000ull;
}

/* ---- the sending end ---- */
static void send_batch(uint64_t first, uint32_t count)
{
    struct patience patience = { 0 };
    for (uint32_t i = 0; i < count; i++) {
        make(first + i, messages[i], WORDS);
        soak_add(&sent, TYPE, messages[i], WORDS);
    }
    for (uint32_t done = 0; done < count && goes_on();) {
        uint32_t now = direct_push_batch(&sender, TYPE, messages[done], sizeof messages[0], count - done);
        done += now;
        if (now != 0) patience = (struct patience){ 0 };
        else if (!wait_on(&patience)) store(&beside->over, STALLED);
    }
}

static void send_batches(uint64_t count)
{
    for (uint32_t batches = 0; sent.count < count && goes_on(); batches++) {
        uint64_t left = count - sent.count;
        uint32_t wanted = batch_of(batches);
        send_batch(sent.count, left < wanted ? (uint32_t)left : wanted);
        if (batches % (1 << 16) == 0) soak_progress_at(&progress, sent.count);
    }
}

static void send_single(uint64_t count)
{
    for (uint64_t i = 0; i < count && goes_on(); i++) {
        const struct direct_type *type = type_of(i);
        struct patience patience = { 0 };
        make(i, messages[0], type->length / 8);
        soak_add(&sent, type->type, messages[0], type->length / 8);
        while (!direct_push(&sender, type->type, messages[0], type->length)) {
            if (!wait_on(&patience)) store(&beside->over, STALLED);
            if (!goes_on()) return;
        }
        if (i % (1 << 21) == 0) soak_progress_at(&progress, sent.count);
    }
}

/* ---- the receiving end ---- */
/* Whether it goes on looking. */
static bool looks_on(struct patience *patience, enum direct_result last)
{
    if (last == DIRECT_TAKEN || last == DIRECT_LOST) *patience = (struct patience){ 0 };
    else if (last != DIRECT_EMPTY) store(&beside->over, CONTRADICTED);
    else if (!wait_on(patience)) store(&beside->over, STALLED);
    return goes_on();
}

static void receive_batches(uint64_t count)
{
    struct patience patience = { 0 };
    enum direct_result result = DIRECT_EMPTY;
    while (taken.count < count && looks_on(&patience, result)) {
        uint32_t now = direct_pop_batch(&receiver, TYPE, messages, sizeof messages[0], BATCH, &result);
        for (uint32_t i = 0; i < now; i++) soak_add(&taken, TYPE, messages[i], WORDS);
    }
}

static void receive_single(uint64_t count)
{
    struct patience patience = { 0 };
    enum direct_result result = DIRECT_EMPTY;
    uint32_t which = 0;
    while (taken.count < count && looks_on(&patience, result)) {
        result = direct_pop_any(&receiver, types, TYPES, messages[0], &which);
        if (result == DIRECT_TAKEN) soak_add(&taken, types[which].type, messages[0], types[which].length / 8);
    }
}

/* Adds the messages of the numbers from `from` to below `to`, which have not come. */
static void add_lost(uint64_t from, uint64_t to)
{
    uint64_t message[WORDS];
    for (; from < to; from++) {
        make(from, message, WORDS);
        taken.digest += soak_hash(from, TYPE, message, WORDS);
    }
}

static void receive_lossy(uint64_t count)
{
    struct patience patience = { 0 };
    enum direct_result result = DIRECT_EMPTY;
    uint64_t next = 0;                /* the first number of which it is not settled whether it came */
    while (next < count && looks_on(&patience, result)) {
        uint32_t now = direct_pop_batch(&receiver, TYPE, messages, sizeof messages[0], BATCH, &result);
        uint64_t end = direct_number(&receiver.ring), first = end - now;
        add_lost(next, first);
        for (uint32_t i = 0; i < now; i++) taken.digest += soak_hash(first + i, TYPE, messages[i], WORDS);
        taken.count += now;
        next = end;
    }
}

/* Where the sender never waits there are few slots, so that it often overtakes the receiver in the middle of a copy. */
static const struct mode modes[] = {
    { "batches", 64, DIRECT_MAX_SLOTS, true, send_batches, receive_batches },
    { "single", 56, DIRECT_MAX_SLOTS, true, send_single, receive_single },
    { "lossy", 64, 256, false, send_batches, receive_lossy },
};

/* ---- two processes ---- */
static void *map(int file, size_t bytes, int protection)
{
    void *memory = mmap(NULL, bytes, protection, MAP_SHARED | MAP_POPULATE, file, 0);
    if (memory == MAP_FAILED) soak_cannot("cannot map memory");
    return memory;
}

static int make_file(const char *name, size_t bytes)
{
    int file = memfd_create(name, MFD_CLOEXEC);
    if (file < 0 || ftruncate(file, (off_t)bytes) != 0) soak_cannot("cannot make shared memory");
    return file;
}

/* To the first or second CPU of those that it may use; where there is one, both are on it. */
static void pin(uint32_t wanted)
{
    cpu_set_t may, one;
    sched_getaffinity(0, sizeof may, &may);
    wanted %= (uint32_t)CPU_COUNT(&may);
    CPU_ZERO(&one);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &may) && wanted-- == 0) CPU_SET(cpu, &one);
    }
    if (sched_setaffinity(0, sizeof one, &one) != 0) soak_cannot("cannot stay on one CPU");
}

static void meet(void)
{
    __atomic_fetch_add(&beside->opened, 1, __ATOMIC_SEQ_CST);
    while (load(&beside->opened) < 2) sched_yield();
}

static int be_receiver(const struct mode *mode, int ring, int page, uint64_t count)
{
    size_t size = direct_memory_size(mode->payload, mode->slots);
    pin(1);
    direct_receiver_start(&receiver, map(ring, size, PROT_READ), mode->payload, mode->slots,
                          mode->acknowledged ? map(page, PAGE, PROT_READ | PROT_WRITE) : NULL);
    meet();
    mode->receive(count);
    beside->at_receiver = taken;
    beside->lost = receiver.lost;
    beside->refused = receiver.refused;
    beside->corrupt = receiver.corrupt;
    return 0;
}

static void be_sender(const struct mode *mode, int ring, int page, uint64_t count)
{
    size_t size = direct_memory_size(mode->payload, mode->slots);
    pin(0);
    direct_sender_start(&sender, map(ring, size, PROT_READ | PROT_WRITE), mode->payload, mode->slots,
                        mode->acknowledged ? map(page, PAGE, PROT_READ) : NULL);
    meet();
    soak_progress_begin(&progress, mode->name, count);
    mode->send(count);
}

/* ---- what it comes to ---- */
static const char *judge(const struct mode *mode, uint64_t count, int status)
{
    const struct soak_tally *r = &beside->at_receiver;
    if (status != 0) return "the receiver has died";
    if (beside->over == CONTRADICTED || beside->refused + beside->corrupt + sender.corrupt != 0)
        return "an end found what the other cannot have written";
    if (beside->over == STALLED) return "nothing came or went for too long";
    if (sent.count != count) return "not all was sent";
    if (r->count + beside->lost != sent.count) return "the counts differ";
    if (mode->acknowledged && beside->lost != 0) return "an acknowledged channel has lost messages";
    if (r->digest != sent.digest) return "the digests differ";
    if (r->count == 0) return "nothing came";
    return NULL;
}

static int report(const struct mode *mode, uint64_t count, int status)
{
    const char *wrong = judge(mode, count, status);
    const struct soak_tally *r = &beside->at_receiver;
    printf("{\"channel\": \"direct\", \"mode\": \"%s\", \"sent\": %llu, \"taken\": %llu, \"lost\": %llu, \"refused\": %llu, "
           "\"corrupt\": %llu, \"digest_sent\": \"%016llx\", \"digest_taken\": \"%016llx\", \"seconds\": %.3f, "
           "\"wrong\": %s%s%s}\n",
           mode->name, (unsigned long long)sent.count, (unsigned long long)r->count, (unsigned long long)beside->lost,
           (unsigned long long)beside->refused, (unsigned long long)(beside->corrupt + sender.corrupt),
           (unsigned long long)sent.digest, (unsigned long long)r->digest, (double)(soak_now() - progress.begun) / 1e9,
           wrong == NULL ? "" : "\"", wrong == NULL ? "null" : wrong, wrong == NULL ? "" : "\"");
    return wrong != NULL;
}

static int soak(const struct mode *mode, uint64_t count)
{
    int ring = make_file("ring", direct_memory_size(mode->payload, mode->slots)), page = make_file("acknowledgements", PAGE);
    int status = 0;

    beside = mmap(NULL, sizeof *beside, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (beside == MAP_FAILED) soak_cannot("cannot map memory");
    pid_t child = fork();
    if (child < 0) soak_cannot("cannot start a second process");
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        _exit(be_receiver(mode, ring, page, count));
    }
    be_sender(mode, ring, page, count);
    waitpid(child, &status, 0);
    soak_progress_end(&progress);
    return report(mode, count, status);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 3 && i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(argv[1], modes[i].name) == 0) return soak(&modes[i], soak_number(argv[2], MESSAGES_MAX));
    }
    fprintf(stderr, "usage: soak_direct batches|single|lossy MESSAGES\n");
    return SOAK_CANNOT;
}
