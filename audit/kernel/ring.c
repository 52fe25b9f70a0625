/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing records. Slots are reserved for each source and class, so that none can use up another's. Equal denials of a subject
 * in a row are one record at once and one more for all that followed. What finds no slot is counted, and the count is written
 * as soon as there is one.
 */
#include "core/arch.h"
#include "core/audit.h"
#include "ring.h"

#define ROW_MS 100u                   /* a repeat waits no longer than this for the next one */
#define WORD_BITS 64u
#define WORDS ((RING_SOURCES + WORD_BITS - 1) / WORD_BITS)

/* A source's last event, and how many equal ones are not written yet. */
struct row {
    struct audit_record event;
    uint64_t since;                   /* TSC at which it was last written */
    uint32_t count;
    bool open;                        /* equal events join it */
};

struct ring_writer ring_writers[IMAGE_MAX_CPUS];
struct ring_credit ring_credits[RING_SOURCES][IMAGE_CLASS_COUNT];
static struct row rows[RING_SOURCES];
static uint64_t waiting[IMAGE_MAX_CPUS][WORDS];   /* sources that have something to be written when there is a slot */

static uint32_t source_of(uint32_t cpu, uint16_t subject)
{
    return subject == AUDIT_NONE ? IMAGE_MAX_SUBJECTS + cpu : subject;
}

static uint16_t subject_of(uint32_t source)
{
    return source < IMAGE_MAX_SUBJECTS ? (uint16_t)source : AUDIT_NONE;
}

struct audit_ring *ring_shared(uint32_t cpu)
{
    return core_region(core_policy()->cpus[cpu].audit_region);
}

struct audit_record *ring_records(uint32_t cpu)
{
    return (struct audit_record *)(void *)((uint8_t *)ring_shared(cpu) + AUDIT_PAGE);
}

struct ring_credit *ring_credit(uint32_t cpu, uint16_t subject, uint32_t class_)
{
    return subject == AUDIT_NONE ? &ring_credits[source_of(cpu, subject)][0] : &ring_credits[subject][class_];
}

static uint64_t free_slots(const struct ring_credit *credit)
{
    return credit->reserve - (credit->taken - __atomic_load_n(&credit->released, __ATOMIC_ACQUIRE));
}

/* Writes a record into a slot that `credit` is known to have. */
static void append(uint32_t cpu, struct ring_credit *credit, const struct audit_record *event, uint32_t count)
{
    struct ring_writer *w = &ring_writers[cpu];
    struct audit_record *r = &ring_records(cpu)[w->slot];
    *r = *event;
    r->sequence = w->written;
    r->tsc = arch_now();
    r->cpu = (uint16_t)cpu;
    r->count = count;
    credit->taken++;
    if (++w->slot == core_policy()->cpus[cpu].audit_slots) w->slot = 0;
    __atomic_store_n(&w->written, w->written + 1, __ATOMIC_RELEASE);
    __atomic_store_n(&ring_shared(cpu)->written, w->written, __ATOMIC_RELEASE);
}

static uint32_t epoch_of(uint16_t subject)
{
    return subject == AUDIT_NONE ? 0 : core_epoch(subject);
}

/* Writes how many events of this source and class were lost, if any were and there is a slot for it. */
static void append_lost(uint32_t cpu, uint16_t subject, uint32_t class_)
{
    struct ring_credit *credit = ring_credit(cpu, subject, class_);
    if (credit->lost == 0 || free_slots(credit) == 0) return;
    struct audit_record r = { .event = AUDIT_EVENT_LOST, .subject = subject, .channel = AUDIT_NONE, .type = AUDIT_NONE,
                              .field = AUDIT_NONE, .class_ = class_, .value = credit->lost, .epoch = epoch_of(subject) };
    credit->lost = 0;
    append(cpu, credit, &r, 1);
}

/* Writes the row's events as one record; false if there is no slot for it. */
static bool write_row(uint32_t cpu, struct row *row)
{
    if (row->count == 0) return true;
    struct ring_credit *credit = ring_credit(cpu, row->event.subject, row->event.class_);
    append_lost(cpu, row->event.subject, row->event.class_);
    if (free_slots(credit) == 0) return false;
    append(cpu, credit, &row->event, row->count);
    row->since = arch_now();
    row->count = 0;
    return true;
}

static void lose_row(uint32_t cpu, struct row *row)
{
    ring_credit(cpu, row->event.subject, row->event.class_)->lost += row->count;
    ring_writers[cpu].lost += row->count;
    ring_shared(cpu)->lost = ring_writers[cpu].lost;
    row->count = 0;
}

static void wait_for_slot(uint32_t cpu, uint32_t source)
{
    waiting[cpu][source / WORD_BITS] |= 1ull << source % WORD_BITS;
}

/* Floods come as denials and as messages that a full inbox dropped; every other event stands by itself. */
static bool joins_rows(const struct audit_record *event)
{
    return event->event == AUDIT_EVENT_DENIED || event->event == AUDIT_EVENT_DROPPED;
}

/* What the two tell of is the same act on the same ground; values may differ, and the record has the last one's. */
static bool equal(const struct audit_record *a, const struct audit_record *b)
{
    return a->event == b->event && a->rule == b->rule && a->channel == b->channel && a->type == b->type &&
           a->field == b->field && a->class_ == b->class_;
}

static void join_row(uint32_t cpu, struct row *row, const struct audit_record *event)
{
    row->event.value = event->value;
    row->event.other = event->other;
    row->count++;
    if (arch_now() - row->since > (uint64_t)ROW_MS * core_tsc_khz()) write_row(cpu, row);
}

void audit_write(uint32_t cpu, const struct audit_record *event)
{
    uint32_t source = source_of(cpu, event->subject);
    struct row *row = &rows[source];
    if (row->open && equal(&row->event, event)) {
        join_row(cpu, row, event);
    } else {
        if (!write_row(cpu, row)) lose_row(cpu, row);
        row->event = *event;
        row->event.epoch = epoch_of(event->subject);
        row->open = joins_rows(event);
        row->count = 1;
        if (!write_row(cpu, row) && !row->open) lose_row(cpu, row);
    }
    if (row->count != 0 || ring_credit(cpu, event->subject, event->class_)->lost != 0) wait_for_slot(cpu, source);
}

bool audit_admits(uint16_t subject, uint32_t class_)
{
    if (core_policy()->header->class_full[class_] == IMAGE_FULL_DROP) return true;
    const struct ring_credit *credit = &ring_credits[subject][class_];
    uint64_t before = credit->lost != 0;  /* records that would be written before this one */
    if (rows[subject].count != 0 && rows[subject].event.class_ == class_) before++;
    return free_slots(credit) > before;
}

/* True if nothing of this source is left to be written. */
static bool flush_source(uint32_t cpu, uint32_t source)
{
    bool done = write_row(cpu, &rows[source]);
    for (uint32_t c = 0; c < IMAGE_CLASS_COUNT; c++) {
        append_lost(cpu, subject_of(source), c);
        if (ring_credit(cpu, subject_of(source), c)->lost != 0) done = false;
    }
    return done;
}

void audit_flush(uint32_t cpu)
{
    for (uint32_t w = 0; w < WORDS; w++) {
        for (uint64_t bits = waiting[cpu][w]; bits != 0; bits &= bits - 1) {
            uint32_t source = w * WORD_BITS + (uint32_t)__builtin_ctzll(bits);
            if (flush_source(cpu, source)) waiting[cpu][w] &= ~(bits & -bits);
        }
    }
}

void ring_finish(uint32_t cpu)
{
    audit_flush(cpu);
    for (uint32_t s = 0; s < RING_SOURCES; s++) {
        if (waiting[cpu][s / WORD_BITS] >> s % WORD_BITS & 1) lose_row(cpu, &rows[s]);
    }
}
