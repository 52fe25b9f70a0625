/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the monitor `pc` does with its subject's tables: page tables that lead to the test device's memory, tasks. They may say
 * anything: the same from a seed, thousands of times, and nothing outside the subject's memory is touched (the sanitizers say
 * so), no walk is endless, and what was changed for one instruction is as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pc/paging.h"
#include "pc/pc.h"
#include "pc/test_device.h"

enum { MEMORY = 1 << 20, PAGE = 4096, ROUNDS = 20000, ROOT = 0x10000, GDT = 0x1000, FROM = 0x2000, TO = 0x3000, SELECTOR = 8 };
#define RAISED_NONE 0xffffffffu
#define NESTED 0x4000u
#define STACK_32 (1ull << 54)
#define HAS_ERROR 0x80000b0du         /* #GP, with an error code: SDM volume 3, table 25-17 */

static uint8_t *memory;
static uint64_t fields[FIELDS];
static struct segment_state segments[SEGMENTS];
static struct monitor_frame frame;
static uint32_t raised, seed, pending;

/* ---- what the exits' and the processor's side would do ---- */
void *exit_memory(const struct exit *e, uint64_t gpa, uint64_t size)
{
    (void)e;
    return gpa > MEMORY || size > MEMORY - gpa ? NULL : memory + gpa;
}

void exit_skip(struct exit *e, uint32_t length)
{
    e->rip += length;
}

void exit_raise(struct exit *e, uint8_t vector)
{
    e->frame->counts[MONITOR_TAKE] = 1;           /* it sets its own fields alone */
    raised = vector;
}

void exit_raise_error(struct exit *e, uint8_t vector, uint32_t error)
{
    (void)error;
    exit_raise(e, vector);
}

void pc_touch(const struct exit *e, uint64_t linear, uint32_t size, bool writes)
{
    (void)e;
    (void)linear;
    (void)size;
    (void)writes;
}

static uint64_t *field(const struct exit *e, enum field which)
{
    (void)e;
    return &fields[which];
}

static struct segment_state segment(const struct exit *e, enum segment which)
{
    (void)e;
    return segments[which];
}

static void set_segment(const struct exit *e, enum segment which, struct segment_state to)
{
    (void)e;
    segments[which] = to;
}

static uint32_t delivered(const struct exit *e, uint32_t *error)
{
    (void)e;
    *error = seed;
    return pending;
}

static const struct processor mock = {
    .all = 70, .field = field, .segment = segment, .set_segment = set_segment, .delivered = delivered
};
const struct processor *processor = &mock;

static int fresh(void **state)
{
    (void)state;
    memory = calloc(1, MEMORY);       /* a block of its own, so that what lies beside it is seen */
    memset(fields, 0, sizeof fields);
    memset(segments, 0, sizeof segments);
    segments[SEGMENT_CS].attributes = ATTRIBUTES_32;
    raised = RAISED_NONE;
    seed = 1;
    pending = 0;
    return memory == NULL;
}

static int done(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

static uint32_t next(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

static uint64_t entry_at(uint32_t at)
{
    uint64_t entry;
    memcpy(&entry, memory + at, sizeof entry);
    return entry;
}

static void put_entry(uint32_t at, uint64_t entry)
{
    memcpy(memory + at, &entry, sizeof entry);
}

/* ---- the device's memory ---- */
/* Tables behind ROOT, `levels` of them; of the last the entry 5 leads to the device. Returns where that is. */
static uint32_t lead_to_device(uint32_t levels)
{
    fields[FIELD_CR0] = CR0_PE | CR0_PG;
    fields[FIELD_CR4] = levels > 2 ? CR4_PAE : CR4_PSE;
    fields[FIELD_EFER] = levels > 3 ? EFER_LMA | EFER_LME : 0;
    fields[FIELD_CR3] = ROOT;
    for (uint32_t i = 0; i + 1 < levels; i++) put_entry(ROOT + i * PAGE, (ROOT + (i + 1) * PAGE) | ENTRY_PRESENT);
    uint32_t last = ROOT + (levels - 1) * PAGE + (levels > 2 ? 40 : 20);
    put_entry(last, (TEST_MEMORY + PAGE) | ENTRY_PRESENT | ENTRY_WRITE);
    return last;
}

static void stands_in(void **state)
{
    (void)state;
    for (uint32_t levels = 2; levels <= 4; levels++) {
        struct exit e = { .frame = &frame, .at = TEST_MEMORY + PAGE, .rip = levels };
        uint32_t at = lead_to_device(levels);
        assert_int_equal(paging_levels(&e), levels);
        assert_true(stand_in_begin(&e));
        assert_int_equal(entry_at(at), (TEST_STAND_IN + PAGE) | ENTRY_PRESENT | ENTRY_WRITE);
        memory[at] |= 0x60;           /* accessed, dirty */
        stand_in_end(&e);
        assert_int_equal(entry_at(at), (TEST_MEMORY + PAGE) | ENTRY_PRESENT | ENTRY_WRITE | 0x60);
        assert_false(stand_in_begin(&e));         /* the same again: it did not help */
        stand_in_end(&e);
        assert_true(stand_in_begin(&e));
        put_entry(at, 0x77000);       /* its own now */
        stand_in_end(&e);
        assert_int_equal(entry_at(at), 0x77000);
    }
}

static void leads_nowhere(void **state)
{
    (void)state;
    struct exit e = { .frame = &frame, .at = TEST_MEMORY };
    assert_false(stand_in_begin(&e));             /* no paging */
    lead_to_device(4);
    for (uint32_t i = 0; i < 512; i++) put_entry(ROOT + 8 * i, ROOT | ENTRY_PRESENT);        /* each in itself */
    assert_false(stand_in_begin(&e));
    put_entry(ROOT, (uint64_t)MEMORY * 16 | ENTRY_PRESENT);
    assert_false(stand_in_begin(&e));
    e.at = TEST_MEMORY + TEST_MEMORY_SIZE;
    assert_false(stand_in_begin(&e));
}

/* Any tables: the subject's memory is afterwards what it was. */
static void any_tables(void **state)
{
    (void)state;
    uint8_t *before = malloc(MEMORY);
    assert_non_null(before);
    for (uint32_t round = 0; round < ROUNDS / 100; round++) {
        struct exit e = { .frame = &frame, .at = TEST_MEMORY + next() % TEST_MEMORY_SIZE, .rip = round };
        lead_to_device(2 + next() % 3);
        for (uint32_t i = 0; i < 2000; i++) {
            uint32_t kind = next() % 4, to = kind == 0 ? TEST_MEMORY + next() % 0x20000 : next() % (MEMORY + PAGE);
            put_entry(ROOT + next() % 1000 * 8 * (kind + 1), (to & ~0xfffu) | next() % 256);
        }
        memcpy(before, memory, MEMORY);
        stand_in_begin(&e);
        stand_in_end(&e);
        assert_memory_equal(before, memory, MEMORY);
        stand_in_end(&e);
    }
    free(before);
}

/* ---- tasks ---- */
static uint64_t descriptor(uint32_t base, uint32_t limit, uint32_t access)
{
    return (uint64_t)(base & 0xffffff) << 16 | (uint64_t)(base >> 24) << 56 | (uint64_t)access << 40 | (limit & 0xffff);
}

static struct exit task_exit(uint32_t access, uint32_t limit)
{
    segments[SEGMENT_GDTR] = (struct segment_state){ .base = GDT, .limit = 0xff };
    segments[SEGMENT_TR] = (struct segment_state){ .selector = 16, .attributes = 0x8b, .limit = 103, .base = FROM };
    put_entry(GDT + SELECTOR, descriptor(TO, limit, access));
    put_entry(GDT + 16, descriptor(FROM, 103, 0x8b));
    put_entry(GDT + 24, descriptor(0, 0xffff, 0x9a));
    put_entry(GDT + 32, descriptor(0, 0xffff, 0x92));
    return (struct exit){ .frame = &frame, .kind = EXIT_TASK, .at = SELECTOR, .size = TASK_CALL, .length = 7, .rip = 0x500 };
}

static void put_word(uint32_t at, uint32_t value)
{
    memcpy(memory + at, &value, sizeof value);
}

static uint32_t word_at(uint32_t at)
{
    return (uint32_t)entry_at(at);
}

/* A new task's state of 32 bits, with a stack at `esp`. */
static void put_task(uint32_t eflags, uint32_t esp)
{
    put_word(TO + 0x20, 0x1234);      /* EIP, EFLAGS, ESP; CS, SS, DS */
    put_word(TO + 0x24, eflags);
    put_word(TO + 0x38, esp);
    put_word(TO + 0x4c, 24);
    put_word(TO + 0x50, 32);
    put_word(TO + 0x54, 32);
}

static void switches(void **state)
{
    (void)state;
    struct exit e = task_exit(0x89, 103);
    put_task(0, 0);
    fields[FIELD_DR7] = 0x7ff;
    assert_int_equal(task_answer(&e), PC_GO_ON);
    assert_int_equal(raised, RAISED_NONE);
    assert_int_equal(e.rip, 0x1234);
    assert_int_equal(segments[SEGMENT_TR].base, TO);
    assert_int_equal(segments[SEGMENT_CS].attributes, 0x9b);
    assert_int_equal(segments[SEGMENT_ES].attributes, 0);
    assert_int_equal(entry_at(FROM + 0x20) & UINT32_MAX, 0x507);
    assert_int_equal(memory[TO], 16);             /* the link */
    assert_int_equal(memory[GDT + SELECTOR + 5], 0x8b);           /* busy */
    assert_int_equal(memory[GDT + 24 + 5], 0x9b);                 /* accessed */
    assert_int_equal(fields[FIELD_CR0], CR0_TS);
    assert_int_equal(fields[FIELD_DR7], 0x6aa);                   /* none of the old task's own */
}

/* SDM volume 3, table 8-2: what each way to switch does with NT, the link and the busy flags, of the old task and the new. */
static void nests(void **state)
{
    (void)state;
    static const struct { enum exit_task how; uint32_t before, stored, saved, after, link, old_type, new_type; } all[] = {
        { TASK_CALL, 2, 2, 2, NESTED | 2, 16, 0x8b, 0x8b }, { TASK_GATE, 2, 2, 2, NESTED | 2, 16, 0x8b, 0x8b },
        { TASK_CALL, NESTED | 2, 2, NESTED | 2, NESTED | 2, 16, 0x8b, 0x8b }, { TASK_JUMP, 2, 2, 2, 2, 0, 0x89, 0x8b },
        { TASK_JUMP, NESTED | 2, NESTED | 2, NESTED | 2, NESTED | 2, 0, 0x89, 0x8b },
        { TASK_RETURN, NESTED | 2, 2, 2, 2, 0, 0x89, 0x8b },
        { TASK_RETURN, NESTED | 2, NESTED | 2, 2, NESTED | 2, 0, 0x89, 0x8b }
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct exit e = task_exit(all[i].how == TASK_RETURN ? 0x8b : 0x89, 103);
        put_task(all[i].stored, 0);
        put_word(TO, 0);
        e.size = all[i].how;
        fields[FIELD_RFLAGS] = all[i].before;
        assert_int_equal(task_answer(&e), PC_GO_ON);
        assert_int_equal(raised, RAISED_NONE);
        assert_int_equal(word_at(FROM + 0x24), all[i].saved);
        assert_int_equal(fields[FIELD_RFLAGS], all[i].after);
        assert_int_equal(word_at(TO), all[i].link);
        assert_int_equal(memory[GDT + 16 + 5], all[i].old_type);
        assert_int_equal(memory[GDT + SELECTOR + 5], all[i].new_type);
        assert_int_equal(segments[SEGMENT_TR].attributes, 0x8b);
    }
}

static struct exit exception_exit(uint32_t access, uint32_t limit, uint64_t stack)
{
    struct exit e = task_exit(access, limit);
    put_entry(GDT + 32, stack);
    e.size = TASK_GATE;
    pending = HAS_ERROR;
    seed = 0x5a5a1230;                /* the error code */
    return e;
}

/* SDM volume 3, 6.13: an exception's error code is on the task's own stack, as wide as its state. */
static void pushes_error_code(void **state)
{
    (void)state;
    struct exit e = exception_exit(0x89, 103, descriptor(0x4000, 0xffff, 0x92) | STACK_32);
    put_task(2, 0x1100);
    put_word(0x50f8, 0x77777777);
    assert_int_equal(task_answer(&e), PC_GO_ON);
    assert_int_equal(fields[FIELD_RSP], 0x10fc);
    assert_int_equal(word_at(0x50fc), 0x5a5a1230);
    assert_int_equal(word_at(0x50f8), 0x77777777);
    assert_int_equal(word_at(FROM + 0x20), 0x500);
    e = exception_exit(0x89, 103, descriptor(0x4000, 0xffff, 0x92));          /* a stack of 16 bits: SP goes round alone */
    put_task(2, 0x20002);
    assert_int_equal(task_answer(&e), PC_GO_ON);
    assert_int_equal(fields[FIELD_RSP], 0x2fffe);
    assert_int_equal(word_at(0x13ffe), 0x5a5a1230);
    e = exception_exit(0x89, 103, descriptor(0x4000, 0xffff, 0x92) | STACK_32);
    pending = HAS_ERROR & ~0x800u;    /* an exception without one */
    put_task(2, 0x1200);
    assert_int_equal(task_answer(&e), PC_GO_ON);
    assert_int_equal(fields[FIELD_RSP], 0x1200);
    assert_int_equal(word_at(0x51fc), 0);
    assert_int_equal(raised, RAISED_NONE);
}

static void pushes_half_for_16_bits(void **state)
{
    (void)state;
    struct exit e = exception_exit(0x81, 43, descriptor(0x4000, 0xffff, 0x92));
    static const uint16_t task[] = { 0x1234, 2, 0, 0, 0, 0, 0x1100, 0, 0, 0, 0, 24, 32, 32, 0 };    /* from IP to the LDT */
    memcpy(memory + TO + 0xe, task, sizeof task);
    put_word(0x50fc, 0x77777777);
    assert_int_equal(task_answer(&e), PC_GO_ON);
    assert_int_equal(raised, RAISED_NONE);
    assert_int_equal(fields[FIELD_RSP] & 0xffff, 0x10fe);
    assert_int_equal(word_at(0x50fc), 0x12307777);
}

/* Where the stack is no memory, or the task has no good segment, its own exception comes instead, and nothing is pushed. */
static void has_no_stack_to_push_on(void **state)
{
    (void)state;
    struct exit e = exception_exit(0x89, 103, descriptor(0, 0xffff, 0x92) | STACK_32);
    put_task(2, MEMORY + 0x1000);
    assert_int_equal(task_answer(&e), PC_GO_ON);
    assert_int_equal(raised, VECTOR_PAGE);
    assert_int_equal(fields[FIELD_RFLAGS], NESTED | RFLAGS_RESUME | 2);
    assert_int_equal(fields[FIELD_CR2], MEMORY + 0xffc);
    e = exception_exit(0x89, 103, descriptor(0x4000, 0xffff, 0x12) | STACK_32);
    put_task(2, 0x1100);
    assert_int_equal(task_answer(&e), PC_GO_ON);
    assert_int_equal(raised, 12);     /* #SS: the stack's segment is not present */
    assert_int_equal(frame.counts[MONITOR_TAKE], mock.all);
    assert_int_equal(fields[FIELD_RSP], 0x1100);
    assert_int_equal(word_at(0x50fc), 0);
}

/* What the processor would have refused, had its subject not changed it since: nothing has happened then. */
static void refuses(void **state)
{
    (void)state;
    static const struct { uint32_t access, limit, at; } all[] = {
        { 0x8b, 103, SELECTOR }, { 0x09, 103, SELECTOR }, { 0x89, 102, SELECTOR }, { 0x92, 103, SELECTOR },
        { 0x8c, 103, SELECTOR }, { 0x81, 42, SELECTOR }, { 0x89, 103, 0 }, { 0x89, 103, SELECTOR | 4 }, { 0x89, 103, 0xfff8 }
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct exit e = task_exit(all[i].access, all[i].limit);
        e.at = all[i].at;
        raised = RAISED_NONE;
        assert_int_equal(task_answer(&e), PC_GO_ON);
        assert_int_equal(raised, 10); /* #TS */
        assert_int_equal(fields[FIELD_RFLAGS], RFLAGS_RESUME);
        assert_int_equal(e.rip, 0x500);
        assert_int_equal(segments[SEGMENT_TR].base, FROM);
        assert_int_equal(memory[TO], 0);
    }
}

/* Any descriptors and any states of tasks, some of them outside its memory. */
static void any_tasks(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        static const uint16_t accesses[] = { 0x89, 0x8b, 0x81, 0x83 };
        struct exit e = task_exit(accesses[next() % 4], next() % 128 + 40);
        for (uint32_t i = 0; i < 40; i++) put_word(GDT + 24 + 4 * (next() % 50), next() << 8 ^ next());
        for (uint32_t i = 0; i < 26; i++) put_word(TO + 4 * i, next() % 3 ? next() % 256 : next() << 8 ^ next());
        if (next() % 8 == 0) segments[SEGMENT_TR].base = next() << 8;
        if (next() % 8 == 0) segments[SEGMENT_GDTR].base = MEMORY - next() % 64;
        fields[FIELD_CR0] = CR0_PE | (next() % 8 == 0 ? CR0_PG : 0);
        e.at = next() % 4 ? SELECTOR : next() % 65536;
        e.size = next() % 4;
        pending = next() % 2 ? HAS_ERROR : 0;
        task_answer(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stands_in, fresh, done), cmocka_unit_test_setup_teardown(leads_nowhere, fresh, done),
        cmocka_unit_test_setup_teardown(any_tables, fresh, done), cmocka_unit_test_setup_teardown(switches, fresh, done),
        cmocka_unit_test_setup_teardown(nests, fresh, done),
        cmocka_unit_test_setup_teardown(pushes_error_code, fresh, done),
        cmocka_unit_test_setup_teardown(pushes_half_for_16_bits, fresh, done),
        cmocka_unit_test_setup_teardown(has_no_stack_to_push_on, fresh, done),
        cmocka_unit_test_setup_teardown(refuses, fresh, done), cmocka_unit_test_setup_teardown(any_tasks, fresh, done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
