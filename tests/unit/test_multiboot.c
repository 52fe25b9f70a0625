/* SPDX-License-Identifier: Apache-2.0 */
/* The loader of multiboot kernels: what it lays out where, what it refuses, and that nothing is written outside the room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pc/multiboot.h"

#define MIB 0x100000u
#define RAM (4 * MIB)
#define ROOM (3 * MIB)
#define ELF_HEADER 52
#define SEGMENT 32
#define WIDE_HEADER 64
#define WIDE_SEGMENT 56
#define CODE_AT 0x200
#define KERNEL_SIZE 0x400

static uint8_t *memory;               /* RAM bytes, guard bytes behind */
static uint8_t kernel[KERNEL_SIZE];
static const uint8_t module[] = "module";

static void put(uint32_t at, uint32_t value)
{
    memcpy(kernel + at, &value, sizeof value);
}

static uint32_t get(uint64_t gpa)
{
    uint32_t value;
    memcpy(&value, memory + gpa, sizeof value);
    return value;
}

/* An ELF file of one segment, linked at 0xc0100000, loaded at 1 MiB: 0x100 bytes and as many zeros. */
static void make_kernel(void)
{
    memset(kernel, 0, sizeof kernel);
    memcpy(kernel, "\x7f" "ELF\1\1\1", 7);
    put(16, 2 | 3 << 16);
    put(24, 0xc0100010);
    put(28, ELF_HEADER);
    put(42, SEGMENT | 1 << 16);
    static const uint32_t segment[] = { 1, CODE_AT, 0xc0100000, MIB, 0x100, 0x200, 7, 4096 };
    memcpy(kernel + ELF_HEADER, segment, sizeof segment);
    put(0x100, 0x1badb002);
    put(0x104, 3);
    put(0x108, 0u - 0x1badb002 - 3);
    memset(kernel + CODE_AT, 0xcc, 0x100);
}

/* The same, for x86-64. */
static void make_wide_kernel(void)
{
    static const uint64_t entry_and_segments[] = { 0xffffffff80100010, WIDE_HEADER };
    static const uint64_t segment[] = { 1 | 7ull << 32, CODE_AT, 0xffffffff80100000, MIB, 0x100, 0x200, 4096 };
    make_kernel();
    memset(kernel, 0, 0x100);
    memcpy(kernel, "\x7f" "ELF\2\1\1", 7);
    put(16, 2 | 62 << 16);
    memcpy(kernel + 24, entry_and_segments, sizeof entry_and_segments);
    put(54, WIDE_SEGMENT | 1 << 16);
    memcpy(kernel + WIDE_HEADER, segment, sizeof segment);
}

static int setup(void **state)
{
    (void)state;
    memory = malloc(RAM + 4096);
    memset(memory, 0xaa, RAM + 4096);
    make_kernel();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

static const char *lay_out(uint64_t kernel_size, uint64_t module_size, const char *line, struct multiboot_start *start)
{
    const struct multiboot_room room = { (uintptr_t)memory, ROOM, RAM };
    const struct multiboot_file files[] = { { kernel, kernel_size }, { module, module_size } };
    return multiboot_lay_out(&room, files[0], files[1], line, start);
}

/* Neither what firmware keeps, nor behind the room. */
static void assert_kept(void)
{
    for (uint32_t i = 0; i < MULTIBOOT_LOWEST; i++) assert_int_equal(memory[i], 0xaa);
    for (uint32_t i = ROOM; i < RAM + 4096; i++) assert_int_equal(memory[i], 0xaa);
}

static void segments_and_information(void **state)
{
    struct multiboot_start start;
    (void)state;
    assert_null(lay_out(KERNEL_SIZE, sizeof module, "kernel words", &start));
    assert_int_equal(start.entry, MIB + 0x10);        /* linked high, entered low */
    for (uint32_t i = 0; i < MULTIBOOT_INFO; i++) assert_int_equal(memory[i], 0xaa);
    for (uint32_t i = MULTIBOOT_INFO + 4096; i < MIB; i++) assert_int_equal(memory[i], 0xaa);
    for (uint32_t i = 0; i < 0x200; i++) assert_int_equal(memory[MIB + i], i < 0x100 ? 0xcc : 0);
    assert_int_equal(memory[MIB + 0x200], 0xaa);
    assert_int_equal(get(start.info), 0x24d);
    assert_int_equal(get(start.info + 4), 639);
    assert_int_equal(get(start.info + 8), (RAM - MIB) >> 10);
    assert_string_equal((const char *)memory + get(start.info + 16), "kernel words");
    assert_int_equal(get(start.info + 20), 1);
    uint32_t entry = get(start.info + 24);
    assert_int_equal(get(entry), MIB + 0x1000);
    assert_int_equal(get(entry + 4), MIB + 0x1000 + sizeof module);
    assert_memory_equal(memory + get(entry), module, sizeof module);
    assert_int_equal(get(start.info + 44) % 24, 0);
    uint32_t last = get(start.info + 48) + get(start.info + 44) - 24;
    assert_int_equal(get(last), 20);
    assert_int_equal(get(last + 4), MIB);
    assert_int_equal(get(last + 12), RAM - MIB);
    assert_kept();
}

static void segments_of_64_bits(void **state)
{
    static const struct { uint32_t at, value; const char *why; } wrong[] = {
        { 4, 0x00010101, "no ELF file" }, { 16, 2 | 3 << 16, "no ELF file" }, { 36, 1, "program headers" },
        { 54, SEGMENT | 1 << 16, "program headers" }, { 24, 0x80200000, "outside its segments" },
        { 28, 1, "outside its segments" },
        { WIDE_HEADER + 12, 1, "outside the file" }, { WIDE_HEADER + 28, 1, "does not fit" },
        { WIDE_HEADER + 36, 1, "outside the file" }, { WIDE_HEADER + 44, 1, "does not fit" }
    };
    struct multiboot_start start;
    (void)state;
    make_wide_kernel();
    assert_null(lay_out(KERNEL_SIZE, 0, "", &start));
    assert_int_equal(start.entry, MIB + 0x10);
    for (uint32_t i = 0; i < 0x200; i++) assert_int_equal(memory[MIB + i], i < 0x100 ? 0xcc : 0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        make_wide_kernel();
        put(wrong[i].at, wrong[i].value);
        const char *why = lay_out(KERNEL_SIZE, 0, "", &start);
        assert_non_null(why);
        if (!strstr(why, wrong[i].why)) fail_msg("%u: %s", wrong[i].at, why);
        assert_kept();
    }
}

/* As kernels for real mode do. */
static void low_memory(void **state)
{
    struct multiboot_start start;
    (void)state;
    put(ELF_HEADER + 12, 0x4000);
    assert_null(lay_out(KERNEL_SIZE, 0, "", &start));
    for (uint32_t i = 0; i < 0x100; i++) assert_int_equal(memory[0x4000 + i], 0xcc);
    assert_kept();
}

static void addresses_of_the_header(void **state)
{
    static const uint32_t header[] = { 0x1badb002, 0x10000, 0u - 0x1badb002 - 0x10000, 2 * MIB + 0x100, 2 * MIB,
                                       2 * MIB + 0x300, 2 * MIB + 0x380, 2 * MIB + 0x220 };
    struct multiboot_start start;
    (void)state;
    memcpy(kernel + 0x100, header, sizeof header);
    assert_null(lay_out(KERNEL_SIZE, 0, "", &start));
    assert_int_equal(start.entry, 2 * MIB + 0x220);
    assert_memory_equal(memory + 2 * MIB, kernel, 0x300);
    assert_int_equal(memory[2 * MIB + 0x37f], 0);
    assert_int_equal(memory[2 * MIB + 0x380], 0xaa);
    assert_int_equal(get(start.info + 20), 0);
    assert_kept();
}

/* One wrong word each, and what is said of it. */
static void wrong_files(void **state)
{
    static const struct { uint32_t at, value; const char *why; } wrong[] = {
        { 0x108, 0, "no multiboot header" }, { 0, 0, "no ELF file" }, { 4, 0x00010102, "no ELF file" },
        { 16, 2 | 62 << 16, "no ELF file" }, { 28, 0xffffff00, "program headers" }, { 42, 16 | 1 << 16, "program headers" },
        { 42, SEGMENT | 0xffffu << 16, "program headers" }, { 42, SEGMENT, "nothing to load" },
        { ELF_HEADER + 4, 0xffffff80, "outside the file" }, { ELF_HEADER + 16, 0x201, "outside the file" },
        { ELF_HEADER + 12, 0x800, "below 4 KiB" },
        { ELF_HEADER + 12, 0x9dff0, "at 0x9e000" }, { ELF_HEADER + 12, 0x9eff0, "at 0x9e000" },
        { ELF_HEADER + 12, ROOM - 0x100, "does not fit" },
        { ELF_HEADER + 12, 0xfffffff0, "does not fit" }, { ELF_HEADER + 20, 0xffffffff, "does not fit" }
    };
    struct multiboot_start start;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        make_kernel();
        put(wrong[i].at, wrong[i].value);
        const char *why = lay_out(KERNEL_SIZE, 0, "", &start);
        assert_non_null(why);
        assert_non_null(strstr(why, wrong[i].why));
        assert_kept();
    }
}

static void what_does_not_fit(void **state)
{
    struct multiboot_start start;
    char line[2102];
    (void)state;
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    assert_non_null(strstr(lay_out(KERNEL_SIZE, 0, line, &start), "command line"));
    assert_non_null(strstr(lay_out(0, 0, "", &start), "header"));
    assert_non_null(strstr(lay_out(0x10c, 0, "", &start), "outside the file"));
    put(ELF_HEADER + 12, ROOM - 0x400);
    assert_non_null(strstr(lay_out(KERNEL_SIZE, sizeof module, "", &start), "module does not fit"));
    assert_kept();
}

/* Headers at random: whatever is laid out is laid out in the room. */
static void random_headers(void **state)
{
    struct multiboot_start start;
    uint64_t seed = 20260101;
    (void)state;
    for (uint32_t round = 0; round < 20000; round++) {
        bool is_wide = round % 4 == 2;
        if (is_wide) make_wide_kernel();
        else make_kernel();
        if (round % 2) put(0x104, 0x10003), put(0x108, 0u - 0x1badb002 - 0x10003);
        for (uint32_t i = 0; i < 3; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            uint32_t word = (uint32_t)(seed >> 60);
            uint32_t at = round % 2 ? 0x10c + word % 5 * 4 : is_wide ? WIDE_HEADER + word % 12 * 4 : ELF_HEADER + word % 8 * 4;
            put(at, (uint32_t)(seed >> 33) >> (seed >> 28 & 31) << (seed >> 24 & 15));
        }
        lay_out(KERNEL_SIZE, round % 3 ? sizeof module : 0, "words", &start);
        if (round % 500 == 0) assert_kept();
    }
    assert_kept();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(segments_and_information, setup, teardown),
        cmocka_unit_test_setup_teardown(segments_of_64_bits, setup, teardown),
        cmocka_unit_test_setup_teardown(addresses_of_the_header, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_files, setup, teardown),
        cmocka_unit_test_setup_teardown(what_does_not_fit, setup, teardown),
        cmocka_unit_test_setup_teardown(low_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(random_headers, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
