/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing records. Slots are reserved for each source and class, so that none can use up another's; of the kernel's own, which
 * tell what becomes of a CPU's subjects, one is kept for the end of each. Equal denials of a subject in a row are one record at
 * once and one more for all that followed. What finds no slot is counted, and the count is written as soon as there is one.
 */
#include "core/arch.h"
#include "core/audit.h"
#include "core/compiler.h"
#include "ring.h"

#define ROW_MS 100u                   /* a repeat waits no longer than this for the next one */

/* The last event of a source and class if equal ones are to join it, and how many have not been written yet. */
struct row {
    uint64_t since;                   /* TSC at which it was last written */
    uint32_t count;
    bool open;
    struct audit_record event;
};

struct ring_writer ring_writers[IMAGE_MAX_CPUS];
struct ring_credit ring_credits[RING_SOURCES][IMAGE_CLASS_COUNT];
static struct row rows[RING_SOURCES][IMAGE_CLASS_COUNT];

static uint32_t source_of(uint32_t cpu, uint32_t subject)
{
    return subject == AUDIT_NONE ? IMAGE_MAX_SUBJECTS + cpu : subject;
}

APART struct ring_credit *ring_credit(uint32_t cpu, uint32_t subject, uint32_t class_)
{
    if (class_ == AUDIT_CLASS_KERNEL) return &ring_credits[source_of(cpu, AUDIT_NONE)][0];
    return &ring_credits[subject][class_];
}

static uint64_t free_slots(const struct ring_credit *credit)
{
    return credit->reserve - (credit->taken - __atomic_load_n(&credit->released, __ATOMIC_ACQUIRE));
}

static uint32_t epoch_of(uint32_t subject)
{
    return subject == AUDIT_NONE ? 0 : core_epoch(subject);
}

/* Writes a record into a slot that `credit` is known to have. */
static void append(uint32_t cpu, struct ring_credit *credit, const struct audit_record *event, uint32_t count)
{
    struct ring_writer *w = &ring_writers[cpu];
    uint64_t written = w->written;
    struct audit_record *r = ring_record(w, written);
    arch_copy(r, event, sizeof *r);
    r->sequence = written++;
    r->tsc = arch_now();
    r->cpu = (uint16_t)cpu;
    r->count = count;
    credit->taken++;
    __atomic_store_n(&w->written, written, __ATOMIC_RELEASE);
    __atomic_store_n(&w->shared->written, written, __ATOMIC_RELEASE);
}

/* Writes how many events of this source and class were lost, if there is a slot for it. True if none is left to be told of. */
static bool append_lost(uint32_t cpu, struct ring_credit *credit)
{
    if (credit->lost == 0) return true;
    if (free_slots(credit) <= credit->kept) return false;
    struct audit_record r = { .event = AUDIT_EVENT_LOST, .subject = credit->subject, .channel = AUDIT_NONE,
                              .type = AUDIT_NONE, .field = AUDIT_NONE, .class_ = credit->class_, .value = credit->lost,
                              .epoch = epoch_of(credit->subject) };
    credit->lost = 0;
    append(cpu, credit, &r, 1);
    return true;
}

/* Writes `count` equal events as one record; without a slot, false. */
static bool put(uint32_t cpu, const struct audit_record *event, uint32_t count)
{
    struct ring_credit *credit = ring_credit(cpu, event->subject, event->class_);
    if (credit->lost != 0) append_lost(cpu, credit);
    uint64_t room = free_slots(credit);
    bool is_end = event->event == AUDIT_EVENT_STOP || event->event == AUDIT_EVENT_CORRUPT;
    if (room <= credit->kept && (room == 0 || !is_end)) return false;
    append(cpu, credit, event, count);
    return true;
}

/* Whoever waits looks at the slots once more afterwards: those that were freed before an acknowledgement could see it. */
static void wait_for_slot(uint32_t cpu, uint32_t subject)
{
    uint32_t source = source_of(cpu, subject);
    __atomic_fetch_or(&ring_writers[cpu].waiting[source / WORD_BITS], 1ull << source % WORD_BITS, __ATOMIC_SEQ_CST);
}

static void lose(uint32_t cpu, const struct audit_record *event, uint32_t count)
{
    struct ring_credit *credit = ring_credit(cpu, event->subject, event->class_);
    credit->lost += count;
    ring_writers[cpu].lost += count;
    ring_writers[cpu].shared->lost = ring_writers[cpu].lost;
    wait_for_slot(cpu, credit->subject);
    append_lost(cpu, credit);
}

/* Writes what the row has counted; true if nothing is left. */
static bool write_row(uint32_t cpu, struct row *row)
{
    if (row->count == 0) return true;
    if (!put(cpu, &row->event, row->count)) return false;
    row->count = 0;
    row->since = arch_now();
    return true;
}

/* Whatever comes next is no part of the row. */
static void close_row(uint32_t cpu, struct row *row)
{
    if (!write_row(cpu, row)) lose(cpu, &row->event, row->count);
    row->count = 0;
    row->open = false;
}

/*
 * The same act on the same ground. Of messages the values may differ, and the record has the last one's; of any other act the
 * value says what was touched.
 */
static bool joins_row(const struct row *row, const struct audit_record *e)
{
    const struct audit_record *r = &row->event;
    return row->open && r->event == e->event && r->rule == e->rule && r->channel == e->channel && r->type == e->type &&
           r->field == e->field && (r->channel != AUDIT_NONE || r->value == e->value);
}

/* A row with one more event, to be written by the next repeat that comes late, by another event, or by audit_flush(). */
static void join_row(uint32_t cpu, struct row *row, const struct audit_record *event)
{
    row->event.value = event->value;
    row->event.other = event->other;
    row->count++;
    wait_for_slot(cpu, event->subject);
    if (arch_now() - row->since > (uint64_t)ROW_MS * core_tsc_khz()) write_row(cpu, row);
}

static void open_row(uint32_t cpu, struct row *row, const struct audit_record *event)
{
    row->event = *event;
    row->count = 1;
    row->open = true;
    if (write_row(cpu, row)) return;
    wait_for_slot(cpu, event->subject);
    write_row(cpu, row);
}

static void close_rows(uint32_t cpu, uint32_t source)
{
    for (uint32_t c = 0; c < IMAGE_CLASS_COUNT; c++)
        if (rows[source][c].open) close_row(cpu, &rows[source][c]);
}

/*
 * Floods come as denials and as messages that a full inbox dropped, and are rows; every other event stands by itself. Each
 * class has its own: two floods that alternate, such as denials and drops, are two rows.
 */
static bool write_in_row(uint32_t cpu, const struct audit_record *event)
{
    struct row *row = &rows[event->subject][event->class_];
    if (joins_row(row, event)) {
        join_row(cpu, row, event);
        return true;
    }
    if (row->open) close_row(cpu, row);
    if (event->event != AUDIT_EVENT_DENIED && event->event != AUDIT_EVENT_DROPPED) return false;
    open_row(cpu, row, event);
    return true;
}

void audit_write(uint32_t cpu, struct audit_record *event)
{
    event->epoch = epoch_of(event->subject);
    if (event->class_ == AUDIT_CLASS_KERNEL) close_rows(cpu, source_of(cpu, event->subject));
    else if (write_in_row(cpu, event)) return;
    if (!put(cpu, event, 1)) lose(cpu, event, 1);
}

bool audit_admits(uint32_t subject, uint32_t class_)
{
    const struct ring_credit *credit = &ring_credits[subject][class_];
    if (!credit->blocks) return true;
    uint64_t before = credit->lost != 0;      /* records that would be written before this one */
    if (rows[subject][class_].count != 0) before++;
    return free_slots(credit) > before;
}

/* True if nothing of this source is left to be written. */
static bool flush_source(uint32_t cpu, uint32_t source)
{
    if (source >= IMAGE_MAX_SUBJECTS) return append_lost(cpu, &ring_credits[source][0]);
    bool done = true;
    for (uint32_t c = 0; c < IMAGE_CLASS_COUNT; c++) {
        done &= write_row(cpu, &rows[source][c]);
        done &= append_lost(cpu, &ring_credits[source][c]);
    }
    return done;
}

/* The first source from `s` on that waits; beyond all sources if none does. */
static uint32_t next_waiting(const struct ring_writer *writer, uint32_t s)
{
    for (; s < RING_SOURCES; s = (s | (WORD_BITS - 1)) + 1) {
        uint64_t bits = __atomic_load_n(&writer->waiting[s / WORD_BITS], __ATOMIC_RELAXED) >> s % WORD_BITS;
        if (bits != 0) return s + (uint32_t)__builtin_ctzll(bits);
    }
    return s;
}

bool ring_is_waiting(uint32_t cpu)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);      /* wait_for_slot(): either it sees what was released, or this sees it */
    return next_waiting(&ring_writers[cpu], 0) < RING_SOURCES;
}

void audit_flush(uint32_t cpu)
{
    struct ring_writer *w = &ring_writers[cpu];
    for (uint32_t s; (s = next_waiting(w, w->turn)) < RING_SOURCES;) {
        uint64_t *word = &w->waiting[s / WORD_BITS];
        if (flush_source(cpu, s)) __atomic_store_n(word, *word & ~(1ull << s % WORD_BITS), __ATOMIC_RELAXED);
        w->turn = s + 1;
        if (core_time_up()) return;
    }
    w->turn = 0;
}

void ring_finish(uint32_t cpu)
{
    for (uint32_t s = 0; (s = next_waiting(&ring_writers[cpu], s)) < RING_SOURCES; s++) {
        flush_source(cpu, s);
        close_rows(cpu, s);
    }
}
