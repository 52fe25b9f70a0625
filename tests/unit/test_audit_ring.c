/* SPDX-License-Identifier: Apache-2.0 */
/* Writing audit records: what is filled in, rows of equal events, reservations, losses. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "audited.h"

enum { ENDS = 3 };                    /* subjects of CPU 0: slots of the kernel's that their STOP has */

/* ---- records ---- */
static void test_first_record_is_boot(void **unused)
{
    (void)unused;
    for (uint32_t cpu = 0; cpu < 2; cpu++) {
        const struct audit_ring *ring = ring_writers[cpu].shared;
        assert_int_equal(ring->written, 1);
        assert_int_equal(ring->sealed, 0);
        assert_int_equal(ring->cpu, cpu);
        assert_int_equal(ring->slots, gateway.policy.cpus[cpu].audit_slots);
        assert_memory_equal(ring->policy_hash, gateway.policy.header->policy_hash, 32);
        const struct audit_record *r = audited_record(cpu, 0);
        assert_int_equal(r->event, AUDIT_EVENT_BOOT);
        assert_int_equal(r->cpu, cpu);
        assert_int_equal(r->subject, AUDIT_NONE);
        assert_int_equal(r->value, 3);
        assert_int_equal(r->payload_length, 32);
        assert_memory_equal(r->payload, gateway.policy.header->policy_hash, 32);
    }
}

static void test_record_is_filled_in(void **unused)
{
    (void)unused;
    struct audit_record e = event_of(AUDIT_EVENT_ALLOWED, BUILDER_LOW, 70, IMAGE_CLASS_FLOW);
    e.sequence = e.tsc = e.count = e.cpu = 0x7777;        /* the caller's are not taken */
    e.value = 5;
    e.other = 6;
    e.payload_length = 2;
    e.payload[1] = 9;
    fake_core.epochs[BUILDER_LOW] = 4;
    fake_core.now = 5000000000;
    audit_write(0, &e);
    const struct audit_record *r = audited_record(0, 1);
    assert_int_equal(r->tsc, 5000000001);
    assert_int_equal(r->cpu, 0);
    assert_int_equal(r->count, 1);
    assert_int_equal(r->epoch, 4);
    assert_int_equal(r->value, 5);
    assert_int_equal(r->other, 6);
    assert_int_equal(r->payload[1], 9);
    assert_int_equal(ring_writers[0].shared->written, 2);
    assert_int_equal(ring_writers[1].shared->written, 1);
}

/* Of a record that is made where it stands, the audit fills in the same. */
static void test_record_is_made_in_place(void **unused)
{
    (void)unused;
    struct ring_writer *ring = audit_ring(0);
    fake_core.epochs[BUILDER_LOW] = 4;
    struct audit_record *r = audit_begin(ring, BUILDER_LOW, IMAGE_CLASS_FLOW);
    assert_ptr_equal(r, &ring->records[1]);
    *r = event_of(AUDIT_EVENT_ALLOWED, BUILDER_LOW, 70, IMAGE_CLASS_FLOW);
    r->tsc = 5;
    r->sequence = r->count = r->epoch = r->cpu = 0x7777;
    assert_int_equal(ring->shared->written, 1);
    audit_end(ring, r);
    assert_int_equal(ring->shared->written, 2);
    expect(1, AUDIT_EVENT_ALLOWED, 70, 1);
    assert_int_equal(r->tsc, 5);
    assert_int_equal(r->cpu, 0);
    assert_int_equal(r->epoch, 4);
    assert_int_equal(ring_credits[BUILDER_LOW][IMAGE_CLASS_FLOW].taken, 1);
}

/* While something of its source and class waits, a record is made apart, so that what waits comes first. */
static void test_record_waits_for_what_was_before(void **unused)
{
    (void)unused;
    assert_true(pass(AUDIT_EVENT_DOWNGRADE, IMAGE_CLASS_SECURITY));
    deny(70);
    deny(70);
    assert_true(pass(AUDIT_EVENT_ALLOWED, IMAGE_CLASS_FLOW));     /* of another class */
    assert_false(pass(AUDIT_EVENT_DOWNGRADE, IMAGE_CLASS_SECURITY));
    expect(4, AUDIT_EVENT_DENIED, 70, 1);
    expect(5, AUDIT_EVENT_DOWNGRADE, 70, 1);
    assert_true(pass(AUDIT_EVENT_DOWNGRADE, IMAGE_CLASS_SECURITY));
}

/* Slots that the reader has freed are found; what was lost meanwhile is told first. The ring begins anew at its end. */
static void test_records_in_place_go_round(void **unused)
{
    (void)unused;
    for (uint32_t round = 0; round < 20; round++) {
        for (uint32_t i = 0; i < RESERVE; i++) assert_true(pass(AUDIT_EVENT_ALLOWED, IMAGE_CLASS_FLOW));
        read_all(0);
        read_ring(0);
    }
    assert_true(ring_writers[0].written > gateway.policy.cpus[0].audit_slots);
    for (uint32_t i = 0; i < RESERVE; i++) allow();
    assert_false(pass(AUDIT_EVENT_ALLOWED, IMAGE_CLASS_FLOW));
    uint64_t written = ring_writers[0].written;
    read_all(0);
    read_ring(0);
    assert_false(pass(AUDIT_EVENT_ALLOWED, IMAGE_CLASS_FLOW));
    expect(written, AUDIT_EVENT_LOST, 0, 1);
    expect(written + 1, AUDIT_EVENT_ALLOWED, 70, 1);
    assert_true(pass(AUDIT_EVENT_ALLOWED, IMAGE_CLASS_FLOW));
}

/* ---- rows ---- */
static void downgrade(void)
{
    pass(AUDIT_EVENT_DOWNGRADE, IMAGE_CLASS_SECURITY);
}

static void test_equal_denials_are_counted(void **unused)
{
    (void)unused;
    deny(70);
    expect(1, AUDIT_EVENT_DENIED, 70, 1);             /* the first one at once */
    for (int i = 0; i < 5; i++) deny(70);
    assert_int_equal(ring_writers[0].shared->written, 2);
    deny(71);
    expect(2, AUDIT_EVENT_DENIED, 70, 5);
    expect(3, AUDIT_EVENT_DENIED, 71, 1);
    deny(71);
    audit_flush(0);
    expect(4, AUDIT_EVENT_DENIED, 71, 1);
    audit_flush(0);
    assert_int_equal(ring_writers[0].shared->written, 5);
    deny(71);                         /* the row goes on behind a flush */
    assert_int_equal(ring_writers[0].shared->written, 5);
    downgrade();
    expect(5, AUDIT_EVENT_DENIED, 71, 1);
    expect(6, AUDIT_EVENT_DOWNGRADE, 70, 1);
    deny(71);                         /* another event ended the row */
    expect(7, AUDIT_EVENT_DENIED, 71, 1);
}

/* A flood that alternates between classes, as where a full inbox drops some and the type denies others, is a row of each. */
static void test_classes_have_rows_of_their_own(void **unused)
{
    (void)unused;
    for (int i = 0; i < 6; i++) {
        deny(70);
        write_event(0, AUDIT_EVENT_DROPPED, BUILDER_LOW, 71, IMAGE_CLASS_FLOW);
    }
    assert_int_equal(ring_writers[0].shared->written, 3);
    expect(1, AUDIT_EVENT_DENIED, 70, 1);
    expect(2, AUDIT_EVENT_DROPPED, 71, 1);
    write_event(0, AUDIT_EVENT_RESTART, BUILDER_LOW, 72, AUDIT_CLASS_KERNEL);         /* a life's end ends both */
    expect(3, AUDIT_EVENT_DENIED, 70, 5);
    expect(4, AUDIT_EVENT_DROPPED, 71, 5);
    expect(5, AUDIT_EVENT_RESTART, 72, 1);
}

static void test_any_difference_ends_a_row(void **unused)
{
    (void)unused;
    struct audit_record e = event_of(AUDIT_EVENT_DENIED, BUILDER_LOW, 70, IMAGE_CLASS_SECURITY);
    uint64_t written = 1;
    audit_write(0, &e);
    assert_int_equal(ring_writers[0].shared->written, ++written);
#define DIFFERS(member, other)                                                                                             \
    e.member = (other);                                                                                                    \
    audit_write(0, &e);                                                                                                    \
    assert_int_equal(ring_writers[0].shared->written, ++written)
    DIFFERS(event, AUDIT_EVENT_DROPPED);
    DIFFERS(channel, 2);
    DIFFERS(type, 3);
    DIFFERS(field, 4);
    DIFFERS(rule, 71);
    DIFFERS(class_, IMAGE_CLASS_FLOW);
    e.channel = AUDIT_NONE;           /* no message: the value says what was touched */
    audit_write(0, &e);
    written++;
    DIFFERS(value, 0x70);
    e.channel = 2;
    audit_write(0, &e);
    written++;
#undef DIFFERS
    e.value = e.other = 99;           /* values of messages differ within a row: the last one's stand */
    audit_write(0, &e);
    assert_int_equal(ring_writers[0].shared->written, written);
    audit_flush(0);
    assert_int_equal(audited_record(0, written)->value, 99);
    assert_int_equal(audited_record(0, written)->other, 99);
}

/* What is no message joins a row by its value: the same port again. */
static void test_repeats_without_a_channel_are_counted(void **unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++) audit_deny(BUILDER_LOW, 70, 0x60, (uint64_t)i, AUDIT_NONE);
    assert_int_equal(ring_writers[0].shared->written, 2);
    audit_deny(BUILDER_LOW, 70, 0x61, 0, AUDIT_NONE);
    expect(2, AUDIT_EVENT_DENIED, 70, 2);
    assert_int_equal(audited_record(0, 2)->value, 0x60);
    assert_int_equal(audited_record(0, 2)->other, 2);
    expect(3, AUDIT_EVENT_DENIED, 70, 1);
    assert_int_equal(audited_record(0, 3)->value, 0x61);
}

/* ---- notes ---- */
/* What becomes of a subject or of the launch is written at the kernel's expense, all else at the subject's. */
static void test_notes_are_paid_for_by_whom_they_tell_of(void **unused)
{
    static const struct { uint16_t event, class_; } cases[] = {
        { AUDIT_EVENT_RESTART, AUDIT_CLASS_KERNEL }, { AUDIT_EVENT_STOP, AUDIT_CLASS_KERNEL },
        { AUDIT_EVENT_CORRUPT, AUDIT_CLASS_KERNEL }, { AUDIT_EVENT_MEASURED, AUDIT_CLASS_KERNEL },
        { AUDIT_EVENT_DENIED, IMAGE_CLASS_SECURITY }, { AUDIT_EVENT_ORDER, IMAGE_CLASS_SECURITY },
        { AUDIT_EVENT_INTEGRITY, IMAGE_CLASS_SECURITY },
    };
    (void)unused;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        audited_start();
        uint64_t of_kernel = ring_credit(0, AUDIT_NONE, AUDIT_CLASS_KERNEL)->taken;
        audit_note(BUILDER_GUARD, 70, 5, 6, 7, cases[i].event);
        const struct audit_record *r = audited_record(0, 1);
        assert_int_equal(r->event, cases[i].event);
        assert_int_equal(r->class_, cases[i].class_);
        assert_int_equal(r->subject, BUILDER_GUARD);
        assert_int_equal(r->rule, 70);
        assert_int_equal(r->value, 5);
        assert_int_equal(r->other, 6);
        assert_int_equal(r->channel, 7);
        bool kernel = cases[i].class_ == AUDIT_CLASS_KERNEL;
        assert_int_equal(ring_credit(0, AUDIT_NONE, AUDIT_CLASS_KERNEL)->taken, of_kernel + kernel);
        assert_int_equal(ring_credits[BUILDER_GUARD][IMAGE_CLASS_SECURITY].taken, !kernel);
    }
}

static void test_denials_are_noted_if_the_policy_wants_it(void **unused)
{
    (void)unused;
    gateway.builder.header.audit_always &= ~(uint32_t)IMAGE_AUDIT_DENIED;
    audited_start();
    audit_deny(BUILDER_LOW, 70, 0, 0, 0);
    assert_int_equal(ring_writers[0].shared->written, 1);
}

/* ---- rows of several subjects ---- */
static void test_rows_of_subjects_are_apart(void **unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++) {
        deny(70);
        write_event(0, AUDIT_EVENT_DENIED, BUILDER_GUARD, 70, IMAGE_CLASS_SECURITY);
    }
    assert_int_equal(ring_writers[0].shared->written, 3);
    audit_flush(1);                   /* not their CPU */
    assert_int_equal(ring_writers[0].shared->written, 3);
    audit_flush(0);
    expect(3, AUDIT_EVENT_DENIED, 70, 2);
    expect(4, AUDIT_EVENT_DENIED, 70, 2);
    assert_int_equal(audited_record(0, 3)->subject, BUILDER_LOW);
    assert_int_equal(audited_record(0, 4)->subject, BUILDER_GUARD);
}

static void test_recorded_messages_make_no_row(void **unused)
{
    (void)unused;
    for (int i = 0; i < 3; i++) allow();
    assert_int_equal(ring_writers[0].shared->written, 4);
}

/* A CPU without window switches: the next repeat after 100 ms takes those before it along. */
static void test_old_repeats_are_written(void **unused)
{
    (void)unused;
    deny(70);
    fake_core.now += 50 * 1000000;
    deny(70);
    assert_int_equal(ring_writers[0].shared->written, 2);
    fake_core.now += 60 * 1000000;
    deny(70);
    expect(2, AUDIT_EVENT_DENIED, 70, 2);
    deny(70);
    assert_int_equal(ring_writers[0].shared->written, 3);
}

/* Repeats belong to the epoch in which they happened, though they are written after the restart. */
static void test_row_keeps_epoch(void **unused)
{
    (void)unused;
    fake_core.epochs[BUILDER_LOW] = 1;
    deny(70);
    deny(70);
    fake_core.epochs[BUILDER_LOW] = 2;
    write_event(0, AUDIT_EVENT_RESTART, BUILDER_LOW, 70, IMAGE_CLASS_SECURITY);
    assert_int_equal(audited_record(0, 2)->epoch, 1);
    assert_int_equal(audited_record(0, 3)->epoch, 2);
}

/* ---- reservations ---- */
static void test_reservation_is_own(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < 2 * RESERVE; i++) deny(70 + i);
    assert_int_equal(ring_writers[0].shared->written, 1 + RESERVE);
    for (uint32_t i = 0; i < RESERVE; i++) allow();       /* another class of the same subject */
    assert_int_equal(ring_writers[0].shared->written, 1 + 2 * RESERVE);
    for (uint32_t i = 0; i < RESERVE; i++) write_event(0, AUDIT_EVENT_DENIED, BUILDER_GUARD, 70 + i, IMAGE_CLASS_SECURITY);
    assert_int_equal(ring_writers[0].shared->written, 1 + 3 * RESERVE);
    for (uint32_t i = 1; i < RESERVE; i++) write_event(0, AUDIT_EVENT_INTEGRITY, AUDIT_NONE, 0, AUDIT_CLASS_KERNEL);
    assert_int_equal(ring_writers[0].shared->written, 4 * RESERVE - ENDS);
    assert_int_equal(ring_writers[1].shared->written, 1);
}

static void test_admission(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < RESERVE - 1; i++) deny(70 + i);
    assert_true(audit_admits(BUILDER_LOW, IMAGE_CLASS_SECURITY));
    deny(70 + RESERVE - 2);           /* a repeat will want the last slot */
    assert_false(audit_admits(BUILDER_LOW, IMAGE_CLASS_SECURITY));
    assert_true(audit_admits(BUILDER_GUARD, IMAGE_CLASS_SECURITY));
    assert_true(audit_admits(BUILDER_LOW, IMAGE_CLASS_FLOW));
    for (uint32_t i = 0; i < RESERVE; i++) allow();
    assert_true(audit_admits(BUILDER_LOW, IMAGE_CLASS_FLOW));     /* this class drops and counts */
    gateway.builder.header.class_full[IMAGE_CLASS_FLOW] = IMAGE_FULL_BLOCK;
    audited_start();
    for (uint32_t i = 0; i < RESERVE; i++) allow();
    assert_false(audit_admits(BUILDER_LOW, IMAGE_CLASS_FLOW));
    assert_null(audit_begin(audit_ring(0), BUILDER_LOW, IMAGE_CLASS_FLOW));
}

/* What waits in another class takes no slot of this one. */
static void test_admission_by_class(void **unused)
{
    (void)unused;
    for (uint32_t i = 1; i < RESERVE; i++) deny(70 + i);
    for (uint32_t i = 0; i < 2; i++) write_event(0, AUDIT_EVENT_DROPPED, BUILDER_LOW, IMAGE_RULE_FULL, IMAGE_CLASS_FLOW);
    assert_true(audit_admits(BUILDER_LOW, IMAGE_CLASS_SECURITY));
}

/* What is to be written before the act's own record needs slots as well: the losses, and the event that waits. */
static void test_admission_after_losses(void **unused)
{
    uint64_t sealed;
    (void)unused;
    for (uint32_t i = 0; i < RESERVE + 2; i++) deny(70 + i);
    assert_int_equal(audit_ack(0, 0, &sealed), ABI_OK);
    assert_int_equal(audit_ack(0, 3, &sealed), ABI_OK);
    assert_false(audit_admits(BUILDER_LOW, IMAGE_CLASS_SECURITY));
    assert_int_equal(audit_ack(0, 4, &sealed), ABI_OK);
    assert_true(audit_admits(BUILDER_LOW, IMAGE_CLASS_SECURITY));
}

/* Whoever asks before each act loses nothing, however long it goes on. */
static void test_admitted_is_never_lost(void **unused)
{
    uint32_t acts = 0, rule = 70;
    (void)unused;
    for (uint32_t i = 0; i < 1000; i++) {
        if (!audit_admits(BUILDER_LOW, IMAGE_CLASS_SECURITY)) {
            deny(IMAGE_RULE_AUDIT);   /* what the monitor does then: always the same event */
        } else {
            deny(i % 3 == 0 ? ++rule : rule);
            acts++;
        }
        if (i % 50 == 0) read_ring(0);
        if (i % 7 == 0) audit_flush(0);
    }
    audit_flush(0);
    read_all(0);
    audit_flush(0);
    read_all(0);
    assert_int_equal(ring_writers[0].shared->lost, 0);
    uint32_t counted = 0, refused = 0;
    for (uint64_t i = 1; i < audited.count[0]; i++) {
        if (audited.logged[0][i].rule == IMAGE_RULE_AUDIT) refused += audited.logged[0][i].count;
        else counted += audited.logged[0][i].count;
    }
    assert_int_equal(counted, acts);
    assert_int_equal(refused, 1000 - acts);
    assert_true(refused > 0);
}

/* ---- losses ---- */
static void test_losses_are_counted_and_told(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < RESERVE; i++) deny(70 + i);
    for (uint32_t i = 0; i < 5; i++) deny(100 + i);       /* four are lost, the last one waits for a slot */
    assert_int_equal(ring_writers[0].shared->lost, 4);
    audit_flush(0);
    assert_int_equal(ring_writers[0].shared->written, 1 + RESERVE);
    read_all(0);
    read_ring(0);
    audit_flush(0);
    expect(1 + RESERVE, AUDIT_EVENT_LOST, 0, 1);
    assert_int_equal(audited_record(0, 1 + RESERVE)->value, 4);
    assert_int_equal(audited_record(0, 1 + RESERVE)->subject, BUILDER_LOW);
    expect(2 + RESERVE, AUDIT_EVENT_DENIED, 104, 1);
    audit_flush(0);
    assert_int_equal(ring_writers[0].shared->written, 3 + RESERVE);       /* told once */
    assert_int_equal(ring_writers[0].shared->lost, 4);
}

static void test_event_waits_for_slot(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i <= RESERVE; i++) deny(70 + i);
    assert_int_equal(ring_writers[0].shared->lost, 0);
    read_all(0);
    audit_flush(0);
    expect(1 + RESERVE, AUDIT_EVENT_DENIED, 70 + RESERVE, 1);
}

/* What is counted as lost is not written as well. */
static void test_event_is_lost_once(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i <= RESERVE; i++) deny(70 + i);
    downgrade();                      /* ends the row that waits, and finds no slot either */
    assert_int_equal(ring_writers[0].shared->lost, 2);
    read_all(0);
    audit_flush(0);
    expect(1 + RESERVE, AUDIT_EVENT_LOST, 0, 1);
    assert_int_equal(ring_writers[0].shared->written, 2 + RESERVE);
}

static void test_lost_record_comes_before_next(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < RESERVE + 3; i++) allow();
    assert_int_equal(ring_writers[0].shared->lost, 3);
    read_all(0);
    allow();
    expect(1 + RESERVE, AUDIT_EVENT_LOST, 0, 1);
    assert_int_equal(audited_record(0, 1 + RESERVE)->class_, IMAGE_CLASS_FLOW);
    expect(2 + RESERVE, AUDIT_EVENT_ALLOWED, 70, 1);
}

/* What becomes of a subject is written from the kernel's own slots: no flood of its denials hides it. */
static void test_kernel_class_is_apart(void **unused)
{
    (void)unused;
    struct audit_record stop = event_of(AUDIT_EVENT_STOP, BUILDER_LOW, 70, AUDIT_CLASS_KERNEL);
    for (uint32_t i = 0; i < 2000; i++) deny(70 + i % 2);
    uint64_t written = ring_writers[0].shared->written;
    audit_write(0, &stop);
    assert_int_equal(ring_writers[0].shared->written, written + 1);
    expect(written, AUDIT_EVENT_STOP, 70, 1);
}

static void test_lost_without_further_events(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < RESERVE + 3; i++) allow();
    for (uint32_t i = 0; i < RESERVE + 3; i++) write_event(0, AUDIT_EVENT_INTEGRITY, AUDIT_NONE, 0, AUDIT_CLASS_KERNEL);
    audit_flush(0);                   /* no slot yet */
    read_all(0);
    uint64_t before = ring_writers[0].shared->written;
    audit_flush(0);
    expect(before, AUDIT_EVENT_LOST, 0, 1);
    expect(before + 1, AUDIT_EVENT_LOST, 0, 1);
    assert_int_equal(audited_record(0, before)->value, 3);
    assert_int_equal(audited_record(0, before + 1)->value, 4 + ENDS);         /* BOOT has the kernel's first slot */
    assert_int_equal(audited_record(0, before + 1)->subject, AUDIT_NONE);
}

/* At a window's end one source has its turn, even if there is no room for it: the others at the next ends. */
static void test_flush_without_time_takes_turns(void **unused)
{
    (void)unused;
    const uint16_t subjects[] = { BUILDER_LOW, BUILDER_GUARD, BUILDER_AUDIT };
    for (uint32_t i = 0; i < RESERVE; i++) deny(70 + i);
    for (uint32_t s = 0; s < 3; s++) {
        for (uint32_t i = 0; i < 3; i++) write_event(0, AUDIT_EVENT_DENIED, subjects[s], 99, IMAGE_CLASS_SECURITY);
    }
    uint64_t written = ring_writers[0].shared->written;
    fake_core.looks = 0;
    for (uint32_t i = 0; i < 3; i++) audit_flush(0);
    assert_int_equal(ring_writers[0].shared->written, written + 2);
    for (uint32_t i = 0; i < 2; i++) {
        expect(written + i, AUDIT_EVENT_DENIED, 99, 2);
        assert_int_equal(audited_record(0, written + i)->subject, subjects[1 + i]);
    }
}

/* ---- the end of a subject ---- */
static void restart(uint16_t subject)
{
    write_event(0, AUDIT_EVENT_RESTART, subject, 0, AUDIT_CLASS_KERNEL);
}

static void stop(uint16_t subject)
{
    write_event(0, AUDIT_EVENT_STOP, subject, 0, AUDIT_CLASS_KERNEL);
}

/* One that keeps restarting does not hide the end of another, nor its own. */
static void test_restarts_leave_room_for_ends(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < 100; i++) restart(BUILDER_LOW);
    uint64_t written = ring_writers[0].shared->written;
    assert_int_equal(written, RESERVE - ENDS);
    stop(BUILDER_GUARD);
    write_event(0, AUDIT_EVENT_CORRUPT, BUILDER_AUDIT, 0, AUDIT_CLASS_KERNEL);
    stop(BUILDER_LOW);
    const uint16_t ends[ENDS] = { AUDIT_EVENT_STOP, AUDIT_EVENT_CORRUPT, AUDIT_EVENT_STOP };
    for (uint32_t i = 0; i < ENDS; i++) assert_int_equal(audited_record(0, written + i)->event, ends[i]);
    assert_int_equal(audited_record(0, written)->subject, BUILDER_GUARD);
    assert_int_equal(ring_writers[0].shared->written, RESERVE);
}

/* What restarts have lost is told when room is left beyond that of the ends, and as the kernel's loss. */
static void test_lost_restarts_are_told(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < RESERVE; i++) restart(BUILDER_LOW);
    audit_flush(0);
    assert_int_equal(ring_writers[0].shared->written, RESERVE - ENDS);
    read_all(0);
    audit_flush(0);
    uint64_t written = ring_writers[0].shared->written;
    expect(written - 1, AUDIT_EVENT_LOST, 0, 1);
    const struct audit_record *r = audited_record(0, written - 1);
    assert_int_equal(r->value, ENDS + 1);
    assert_int_equal(r->subject, AUDIT_NONE);
    assert_int_equal(r->class_, AUDIT_CLASS_KERNEL);
    assert_int_equal(ring_credit(0, AUDIT_NONE, AUDIT_CLASS_KERNEL)->lost, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, audited_setup, audited_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_first_record_is_boot),
        TEST(test_record_is_filled_in),
        TEST(test_record_is_made_in_place),
        TEST(test_record_waits_for_what_was_before),
        TEST(test_records_in_place_go_round),
        TEST(test_equal_denials_are_counted),
        TEST(test_classes_have_rows_of_their_own),
        TEST(test_any_difference_ends_a_row),
        TEST(test_repeats_without_a_channel_are_counted),
        TEST(test_notes_are_paid_for_by_whom_they_tell_of),
        TEST(test_denials_are_noted_if_the_policy_wants_it),
        TEST(test_rows_of_subjects_are_apart),
        TEST(test_recorded_messages_make_no_row),
        TEST(test_old_repeats_are_written),
        TEST(test_row_keeps_epoch),
        TEST(test_reservation_is_own),
        TEST(test_admission),
        TEST(test_admission_by_class),
        TEST(test_admission_after_losses),
        TEST(test_admitted_is_never_lost),
        TEST(test_losses_are_counted_and_told),
        TEST(test_event_waits_for_slot),
        TEST(test_event_is_lost_once),
        TEST(test_lost_record_comes_before_next),
        TEST(test_lost_without_further_events),
        TEST(test_flush_without_time_takes_turns),
        TEST(test_restarts_leave_room_for_ends),
        TEST(test_lost_restarts_are_told),
        TEST(test_kernel_class_is_apart),
    };
    return cmocka_run_group_tests_name("audit ring", tests, NULL, NULL);
}
