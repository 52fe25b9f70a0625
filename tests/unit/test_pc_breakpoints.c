/* SPDX-License-Identifier: Apache-2.0 */
/* Breakpoints and debug registers of the monitor `pc`: what accesses meet, and what MOV does. AMD64 APM volume 2, 13.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pc/apic.h"
#include "pc/breakpoint.h"
#include "pc/pc.h"

enum { CODE = 0x1000, RAX = 0, RCX = 1, NOTHING = -1, EXECUTED = 0, WRITTEN = 1, PORT = 2, ACCESSED = 3, ONE = 0, TWO = 1,
       EIGHT = 2, FOUR = 3 };
#define LOCAL(n) (1ull << 2 * (n))
#define CONTROL(n, kind, length) (LOCAL(n) | (uint64_t)(kind) << (16 + 4 * (n)) | (uint64_t)(length) << (18 + 4 * (n)))
#define RESET_6 0xffff0ff0ull
#define RESET_7 0x400ull

/* ---- a processor of nothing but fields ---- */
static uint64_t fields[FIELDS];
static uint8_t memory[0x2000];
static uint32_t stack_attributes;
static int raised;

static uint64_t *field(const struct exit *e, enum field number)
{
    (void)e;
    return &fields[number];
}

static struct segment_state segment(const struct exit *e, enum segment number)
{
    (void)e;
    return (struct segment_state){ .attributes = number == SEGMENT_CS ? ATTRIBUTES_32 : stack_attributes };
}

static bool moves(const struct exit *e, struct decoded *d)
{
    (void)e;
    (void)d;
    return false;
}

static const struct processor fake = { .all = 70, .usual = 10, .field = field, .segment = segment, .moves = moves };
const struct processor *processor = &fake;

/* ---- what exit.c and pc.c supply ---- */
void exit_skip(struct exit *e, uint32_t length)
{
    e->frame->fields[MONITOR_SVM_RIP] = e->rip + length;
}

void exit_raise(struct exit *e, uint8_t vector)
{
    (void)e;
    raised = vector;
}

void exit_raise_error(struct exit *e, uint8_t vector, uint32_t error)
{
    assert_int_equal(error, 0);
    exit_raise(e, vector);
}

void *exit_memory(const struct exit *e, uint64_t gpa, uint64_t size)
{
    (void)e;
    return gpa < sizeof memory && size <= sizeof memory - gpa ? memory + gpa : 0;
}

void pc_touch(const struct exit *e, uint64_t linear, uint32_t size, bool writes)
{
    (void)e;
    (void)linear;
    (void)size;
    (void)writes;
}

/* ---- what accesses meet ---- */
static uint32_t at_memory(uint64_t address, uint64_t control, uint64_t linear, uint32_t size, bool writes)
{
    const uint64_t addresses[BREAKPOINTS] = { address, address, address, address };
    const struct breakpoints b = { addresses, control, false };
    return breakpoint_at_memory(&b, linear, size, writes);
}

static void meets_each_kind(void **state)
{
    (void)state;
    assert_int_equal(at_memory(0x100, CONTROL(1, WRITTEN, FOUR), 0x100, 4, true), 2);
    assert_int_equal(at_memory(0x100, CONTROL(1, WRITTEN, FOUR), 0x100, 4, false), 0);
    assert_int_equal(at_memory(0x100, CONTROL(1, ACCESSED, FOUR), 0x100, 4, false), 2);
    assert_int_equal(at_memory(0x100, CONTROL(1, ACCESSED, FOUR), 0x100, 4, true), 2);
    assert_int_equal(at_memory(0x100, CONTROL(1, EXECUTED, ONE), 0x100, 4, true), 0);
    assert_int_equal(at_memory(0x100, CONTROL(1, PORT, ONE), 0x100, 4, true), 0);
    assert_int_equal(at_memory(0x100, CONTROL(1, WRITTEN, FOUR) & ~LOCAL(1), 0x100, 4, true), 0);
    assert_int_equal(at_memory(0x100, CONTROL(0, WRITTEN, ONE) | CONTROL(3, ACCESSED, ONE), 0x100, 1, true), 9);
    assert_int_equal(breakpoint_enabled(LOCAL(0) | LOCAL(2) << 1), 5);
}

/* Of an address, the bits below the length do not count. */
static void meets_what_overlaps(void **state)
{
    (void)state;
    static const struct { uint32_t length, at, size, met; } tries[] = {
        { ONE, 0x105, 1, 1 }, { ONE, 0x104, 1, 0 }, { ONE, 0x104, 4, 1 }, { ONE, 0x106, 4, 0 }, { TWO, 0x104, 1, 1 },
        { TWO, 0x106, 1, 0 }, { TWO, 0x103, 1, 0 }, { FOUR, 0x107, 1, 1 }, { FOUR, 0x108, 1, 0 }, { FOUR, 0x101, 2, 0 },
        { FOUR, 0x101, 4, 1 }, { EIGHT, 0x100, 1, 1 }, { EIGHT, 0x10f, 1, 0 }, { EIGHT, 0xff, 1, 0 }
    };
    for (uint32_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        uint32_t met = at_memory(0x105, CONTROL(0, WRITTEN, tries[i].length), tries[i].at, tries[i].size, true);
        assert_int_equal(met, tries[i].met);
    }
    assert_int_equal(at_memory(UINT64_MAX, CONTROL(0, WRITTEN, EIGHT), UINT64_MAX - 1, 4, true), 1);
    assert_int_equal(at_memory(0, CONTROL(0, WRITTEN, ONE), UINT64_MAX, 2, true), 1);
}

static void meets_ports_with_extensions(void **state)
{
    (void)state;
    const uint64_t addresses[BREAKPOINTS] = { 0, 0, 0x3f8, 0 };
    struct breakpoints b = { addresses, CONTROL(2, PORT, FOUR), true };
    assert_int_equal(breakpoint_at_port(&b, 0x3fb, 1), 4);
    assert_int_equal(breakpoint_at_port(&b, 0x3fc, 1), 0);
    b.has_ports = false;
    assert_int_equal(breakpoint_at_port(&b, 0x3fb, 1), 0);
}

/* ---- MOV ---- */
static struct monitor_frame frame;

static int fresh(void **state)
{
    (void)state;
    memset(&frame, 0, sizeof frame);
    memset(fields, 0, sizeof fields);
    fields[FIELD_DR6] = RESET_6;
    fields[FIELD_DR7] = RESET_7;
    stack_attributes = 0x93;
    control_debug_raised();
    apic_reset();
    return 0;
}

/* 0f 21 reads, 0f 23 writes: the general register is ECX. Returns what it raised. */
static int move(uint8_t opcode, uint8_t number)
{
    struct exit e = { .kind = EXIT_REGISTER, .rip = CODE, .frame = &frame };
    const uint8_t code[] = { 0x0f, opcode, (uint8_t)(0xc0 | number << 3 | RCX) };
    memcpy(memory + CODE, code, sizeof code);
    frame.fields[MONITOR_SVM_RIP] = CODE;
    frame.counts[MONITOR_TAKE] = 0;
    raised = NOTHING;
    assert_int_equal(control_answer(&e), PC_GO_ON);
    assert_int_equal(frame.fields[MONITOR_SVM_RIP], raised == NOTHING ? CODE + sizeof code : CODE);
    return raised;
}

static int write_register(uint8_t number, uint64_t value)
{
    frame.rcx = value;
    return move(0x23, number);
}

static uint64_t read_register(uint8_t number)
{
    frame.rcx = 0x5555555555555555;
    assert_int_equal(move(0x21, number), NOTHING);
    return frame.rcx;
}

static void keeps_what_is_written(void **state)
{
    (void)state;
    for (uint8_t i = 0; i < BREAKPOINTS; i++) assert_int_equal(write_register(i, 0x1000u * i + 7), NOTHING);
    for (uint8_t i = 0; i < BREAKPOINTS; i++) {
        assert_int_equal(read_register(i), 0x1000u * i + 7);
        assert_int_equal(frame.debug[i], 0x1000u * i + 7);
    }
    assert_int_equal(write_register(7, UINT32_MAX), NOTHING);
    assert_int_equal(frame.counts[MONITOR_TAKE], fake.all);
    assert_int_equal(fields[FIELD_DR7], 0xffff07ff);  /* the processor never has GD, */
    assert_int_equal(move(0x21, 7), VECTOR_DEBUG);    /* which the subject feels all the same, once */
    assert_int_equal(fields[FIELD_DR6], RESET_6 | 0x2000);
    assert_int_equal(read_register(7), 0xffff07ff);
    assert_int_equal(write_register(6, UINT32_MAX), NOTHING);
    assert_int_equal(read_register(6), UINT32_MAX & 0xffffeffful);
}

static void knows_other_names(void **state)
{
    (void)state;
    assert_int_equal(write_register(5, 3), NOTHING);
    assert_int_equal(read_register(7), 0x403);
    fields[FIELD_CR4] = CR4_DE;
    assert_int_equal(fields[FIELD_RFLAGS], 0);
    assert_int_equal(write_register(5, 3), VECTOR_UNDEFINED);
    assert_int_equal(fields[FIELD_RFLAGS], RFLAGS_RESUME);
    assert_int_equal(move(0x21, 4), VECTOR_UNDEFINED);
}

static void refuses_users(void **state)
{
    (void)state;
    stack_attributes = 0xf3;
    frame.debug[0] = 7;
    assert_int_equal(write_register(0, 1), VECTOR_PROTECTION);
    assert_int_equal(fields[FIELD_RFLAGS], RFLAGS_RESUME);        /* in what the handler returns to */
    assert_int_equal(move(0x21, 0), VECTOR_PROTECTION);
    assert_int_equal(frame.debug[0], 7);
}

/* What an exception finds: B0 to B3 are of this one, all others stay. */
static void tells_causes(void **state)
{
    struct exit e = { .frame = &frame };
    (void)state;
    fields[FIELD_DR6] = RESET_6 | 0x8002;
    control_raise_debug(&e, 4);
    assert_int_equal(fields[FIELD_DR6], RESET_6 | 0x8004);
    assert_int_equal(raised, VECTOR_DEBUG);
    assert_int_equal(frame.counts[MONITOR_TAKE], fake.all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meets_each_kind), cmocka_unit_test(meets_what_overlaps),
        cmocka_unit_test(meets_ports_with_extensions), cmocka_unit_test_setup(keeps_what_is_written, fresh),
        cmocka_unit_test_setup(knows_other_names, fresh), cmocka_unit_test_setup(refuses_users, fresh),
        cmocka_unit_test_setup(tells_causes, fresh)
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
