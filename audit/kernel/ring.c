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

struct ring_writer ring_writers[IMAGE_MAX_CPUS];
struct ring_credit ring_credits[RING_SOURCES][IMAGE_CLASS_COUNT];

APART struct ring_credit *ring_credit(uint32_t cpu, uint32_t subject, uint32_t class_)
{
    if (class_ == AUDIT_CLASS_KERNEL) return &ring_credits[IMAGE_MAX_SUBJECTS + cpu][0];
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

/* What stands in the next slot, which `credit` has, is a record from now on. */
static APART void publish(struct ring_writer *w, struct ring_credit *credit)
{
    struct audit_record *r = w->next, *next = r + 1;
    uint64_t written = w->written;
    r->cpu = w->cpu;
    r->sequence = written++;
    credit->taken++;
    w->next = next == w->end ? w->records : next;
    __atomic_store_n(&w->written, written, __ATOMIC_RELEASE);
    __atomic_store_n(&w->shared->written, written, __ATOMIC_RELEASE);
}

/* Writes a record into a slot that `credit` is known to have. */
static APART void append(uint32_t cpu, struct ring_credit *credit, const struct audit_record *event, uint32_t count)
{
    struct ring_writer *w = &ring_writers[cpu];
    struct audit_record *r = w->next;
    arch_copy(r, event, sizeof *r);
    r->tsc = arch_now();
    r->count = count;
    publish(w, credit);
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
static bool put(uint32_t cpu, struct ring_credit *credit, const struct audit_record *event, uint32_t count)
{
    if (credit->lost != 0) append_lost(cpu, credit);
    uint64_t room = free_slots(credit);
    bool is_end = event->event == AUDIT_EVENT_STOP || event->event == AUDIT_EVENT_CORRUPT;
    if (room <= credit->kept && (room == 0 || !is_end)) return false;
    append(cpu, credit, event, count);
    return true;
}

/* Whoever waits looks at the slots once more afterwards: those that were freed before an acknowledgement could see it. */
static void wait_for_slot(uint32_t cpu, const struct ring_credit *credit)
{
    uint32_t source = credit->source;
    __atomic_fetch_or(&ring_writers[cpu].waiting[source / WORD_BITS], 1ull << source % WORD_BITS, __ATOMIC_SEQ_CST);
}

static void lose(uint32_t cpu, struct ring_credit *credit, uint32_t count)
{
    credit->lost += count;
    ring_writers[cpu].lost += count;
    ring_writers[cpu].shared->lost = ring_writers[cpu].lost;
    wait_for_slot(cpu, credit);
    append_lost(cpu, credit);
}

/* Writes what the row has counted; true if nothing is left. */
static bool write_row(uint32_t cpu, struct ring_credit *credit)
{
    struct ring_row *row = &credit->row;
    if (row->count == 0) return true;
    if (!put(cpu, credit, &row->event, row->count)) return false;
    row->count = 0;
    row->since = arch_now();
    return true;
}

/* Whatever comes next is no part of the row, if there is one. */
static void close_row(uint32_t cpu, struct ring_credit *credit)
{
    if (!write_row(cpu, credit)) lose(cpu, credit, credit->row.count);
    credit->row.count = 0;
    credit->row.open = false;
}

/*
 * The same act on the same ground. Of messages the values may differ, and the record has the last one's; of any other act the
 * value says what was touched.
 */
static bool joins_row(const struct ring_row *row, const struct audit_record *e)
{
    const struct audit_record *r = &row->event;
    return row->open && r->event == e->event && r->rule == e->rule && r->channel == e->channel && r->type == e->type &&
           r->field == e->field && (r->channel != AUDIT_NONE || r->value == e->value);
}

/* A row with one more event, to be written by the next repeat that comes late, by another event, or by audit_flush(). */
static void join_row(uint32_t cpu, struct ring_credit *credit, const struct audit_record *event)
{
    struct ring_row *row = &credit->row;
    row->event.value = event->value;
    row->event.other = event->other;
    row->count++;
    wait_for_slot(cpu, credit);
    if (arch_now() - row->since > (uint64_t)ROW_MS * core_tsc_khz()) write_row(cpu, credit);
}

static void open_row(uint32_t cpu, struct ring_credit *credit, const struct audit_record *event)
{
    credit->row.event = *event;
    credit->row.count = 1;
    credit->row.open = true;
    credit->sure = 0;
    if (write_row(cpu, credit)) return;
    wait_for_slot(cpu, credit);
    write_row(cpu, credit);
}

/*
 * Floods come as denials and as messages that a full inbox dropped, and are rows; every other event stands by itself. Each
 * class has its own: two floods that alternate, such as denials and drops, are two rows.
 */
static bool write_in_row(uint32_t cpu, struct ring_credit *credit, const struct audit_record *event)
{
    if (joins_row(&credit->row, event)) {
        join_row(cpu, credit, event);
        return true;
    }
    close_row(cpu, credit);
    if (event->event != AUDIT_EVENT_DENIED && event->event != AUDIT_EVENT_DROPPED) return false;
    open_row(cpu, credit, event);
    return true;
}

/* Of one source; the kernel itself has no rows. */
static APART void close_rows(uint32_t cpu, uint32_t source)
{
    for (uint32_t c = 0; c < IMAGE_CLASS_COUNT; c++) close_row(cpu, &ring_credits[source][c]);
}

void audit_write(uint32_t cpu, struct audit_record *event)
{
    struct ring_credit *credit = ring_credit(cpu, event->subject, event->class_);
    event->epoch = epoch_of(event->subject);
    if (event->class_ != AUDIT_CLASS_KERNEL) {
        if (write_in_row(cpu, credit, event)) return;
    } else if (event->subject != AUDIT_NONE) {
        close_rows(cpu, event->subject);
    }
    if (!put(cpu, credit, event, 1)) lose(cpu, credit, 1);
}

bool audit_admits(uint32_t subject, uint32_t class_)
{
    const struct ring_credit *credit = &ring_credits[subject][class_];
    if (!credit->blocks) return true;
    uint64_t before = credit->lost != 0;      /* records that would be written before this one */
    if (credit->row.count != 0) before++;
    return free_slots(credit) > before;
}

struct ring_writer *audit_ring(uint32_t cpu)
{
    return &ring_writers[cpu];
}

struct audit_record *audit_draft(struct ring_writer *w)
{
    return &w->draft;
}

struct audit_record *audit_begin(struct ring_writer *w, uint32_t subject, uint32_t class_)
{
    struct ring_credit *credit = &ring_credits[subject][class_];
    w->credit = credit;
    if (credit->taken < credit->sure) return w->next;
    if (credit->lost != 0 || credit->row.open || free_slots(credit) == 0) return audit_admits(subject, class_) ? &w->draft : 0;
    credit->sure = credit->taken + free_slots(credit);
    return w->next;
}

void audit_end(struct ring_writer *w, struct audit_record *r)
{
    if (r == &w->draft) {
        audit_write(w->cpu, r);
        return;
    }
    r->count = 1;
    r->epoch = core_epoch(r->subject);
    publish(w, w->credit);
}

/* True if nothing of this source is left to be written. */
static bool flush_source(uint32_t cpu, uint32_t source)
{
    bool done = true;
    for (uint32_t c = 0; c < IMAGE_CLASS_COUNT; c++) {
        done &= write_row(cpu, &ring_credits[source][c]);
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
