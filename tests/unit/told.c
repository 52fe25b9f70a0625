/* SPDX-License-Identifier: Apache-2.0 */
/* See told.h. */
#include "told.h"
#include <mbedtls/sha256.h>
#include <string.h>
#include "audit/kernel/ring.h"
#include "fake_core.h"
#include "gateway.h"
#include "require.h"

enum { EVENTS = 2048 };

struct told_counts told_counts;

/* What happened to one source in one class, as it is to be recorded; the first `told` are on record. */
static struct history {
    struct audit_record events[EVENTS];
    bool may_be_lost[EVENTS];
    uint32_t count, told;
} histories[TOLD_SUBJECTS + TOLD_CPUS][IMAGE_CLASS_COUNT];

static struct ring {
    struct audit_record stood[EVENTS];        /* each as it was when it was written */
    uint64_t written, acked, lost;
} rings[TOLD_CPUS];

static uint32_t reserved;

void told_begin(uint32_t reserve)
{
    reserved = reserve;
    for (uint32_t s = 0; s < TOLD_SUBJECTS + TOLD_CPUS; s++) {
        for (uint32_t c = 0; c < IMAGE_CLASS_COUNT; c++) histories[s][c].count = histories[s][c].told = 0;
    }
    for (uint32_t cpu = 0; cpu < TOLD_CPUS; cpu++) rings[cpu].written = rings[cpu].acked = rings[cpu].lost = 0;
}

bool told_blocks(uint32_t class_)
{
    return class_ == AUDIT_CLASS_KERNEL || gateway.policy.header->class_full[class_] == IMAGE_FULL_BLOCK;
}

static struct history *history_of(uint32_t cpu, const struct audit_record *r)
{
    return r->class_ == AUDIT_CLASS_KERNEL ? &histories[TOLD_SUBJECTS + cpu][0] : &histories[r->subject][r->class_];
}

void told_happened(uint32_t cpu, struct audit_record event, bool may_be_lost)
{
    struct history *h = history_of(cpu, &event);
    event.cpu = (uint16_t)cpu;
    event.epoch = event.subject == AUDIT_NONE ? 0 : fake_core.epochs[event.subject];
    require(h->count < EVENTS, "more events than there is room for");
    h->may_be_lost[h->count] = may_be_lost || !told_blocks(event.class_);
    h->events[h->count++] = event;
}

static void is_told(const struct audit_record *r, const struct audit_record *event)
{
    struct audit_record told = *r;
    told.sequence = told.tsc = told.count = 0;
    require(memcmp(&told, event, sizeof told) == 0, "a record says something else than what happened");
}

/* A record of losses stands for events in its place. */
static void tell_lost(struct ring *ring, const struct audit_record *r, struct history *h)
{
    const struct audit_record lost = { .event = AUDIT_EVENT_LOST, .cpu = r->cpu, .subject = r->subject, .channel = AUDIT_NONE,
                                       .type = AUDIT_NONE, .field = AUDIT_NONE, .class_ = r->class_, .value = r->value,
                                       .epoch = r->subject == AUDIT_NONE ? 0 : fake_core.epochs[r->subject] };
    is_told(r, &lost);
    require(r->count == 1 && r->value > 0 && r->value <= h->count - h->told, "more is lost than happened");
    for (uint64_t i = 0; i < r->value; i++) require(h->may_be_lost[h->told++], "what must be on record is lost");
    ring->lost += r->value;
    told_counts.losses++;
}

/* Any other stands for equal ones, and says of the last what they differ in. */
static void tell(const struct audit_record *r, struct history *h)
{
    require(r->count > 0 && r->count <= h->count - h->told, "a record of what did not happen");
    const struct audit_record *first = &h->events[h->told], *last = first + r->count - 1;
    for (const struct audit_record *e = first; e <= last; e++) {
        struct audit_record like = *e;
        like.value = last->value;
        like.other = last->other;
        is_told(r, &like);
    }
    h->told += r->count;
    told_counts.rows += r->count > 1;
}

static const struct audit_record *record_at(uint32_t cpu, uint64_t sequence)
{
    return &ring_writers[cpu].records[sequence % gateway.policy.cpus[cpu].audit_slots];
}

/* Slots of a reservation with no record that is still to be read. */
uint32_t told_room(uint32_t cpu, uint32_t subject, uint32_t class_)
{
    uint32_t taken = 0;
    for (uint64_t i = rings[cpu].acked; i < rings[cpu].written; i++) {
        taken += rings[cpu].stood[i].subject == subject && rings[cpu].stood[i].class_ == class_;
    }
    require(taken <= reserved, "more slots than are reserved");
    return reserved - taken;
}

static void look_at(uint32_t cpu)
{
    struct ring *ring = &rings[cpu];
    const struct audit_ring *shared = ring_writers[cpu].shared;

    for (uint64_t i = ring->acked; i < ring->written; i++) {
        require(memcmp(record_at(cpu, i), &ring->stood[i], sizeof ring->stood[i]) == 0, "a record changes before it is read");
    }
    require(shared->written <= ring->acked + gateway.policy.cpus[cpu].audit_slots, "more records than slots");
    require(shared->written <= EVENTS, "more records than there is room for");
    require(shared->acked == ring->acked && shared->sealed <= shared->written, "the ring says what is not so");
    for (; ring->written < shared->written; ring->written++) {
        const struct audit_record *r = record_at(cpu, ring->written);
        ring->stood[ring->written] = *r;
        require(r->sequence == ring->written && r->cpu == cpu, "a record is not of its place");
        if (ring->written == 0) continue;
        require(r->tsc >= ring->stood[ring->written - 1].tsc, "time goes back");
        require(r->class_ == AUDIT_CLASS_KERNEL || (r->subject < TOLD_SUBJECTS && r->class_ < IMAGE_CLASS_COUNT), "of nobody");
        struct history *h = history_of(cpu, r);
        if (r->event == AUDIT_EVENT_LOST) tell_lost(ring, r, h);
        else tell(r, h);
    }
    for (uint32_t s = 0; s < TOLD_SUBJECTS; s++) {
        for (uint32_t c = 0; c < IMAGE_CLASS_COUNT; c++) told_room(cpu, s, c);
    }
    if (ring->written > gateway.policy.cpus[cpu].audit_slots) told_counts.laps++;
}

void told_look(void)
{
    for (uint32_t cpu = 0; cpu < TOLD_CPUS; cpu++) look_at(cpu);
}

bool told_all(uint32_t subject, uint32_t class_)
{
    return histories[subject][class_].told == histories[subject][class_].count;
}

void told_acknowledge(uint32_t cpu, uint64_t sequence)
{
    rings[cpu].acked = sequence;
}

uint64_t told_acknowledged(uint32_t cpu)
{
    return rings[cpu].acked;
}

/* As audit/record.h defines it, by another implementation. */
static void is_chained(uint32_t cpu)
{
    mbedtls_sha256_context hash;
    uint8_t prefix[64] = { 0 }, digest[32], sealed[32];

    memcpy(prefix, gateway.policy.header->policy_hash, 32);
    prefix[32] = (uint8_t)cpu;
    mbedtls_sha256_init(&hash);
    mbedtls_sha256_starts_ret(&hash, 0);
    mbedtls_sha256_update_ret(&hash, prefix, sizeof prefix);
    mbedtls_sha256_update_ret(&hash, (const uint8_t *)rings[cpu].stood, rings[cpu].written * sizeof rings[cpu].stood[0]);
    mbedtls_sha256_finish_ret(&hash, digest);
    mbedtls_sha256_free(&hash);
    sha256_digest(&ring_readers[cpu].chain, sealed);
    require(memcmp(digest, sealed, sizeof digest) == 0, "the chain is not that of what stood in the ring");
}

void told_end(void)
{
    told_look();
    for (uint32_t s = 0; s < TOLD_SUBJECTS + TOLD_CPUS; s++) {
        for (uint32_t c = 0; c < IMAGE_CLASS_COUNT; c++) require(told_all(s, c), "something that happened is not told");
    }
    for (uint32_t cpu = 0; cpu < TOLD_CPUS; cpu++) {
        require(ring_writers[cpu].shared->lost == rings[cpu].lost, "lost without being counted");
        is_chained(cpu);
    }
}

void told_read(uint32_t cpu, const struct audit_record *log, uint64_t count)
{
    require(count == rings[cpu].written, "not as many records are read as stood in the ring");
    require(memcmp(log, rings[cpu].stood, count * sizeof *log) == 0, "another record is read than stood in the ring");
}
