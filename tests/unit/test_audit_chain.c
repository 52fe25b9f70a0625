/* SPDX-License-Identifier: Apache-2.0 */
/* Reading audit rings: acknowledging, sealing, and the heads at the end, against mbedTLS. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include "heads.h"

/* ---- acknowledging and sealing ---- */
static void test_ack_is_range_checked(void **unused)
{
    (void)unused;
    uint64_t sealed = 77, before;
    deny(70);
    assert_int_equal(audit_ack(2, 0, &sealed), ABI_RING);
    assert_int_equal(audit_ack(1ull << 32, 0, &sealed), ABI_RING);
    assert_int_equal(audit_ack(0, 1, &sealed), ABI_ACK);      /* written, but not sealed */
    assert_int_equal(audit_ack(0, UINT64_MAX, &sealed), ABI_ACK);
    assert_int_equal(sealed, 77);
    before = ring_writers[0].shared->written;
    assert_int_equal(audit_ack(0, 0, &sealed), ABI_OK);
    assert_int_equal(sealed, before);
    assert_int_equal(audit_ack(0, 2, &sealed), ABI_OK);
    assert_int_equal(audit_ack(0, 1, &sealed), ABI_ACK);
    assert_int_equal(audit_ack(0, 2, &sealed), ABI_OK);
    assert_int_equal(ring_writers[0].shared->acked, 2);
}

static void test_ack_takes_at_most_64(void **unused)
{
    (void)unused;
    uint64_t sealed = 0;
    for (uint32_t s = 0; s < 2; s++) gateway.builder.subjects[s].reserve[IMAGE_CLASS_FLOW] = 150;
    gateway.builder.cpus[0].audit_slots += 2 * (150 - RESERVE);
    gateway.builder.regions[gateway.builder.cpus[0].audit_region].size += 12 * IMAGE_PAGE;
    for (uint32_t i = gateway.builder.cpus[0].audit_region + 1; i < gateway.builder.regions_count; i++) {
        gateway.builder.regions[i].hpa += IMAGE_LARGE_PAGE;
    }
    audited_start();
    for (uint32_t i = 0; i < 150; i++) {
        allow();
        write_event(0, AUDIT_EVENT_ALLOWED, BUILDER_GUARD, 70, IMAGE_CLASS_FLOW);
    }
    while (sealed < 301) assert_int_equal(audit_ack(0, 0, &sealed), ABI_OK);
    assert_int_equal(audit_ack(0, 65, &sealed), ABI_ACK);
    assert_int_equal(audit_ack(0, 64, &sealed), ABI_OK);
    assert_int_equal(ring_writers[0].shared->acked, 64);
}

static void test_sealing_is_bounded(void **unused)
{
    (void)unused;
    uint64_t sealed;
    for (uint32_t i = 0; i < RESERVE; i++) allow();
    for (uint32_t i = 0; i < RESERVE; i++) write_event(0, AUDIT_EVENT_ALLOWED, BUILDER_GUARD, 70, IMAGE_CLASS_FLOW);
    for (uint32_t i = 0; i < RESERVE; i++) write_event(0, AUDIT_EVENT_ALLOWED, BUILDER_AUDIT, 70, IMAGE_CLASS_FLOW);
    assert_int_equal(audit_ack(0, 0, &sealed), ABI_OK);
    assert_int_equal(sealed, ABI_AUDIT_SLICE);
    fake_core.looks = 5;              /* the window has time for five blocks: two records and a half */
    assert_int_equal(audit_ack(0, 0, &sealed), ABI_OK);
    assert_int_equal(sealed, ABI_AUDIT_SLICE + 2);
    fake_core.looks = 0;
    assert_int_equal(audit_ack(0, sealed, &sealed), ABI_OK);
    assert_int_equal(sealed, ABI_AUDIT_SLICE + 2);
    assert_int_equal(ring_writers[0].shared->acked, ABI_AUDIT_SLICE + 2);
}

static void test_slots_come_back_to_their_owner(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < RESERVE; i++) deny(70 + i);
    for (uint32_t i = 0; i < RESERVE; i++) write_event(0, AUDIT_EVENT_DENIED, BUILDER_GUARD, 70 + i, IMAGE_CLASS_SECURITY);
    uint64_t sealed;
    assert_int_equal(audit_ack(0, 0, &sealed), ABI_OK);
    assert_int_equal(audit_ack(0, 1 + RESERVE, &sealed), ABI_OK);     /* BOOT and all of low's */
    assert_true(audit_admits(BUILDER_LOW, IMAGE_CLASS_SECURITY));
    assert_false(audit_admits(BUILDER_GUARD, IMAGE_CLASS_SECURITY));
}

/* Several times round the ring: no record is overwritten before it is read, sequences have no gap. */
static void test_ring_goes_round(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < 1000; i++) {
        deny(70 + i);
        if (i % 3 == 0) write_event(0, AUDIT_EVENT_ALLOWED, BUILDER_GUARD, i, IMAGE_CLASS_FLOW);
        write_event(1, AUDIT_EVENT_STOP, BUILDER_HIGH, i, IMAGE_CLASS_SECURITY);
        if (i % 8 == 7) {
            read_ring(0);
            read_all(1);
        }
    }
    read_all(0);
    read_all(1);
    assert_int_equal(ring_writers[0].shared->lost + ring_writers[1].shared->lost, 0);
    assert_int_equal(audited.count[0], 1 + 1000 + 334);
    assert_int_equal(audited.count[1], 1 + 1000);
    for (uint64_t i = 1; i < audited.count[1]; i++) assert_int_equal(audited.logged[1][i].rule, i - 1);
}

/* ---- the end ---- */
static void test_close_prints_heads(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < 10; i++) deny(70 + i);
    read_all(0);                      /* the log: 11 records, all acknowledged */
    deny(70);
    deny(70);                         /* held back as a count until the close */
    write_event(0, AUDIT_EVENT_SHUTDOWN, BUILDER_AUDIT, 0, IMAGE_CLASS_SECURITY);
    audit_close();
    assert_int_equal(fake_core.line_count, 6);
    read_rest(0);
    read_rest(1);
    assert_int_equal(audited.count[0], 14);
    assert_int_equal(audited.logged[0][13].event, AUDIT_EVENT_DENIED);
    console_line("audit cpu=0 written=14 sealed=14 acked=11 lost=0 head=", 0);
    console_line("audit cpu=1 written=1 sealed=1 acked=0 lost=0 head=", 0);
    expect_head("audit cpu=0 written=", 0, 0, 14);
    expect_head("audit cpu=1 written=", 0, 1, 1);
    expect_head("audit cpu=0 anchor=11 ", 0, 0, 11);
    expect_head("audit cpu=0 anchor=11 ", 1, 0, 11);
    expect_head("audit cpu=1 anchor=0 ", 0, 1, 0);
}

/* The end comes while a record is half in the chain: no anchor has anything of it. */
static void test_anchor_beside_half_a_record(void **unused)
{
    (void)unused;
    uint64_t sealed;
    for (uint32_t i = 0; i < 4; i++) deny(70 + i);
    read_ring(0);
    fake_core.looks = 1;
    deny(80);
    assert_int_equal(audit_ack(0, 5, &sealed), ABI_OK);
    assert_int_equal(sealed, 5);
    fake_core.looks = 0;
    assert_int_equal(audit_ack(0, 5, &sealed), ABI_OK);       /* anchors once more */
    audit_close();
    read_rest(0);
    expect_head("audit cpu=0 anchor=5 ", 0, 0, 5);
    expect_head("audit cpu=0 anchor=5 ", 1, 0, 5);
    expect_head("audit cpu=0 written=6 sealed=6 acked=5 lost=0 ", 0, 0, 6);
}

/* A log that ends within what is sealed but not acknowledged has an anchor as well as one that ends at the last ack. */
static void test_anchors_of_a_log_behind(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < 4; i++) deny(70 + i);
    read_ring(0);                     /* reads 5, acknowledges none */
    read_ring(0);                     /* acknowledges 5 */
    for (uint32_t i = 0; i < 4; i++) deny(80 + i);
    read_ring(0);                     /* reads 4 more */
    deny(90);
    audit_close();
    read_rest(0);
    expect_head("audit cpu=0 anchor=5 ", 0, 0, 5);
    expect_head("audit cpu=0 anchor=9 ", 0, 0, 9);
    expect_head("audit cpu=0 written=10 sealed=10 acked=5 lost=0 ", 0, 0, 10);
}

/* An acknowledgement of a part anchors nothing: the anchor before it stands. */
static void test_partial_ack_keeps_anchor(void **unused)
{
    uint64_t sealed;
    (void)unused;
    for (uint32_t i = 0; i < 4; i++) deny(70 + i);
    read_all(0);
    for (uint32_t i = 0; i < 4; i++) deny(80 + i);
    read_ring(0);
    assert_int_equal(audit_ack(0, 7, &sealed), ABI_OK);
    audit_close();
    expect_head("audit cpu=0 anchor=5 ", 0, 0, 5);
    expect_head("audit cpu=0 anchor=9 ", 0, 0, 9);
    expect_head("audit cpu=0 written=9 sealed=9 acked=7 lost=0 ", 0, 0, 9);
}

static void test_close_counts_what_it_cannot_write(void **unused)
{
    (void)unused;
    for (uint32_t i = 0; i < RESERVE; i++) deny(70 + i);
    for (uint32_t i = 0; i < 9; i++) deny(99);        /* held back: no slot */
    assert_int_equal(ring_writers[0].shared->lost, 0);
    audit_close();
    console_line("audit cpu=0 written=17 sealed=17 acked=0 lost=9 head=", 0);
    assert_int_equal(ring_writers[0].shared->lost, 9);
}

/* Kicks that reach CPU 0, where a record waits for room, when CPU `from` acknowledges what is there. */
static uint32_t kicks_of_ack(uint32_t from, bool endless)
{
    uint64_t sealed;
    audited_start();
    fake_core.endless[0] = endless;
    for (uint32_t i = 0; i <= RESERVE; i++) deny(70 + i);
    read_ring(0);
    fake_core.cpu = from;
    assert_int_equal(audit_ack(0, 5, &sealed), ABI_OK);
    return fake_core.kicks;
}

/* One subject of a CPU with windows fills its share; by an interruption another would learn of it in the midst of its own. */
static void test_kicks_reach_no_window_that_ends(void **unused)
{
    (void)unused;
    assert_int_equal(kicks_of_ack(1, false), 0);
    audit_flush(0);                   /* but what waited is written at its end */
    expect(1 + RESERVE, AUDIT_EVENT_DENIED, 70 + RESERVE, 1);
    assert_int_equal(kicks_of_ack(1, true), 1);       /* there is no end */
    assert_int_equal(kicks_of_ack(0, true), 0);       /* its own CPU */
}

static void test_kicks_are_for_what_waits(void **unused)
{
    uint64_t sealed;
    (void)unused;
    fake_core.endless[0] = true;
    fake_core.cpu = 1;
    for (uint32_t i = 0; i < 4; i++) deny(70 + i);
    read_ring(0);
    assert_int_equal(audit_ack(0, 5, &sealed), ABI_OK);
    assert_int_equal(fake_core.kicks, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, audited_setup, audited_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_ack_is_range_checked),
        TEST(test_ack_takes_at_most_64),
        TEST(test_sealing_is_bounded),
        TEST(test_slots_come_back_to_their_owner),
        TEST(test_ring_goes_round),
        TEST(test_close_prints_heads),
        TEST(test_anchor_beside_half_a_record),
        TEST(test_anchors_of_a_log_behind),
        TEST(test_partial_ack_keeps_anchor),
        TEST(test_close_counts_what_it_cannot_write),
        TEST(test_kicks_reach_no_window_that_ends),
        TEST(test_kicks_are_for_what_waits),
    };
    return cmocka_run_group_tests_name("audit chain", tests, NULL, NULL);
}
