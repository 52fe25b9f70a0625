/* SPDX-License-Identifier: Apache-2.0 */
/* The devices of the monitor `pc`, and the instructions that it reads: AMD64 APM, and the makers' data sheets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pc/apic.h"
#include "pc/decode.h"
#include "pc/ioapic.h"
#include "pc/pic.h"
#include "pc/pit.h"

enum { TPR = 0x80, PPR = 0xa0, EOI = 0xb0, SVR = 0xf0, ISR = 0x100, IRR = 0x200, ESR = 0x280, ICR = 0x300, ICR_HIGH = 0x310,
       TIMER = 0x320, LINT0 = 0x350, INITIAL = 0x380, CURRENT = 0x390, DIVIDE = 0x3e0 };
#define TO_SELF 0x40000u
#define MASKED 0x10000u
#define PERIODIC 0x20000u
#define CLOCK 64u                     /* ticks of the counter for one of the timer */

static int fresh(void **state)
{
    (void)state;
    apic_reset();
    ioapic_reset();
    pic_reset();
    pit_reset(1000000);               /* 1 GHz */
    return 0;
}

/* ---- local APIC ---- */
static void assert_next(uint8_t vector)
{
    uint8_t next = 0;
    assert_true(apic_pending(&next));
    assert_int_equal(next, vector);
}

static void highest_first(void **state)
{
    uint8_t none;
    (void)state;
    assert_false(apic_pending(&none));
    apic_write(ICR, TO_SELF | 0x41);
    apic_write(ICR, TO_SELF | 0x61);
    apic_write(ICR, TO_SELF | 0x45);
    assert_next(0x61);
    apic_taken(0x61);
    assert_int_equal(apic_read(PPR), 0x60);
    assert_int_equal(apic_read(ISR + 0x30), 2);
    assert_false(apic_pending(&none));                /* not before the end of the higher one */
    apic_write(EOI, 0);
    assert_next(0x45);
    apic_taken(0x45);
    apic_write(EOI, 0);
    apic_set_task_priority(0x40);
    assert_false(apic_pending(&none));                /* 0x41 is of the class that is held back */
    apic_write(TPR, 0x3f);
    assert_next(0x41);
    apic_write(SVR, 0xff);
    assert_false(apic_pending(&none));
}

static void whom_a_command_reaches(void **state)
{
    static const struct { uint32_t high, low; bool reaches; } commands[] = {
        { 0, 0x50, true }, { 1u << 24, 0x50, false }, { 0xffu << 24, 0x50, true }, { 0, 0xc0050, false }, { 0, 0x80050, true },
        { 2u << 24, 0x850, true }, { 4u << 24, 0x850, false }, { 0, 0x150, true }, { 0, 0x550, false }, { 0, 0x640, false }
    };
    uint8_t vector;
    (void)state;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        apic_reset();
        apic_write(0xd0, 2u << 24);                   /* logical identity, flat */
        apic_write(ICR_HIGH, commands[i].high);
        apic_write(ICR, commands[i].low);
        assert_int_equal(apic_pending(&vector), commands[i].reaches);
    }
    assert_false(apic_has_nmi());
    apic_write(ICR, TO_SELF | 0x400);
    assert_true(apic_has_nmi());
    apic_take_nmi();
    assert_false(apic_has_nmi());
    apic_write(ICR, TO_SELF | 15);
    assert_int_equal(apic_read(ESR), 0);
    apic_write(ESR, 0);
    assert_int_equal(apic_read(ESR), 0x20);
}

static void timer_once(void **state)
{
    uint8_t vector;
    (void)state;
    apic_run(1000);
    apic_write(DIVIDE, 11);
    apic_write(TIMER, 0x51);
    apic_write(INITIAL, 100);
    assert_int_equal(apic_due(), 1000 + 100 * CLOCK);
    apic_run(1000 + 40 * CLOCK);
    assert_int_equal(apic_read(CURRENT), 60);
    apic_run(1000 + 100 * CLOCK - 1);
    assert_false(apic_pending(&vector));
    apic_run(1000 + 100 * CLOCK);
    assert_next(0x51);
    assert_int_equal(apic_read(CURRENT), 0);
    assert_int_equal(apic_due(), APIC_NEVER);
    apic_taken(0x51);
    apic_run(100000 * CLOCK);
    apic_write(EOI, 0);
    assert_false(apic_pending(&vector));              /* once */
}

static void timer_again_and_again(void **state)
{
    uint64_t begin = 1ull << 40;
    (void)state;
    apic_run(begin);
    apic_write(DIVIDE, 0);                            /* by 2 */
    apic_write(TIMER, PERIODIC | MASKED | 0x51);
    apic_write(INITIAL, 10);
    assert_int_equal(apic_due(), APIC_NEVER);
    apic_run(begin + 25 * 2 * CLOCK);
    assert_int_equal(apic_read(CURRENT), 5);
    apic_write(TIMER, PERIODIC | 0x51);
    assert_int_equal(apic_due(), begin + 30 * 2 * CLOCK);
    apic_run(begin + 1000 * 2 * CLOCK);               /* many at once are one */
    assert_int_equal(apic_due(), APIC_NEVER);         /* it waits already */
    assert_next(0x51);
    apic_taken(0x51);
    assert_int_equal(apic_due(), begin + 1010 * 2 * CLOCK);
    apic_write(INITIAL, 0);
    assert_int_equal(apic_due(), APIC_NEVER);
    apic_run(begin);                                  /* no way back */
    assert_int_equal(apic_read(CURRENT), 0);
}

static void switched_off(void **state)
{
    (void)state;
    assert_true(apic_passes_pic());
    apic_write(LINT0, 0x10700);
    assert_false(apic_passes_pic());
    assert_true(apic_set_base(APIC_PAGE | 0x100));
    assert_false(apic_has_address(APIC_PAGE));
    assert_true(apic_passes_pic());                   /* its line is the processor's own */
    assert_true(apic_set_base(APIC_PAGE | 0x900));
    assert_true(apic_has_address(APIC_PAGE + 4095));
    assert_int_equal(apic_read(SVR) & 0x100, 0);
    assert_int_equal(apic_read(LINT0), MASKED);
    assert_false(apic_set_base(APIC_PAGE | 0xd00));
    assert_false(apic_set_base(APIC_PAGE | 0x901));
    assert_false(apic_set_base(APIC_PAGE | 0x900 | 1ull << 32));
    assert_true(apic_set_base(0xfed40800));
    assert_int_equal(apic_base(), 0xfed40900);        /* it stays the processor that boots */
    assert_true(apic_has_address(0xfed40fff));
    assert_false(apic_has_address(APIC_PAGE));
}

/* ---- interrupt controllers ---- */
static void set_up_pics(void)
{
    static const uint16_t writes[][2] = { { 0x20, 0x11 }, { 0xa0, 0x11 }, { 0x21, 0x20 }, { 0xa1, 0x28 }, { 0x21, 4 },
                                          { 0xa1, 2 }, { 0x21, 1 }, { 0xa1, 1 }, { 0x21, 0 }, { 0xa1, 0 } };
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++) pic_write(writes[i][0], (uint8_t)writes[i][1]);
}

static void assert_line(uint8_t vector)
{
    uint8_t next = 0;
    assert_true(pic_pending(&next));
    assert_int_equal(next, vector);
}

static void lines_by_priority(void **state)
{
    uint8_t none;
    (void)state;
    pic_raise(0);
    assert_false(pic_pending(&none));                 /* masked from the start */
    set_up_pics();
    assert_false(pic_pending(&none));                 /* and forgotten by the initialization */
    pic_raise(4);
    pic_raise(10);
    assert_line(0x2a);
    pic_acknowledge();
    assert_false(pic_pending(&none));                 /* 10 by way of 2, which goes before 4 */
    pic_raise(1);
    assert_line(0x21);
    pic_acknowledge();
    pic_write(0x20, 0x61);                            /* the end of 1, by its number */
    pic_write(0x20, 0x0b);
    assert_int_equal(pic_read(0x20), 4);
    pic_write(0xa0, 0x20);
    pic_write(0x20, 0x20);
    assert_line(0x24);
    pic_write(0x21, 0x10);
    assert_false(pic_pending(&none));
    pic_write(0x20, 0x0a);
    assert_int_equal(pic_read(0x20), 0x10);
    assert_int_equal(pic_read(0x21), 0x10);
    assert_false(pic_listens(4));
    assert_true(pic_listens(14));
    pic_write(0x21, 4);
    assert_false(pic_listens(14));
}

/* A level comes again until it is gone, and not before its end. */
static void levels(void **state)
{
    uint8_t none;
    (void)state;
    ioapic_write(0, 0x10 + 2 * 5);
    ioapic_write(16, 0x18071);                        /* masked */
    ioapic_set_pin(5, true);
    assert_false(apic_pending(&none));
    ioapic_write(16, 0x8071);
    assert_next(0x71);
    assert_int_equal(ioapic_read(16), 0xc071);        /* remote IRR */
    assert_int_equal(apic_read(0x1b0), 1 << 17);
    apic_taken(0x71);
    ioapic_set_pin(5, true);
    assert_false(apic_pending(&none));
    apic_write(EOI, 0);
    assert_next(0x71);
    apic_taken(0x71);
    ioapic_set_pin(5, false);
    apic_write(EOI, 0);
    assert_false(apic_pending(&none));
    assert_int_equal(ioapic_read(16), 0x8071);
    ioapic_write(16, 0x71);
    ioapic_raise(5);
    assert_next(0x71);
    assert_int_equal(apic_read(0x1b0), 0);            /* an edge */
    apic_taken(0x71);
    apic_write(EOI, 0);
}

/* The I/O APIC's pins, and LINT0 as a line of the APIC's own. */
static void pins_and_line(void **state)
{
    (void)state;
    ioapic_write(0, 1);
    assert_int_equal(ioapic_read(16), 0x170020);
    assert_false(ioapic_listens(2));
    ioapic_write(0, 0x15);
    ioapic_write(16, 0);
    ioapic_write(0, 0x14);
    ioapic_write(16, 0xffff5071);                     /* fixed, physical; status bits are not kept */
    assert_int_equal(ioapic_read(16), 0x10071);
    ioapic_write(16, 0x71);
    assert_true(ioapic_listens(2));
    ioapic_raise(2);
    assert_next(0x71);
    apic_taken(0x71);
    apic_write(EOI, 0);
    ioapic_write(0, 0x15);
    ioapic_write(16, 5u << 24);
    ioapic_raise(2);                                  /* to somebody else */
    uint8_t none;
    assert_false(apic_pending(&none));
    ioapic_write(0, 0x40);
    ioapic_write(16, 0);                              /* behind the last */
    assert_int_equal(ioapic_read(16), 0);
    ioapic_write(0, 0x10);
    ioapic_write(16, 0x700);
    assert_true(ioapic_passes_pic());
    assert_false(apic_hears_line());
    apic_raise_line();
    assert_false(apic_pending(&none));
    apic_write(LINT0, 0x72);
    assert_true(apic_hears_line());
    apic_raise_line();
    assert_next(0x72);
}

/* ---- timer ---- */
static void counts_down(void **state)
{
    (void)state;
    pit_run(0);
    pit_write(0x43, 0x34);
    pit_write(0x40, 0x9c);
    pit_write(0x40, 0x2e);                            /* 11,932: 10.0001 ms */
    assert_in_range(pit_due(), 10000000, 10001000);
    assert_false(pit_run(5000000));
    pit_run(6000000);
    pit_write(0x43, 0);
    pit_run(9000000);
    uint32_t low = pit_read(0x40), high = pit_read(0x40);
    assert_in_range(low | high << 8, 4768, 4778);     /* as it was latched */
    assert_false(pit_run(9999000));
    assert_true(pit_run(10001000));
    assert_false(pit_run(10002000));
    assert_in_range(pit_due(), 20000000, 20002000);
    assert_true(pit_run(1000000000000ull));
    assert_false(pit_run(1000000000001ull));
    pit_write(0x43, 0x30);                            /* once */
    assert_int_equal(pit_due(), PIT_NEVER);
    pit_write(0x40, 1);
    pit_write(0x40, 0);
    assert_true(pit_run(1000000002000ull));
    assert_int_equal(pit_due(), PIT_NEVER);
}

static void gated(void **state)
{
    (void)state;
    pit_run(0);
    pit_write(0x61, 0);
    pit_write(0x43, 0xb0);
    pit_write(0x42, 0xff);
    pit_write(0x42, 0xff);
    pit_run(1000000);
    pit_write(0x61, 1);
    pit_run(55000000);
    assert_int_equal(pit_read(0x61) & 0x20, 0);
    pit_run(56000000);
    assert_int_equal(pit_read(0x61) & 0x20, 0x20);
}

/* ---- instructions ---- */
struct encoded { const char *code; uint8_t size, width; struct decoded is; };

static void known_instructions(void **state)
{
    static const struct encoded all[] = {
        { "\x8b\x06", 2, 32, { DECODE_LOAD, 2, 4, 4, .rm = 6 } },
        { "\x48\x8b\x46\x10", 4, 64, { DECODE_LOAD, 4, 8, 8, .has_rex = true, .rm = 6 } },
        { "\x66\x89\x1d\x00\x00\xe0\xfe", 7, 32, { DECODE_STORE, 7, 2, 2, .reg = 3, .rm = 5 } },
        { "\x44\x89\x3c\x25\x00\x00\xe0\xfe", 8, 64, { DECODE_STORE, 8, 4, 4, .has_rex = true, .reg = 15, .rm = 4 } },
        { "\xa1\x20\x00\xe0\xfe", 5, 32, { DECODE_LOAD, 5, 4, 4, .rm = 0 } },
        { "\xa3\x20\x00\xe0\xfe\x00\x00\x00\x00", 9, 64, { DECODE_STORE, 9, 4, 4, .rm = 0 } },
        { "\xc7\x80\xb0\x00\x00\x00\xff\xff\xff\xff", 10, 64,
          { DECODE_STORE, 10, 4, 4, .has_immediate = true, .immediate = UINT64_MAX } },
        { "\xc6\x01\x7f", 3, 32, { DECODE_STORE, 3, 1, 1, .has_immediate = true, .immediate = 0x7f, .rm = 1 } },
        { "\x0f\xb6\x50\x03", 4, 32, { DECODE_LOAD, 4, 1, 4, .reg = 2 } },
        { "\x0f\xbf\x00", 3, 32, { DECODE_LOAD, 3, 2, 4, .is_signed = true } },
        { "\x83\x08\xfe", 3, 32,
          { DECODE_ALU_TO_MEMORY, 3, 4, 4, .has_immediate = true, .alu = 1, .reg = 1, .immediate = -2ull } },
        { "\xf0\x21\x18", 3, 32, { DECODE_ALU_TO_MEMORY, 3, 4, 4, .alu = 4, .reg = 3 } },
        { "\x3b\x08", 2, 32, { DECODE_ALU_TO_REGISTER, 2, 4, 4, .alu = 7, .reg = 1 } },
        { "\xf7\x00\x00\x10\x00\x00", 6, 32, { DECODE_TEST, 6, 4, 4, .has_immediate = true, .immediate = 0x1000 } },
        { "\x87\x0a", 2, 32, { DECODE_EXCHANGE, 2, 4, 4, .reg = 1, .rm = 2 } },
        { "\x67\x8b\x87\x34\x12", 5, 32, { DECODE_LOAD, 5, 4, 4, .rm = 7 } },
        { "\x66\x8b\x07", 3, 16, { DECODE_LOAD, 3, 4, 4, .rm = 7 } },
        { "\x0f\x22\xc0", 3, 32, { DECODE_CR_WRITE, 3, 4, 4, .rm = 0 } },
        { "\x44\x0f\x22\xc0", 4, 64, { DECODE_CR_WRITE, 4, 8, 8, .has_rex = true, .reg = 8 } },
        { "\x0f\x21\xf9", 3, 32, { DECODE_DR_READ, 3, 4, 4, .reg = 7, .rm = 1 } },
        { "\x0f\x01\xf0", 3, 16, { DECODE_LMSW, 3, 2, 2, .reg = 6 } },
        { "\x0f\x01\x75\xfe", 4, 32, { DECODE_LMSW, 4, 2, 2, .reg = 6, .rm = 5 } },
        { "\x0f\x01\xe3", 3, 32, { DECODE_SMSW, 3, 4, 4, .reg = 4, .rm = 3 } },
        { "\x0f\x01\x23", 3, 64, { DECODE_SMSW, 3, 2, 2, .reg = 4, .rm = 3 } },
        { "\x0f\x06", 2, 32, { DECODE_CLTS, 2, .rm = 0 } },
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const struct encoded *e = &all[i];
        struct decoded d;
        assert_true(decode(&d, (const uint8_t *)e->code, e->size, e->width));
        assert_memory_equal(&d, &e->is, offsetof(struct decoded, address));
        assert_false(decode(&d, (const uint8_t *)e->code, e->size - 1u, e->width));       /* not all of it is there */
    }
}

/* SMSW of memory, MOV, and where that is. */
static void addresses(void **state)
{
    enum { NONE = ADDRESS_NONE, NEXT = ADDRESS_NEXT, SS = 2, DS = 3, FS = 4 };
    static const struct { const char *code; uint8_t size, width; struct decoded_address is; } all[] = {
        { "\x0f\x01\x20", 3, 32, { true, DS, 4, 0, NONE, 0, 0 } },
        { "\x0f\x01\x65\xf0", 4, 32, { true, SS, 4, 5, NONE, 0, -16ull } },
        { "\x0f\x01\x25\x78\x56\x34\x12", 7, 32, { true, DS, 4, NONE, NONE, 0, 0x12345678 } },
        { "\x0f\x01\x25\x78\x56\x34\x12", 7, 64, { true, DS, 8, NEXT, NONE, 0, 0x12345678 } },
        { "\x0f\x01\x24\x24", 4, 32, { true, SS, 4, 4, NONE, 0, 0 } },
        { "\x43\x0f\x01\x64\xe1\x08", 6, 64, { true, DS, 8, 9, 12, 3, 8 } },
        { "\x0f\x01\x24\x8d\x00\x10\x00\x00", 8, 32, { true, DS, 4, NONE, 1, 2, 0x1000 } },
        { "\x64\x67\x0f\x01\x63\x7f", 6, 64, { true, FS, 4, 3, NONE, 0, 0x7f } },
        { "\x0f\x01\x26\x34\x12", 5, 16, { true, DS, 2, NONE, NONE, 0, 0x1234 } },
        { "\x0f\x01\x63\xfe", 4, 16, { true, SS, 2, 5, 7, 0, -2ull } },
        { "\x3e\x0f\x01\xa6\x00\x01", 6, 16, { true, DS, 2, 5, NONE, 0, 0x100 } },
        { "\xa1\x20\x00\xe0\x7e", 5, 32, { true, DS, 4, NONE, NONE, 0, 0x7ee00020 } },
        { "\x64\xa3\x20\x00\xe0\xfe\x00\x00\x00\x01", 10, 64, { true, FS, 8, NONE, NONE, 0, 0x1000000fee00020 } },
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct decoded d;
        assert_true(decode(&d, (const uint8_t *)all[i].code, all[i].size, all[i].width));
        assert_int_equal(d.length, all[i].size);
        assert_memory_equal(&d.address, &all[i].is, sizeof d.address);
        assert_false(decode(&d, (const uint8_t *)all[i].code, all[i].size - 1u, all[i].width));
    }
}

static void unknown_instructions(void **state)
{
    static const struct encoded all[] = {
        { "\x8b\xc0", 2, 32, { 0 } }, { "\xa4", 1, 32, { 0 } }, { "\xff\x30", 2, 32, { 0 } }, { "\xf7\x10", 2, 32, { 0 } },
        { "\x04\x01", 2, 32, { 0 } }, { "\x0f\x01\x38", 3, 32, { 0 } }, { "\x0f\x0b", 2, 32, { 0 } },
        { "\x0f\xb6\xc0", 3, 32, { 0 } }, { "\xf3\x8b\x06", 3, 32, { 0 } },
        { "\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x8b\x06", 16, 32, { 0 } }
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct decoded d;
        assert_false(decode(&d, (const uint8_t *)all[i].code, all[i].size, all[i].width));
    }
}

static void strings_at_ports(void **state)
{
    enum { ES = 0, DS = 3, GS = 5 };
    static const struct { const char *code; uint8_t size, width, address, segment; } all[] = {
        { "\xf3\x6c", 2, 32, 4, ES }, { "\x6e", 1, 32, 4, DS }, { "\xf3\x67\x6f", 3, 32, 2, DS }, { "\x6e", 1, 16, 2, DS },
        { "\x67\xf2\x65\x6e", 4, 16, 4, GS }, { "\xf3\x48\x6d", 3, 64, 8, ES }, { "\x26\x67\x6e", 3, 64, 4, ES },
        { "\x65\x6c", 2, 64, 8, ES }
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct decoded_address a;
        assert_true(decode_string(&a, (const uint8_t *)all[i].code, all[i].size, all[i].width));
        assert_int_equal(a.size, all[i].address);
        assert_int_equal(a.segment, all[i].segment);
        assert_false(decode_string(&a, (const uint8_t *)all[i].code, all[i].size - 1u, all[i].width));
        assert_false(decode_string(&a, (const uint8_t *)"\xa4", 1, all[i].width));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(highest_first, fresh), cmocka_unit_test_setup(whom_a_command_reaches, fresh),
        cmocka_unit_test_setup(timer_once, fresh), cmocka_unit_test_setup(timer_again_and_again, fresh),
        cmocka_unit_test_setup(levels, fresh), cmocka_unit_test(addresses),
        cmocka_unit_test_setup(switched_off, fresh), cmocka_unit_test_setup(lines_by_priority, fresh),
        cmocka_unit_test_setup(pins_and_line, fresh), cmocka_unit_test_setup(counts_down, fresh),
        cmocka_unit_test_setup(gated, fresh),
        cmocka_unit_test(known_instructions), cmocka_unit_test(unknown_instructions), cmocka_unit_test(strings_at_ports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
