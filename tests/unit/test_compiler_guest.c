/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guests: ELF files that are wrong are refused for what is wrong with them, and page tables, walked as the processor walks
 * them, show each page of a subject with just the access that it should have.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <elf.h>
#include "compiler/paging.h"

#define RAM (16u << 20)
#define PAGE IMAGE_PAGE

/* ---- ELF ---- */
struct file {
    Elf64_Ehdr header;
    Elf64_Phdr segments[3];
    uint8_t bytes[3 * PAGE];
};

static struct file file;
static struct guest guest;

static void make_file(void)
{
    memset(&file, 0, sizeof file);
    memcpy(file.header.e_ident, ELFMAG, SELFMAG);
    file.header.e_ident[EI_CLASS] = ELFCLASS64;
    file.header.e_ident[EI_DATA] = ELFDATA2LSB;
    file.header.e_type = ET_EXEC;
    file.header.e_machine = EM_X86_64;
    file.header.e_phoff = offsetof(struct file, segments);
    file.header.e_phentsize = sizeof(Elf64_Phdr);
    file.header.e_phnum = 3;
    file.header.e_entry = 0x100010;
    static const uint32_t flags[] = { PF_R | PF_X, PF_R, PF_R | PF_W };
    for (uint32_t i = 0; i < 3; i++) {
        file.segments[i] = (Elf64_Phdr){ .p_type = PT_LOAD,
                                         .p_flags = flags[i],
                                         .p_offset = offsetof(struct file, bytes) + i * PAGE,
                                         .p_vaddr = 0x100000 + i * 0x2000,
                                         .p_filesz = 100 + i,
                                         .p_memsz = i == 2 ? 3 * PAGE : 100 + i };
    }
}

static const char *parse(void)
{
    return guest_parse(&guest, (const uint8_t *)&file, sizeof file, RAM);
}

static void expect_refused(const char *why)
{
    const char *said = parse();
    assert_non_null(said);
    assert_string_equal(said, why);
    make_file();
}

static int setup(void **unused)
{
    (void)unused;
    make_file();
    return 0;
}

static void test_good_file(void **unused)
{
    (void)unused;
    assert_null(parse());
    assert_int_equal(guest.segment_count, 3);
    assert_int_equal(guest.entry, 0x100010);
    assert_int_equal(guest.segments[0].access, IMAGE_READ | IMAGE_EXECUTE);
    assert_int_equal(guest.segments[1].access, IMAGE_READ);
    assert_int_equal(guest.segments[2].access, IMAGE_READ | IMAGE_WRITE);
    assert_int_equal(guest.segments[2].size, 3 * PAGE);
    assert_int_equal(guest.segments[2].stored, 102);
    assert_ptr_equal(guest.segments[1].bytes, file.bytes + PAGE);
}

static void test_bad_headers(void **unused)
{
    (void)unused;
    file.header.e_ident[0] = 'x';
    expect_refused("it is no ELF file");
    file.header.e_ident[EI_CLASS] = ELFCLASS32;
    expect_refused("it is not for 64-bit x86");
    file.header.e_machine = EM_AARCH64;
    expect_refused("it is not for 64-bit x86");
    file.header.e_type = ET_DYN;
    expect_refused("it is not linked at fixed addresses (link statically, without -pie)");
    file.header.e_phentsize = 55;
    expect_refused("it has no program headers");
    file.header.e_phnum = 0;
    expect_refused("it has no program headers");
    file.header.e_phoff = sizeof file - 100;
    expect_refused("its program headers lie outside the file");
    file.header.e_phoff = UINT64_MAX - 8;
    expect_refused("its program headers lie outside the file");
    file.header.e_entry = 0x102000;
    expect_refused("its entry point lies in no code segment");
    file.header.e_entry = 0x100000 + 100;
    expect_refused("its entry point lies in no code segment");
    assert_string_equal(guest_parse(&guest, (const uint8_t *)&file, 63, RAM), "it is too short for an ELF file");
}

static void test_bad_segments(void **unused)
{
    (void)unused;
    file.segments[1].p_filesz = 101 + 1;
    expect_refused("a segment lies outside the file");
    file.segments[1].p_offset = sizeof file - 10;
    expect_refused("a segment lies outside the file");
    file.segments[1].p_offset = UINT64_MAX;
    expect_refused("a segment lies outside the file");
    file.segments[1].p_vaddr += 8;
    expect_refused("a segment does not begin on a page of its own");
    file.segments[2].p_memsz = RAM;
    expect_refused("a segment lies outside the subject's memory");
    file.segments[2].p_memsz = UINT64_MAX;
    expect_refused("a segment lies outside the subject's memory");
    file.segments[0].p_vaddr = 0;
    expect_refused("a segment lies outside the subject's memory");
    file.segments[0].p_flags |= PF_W;
    expect_refused("a segment is writable and executable");
    file.segments[1].p_vaddr = 0x100000;
    expect_refused("its segments overlap, share a page or are not sorted by address");
    file.segments[0].p_memsz = 0x2001;
    expect_refused("its segments overlap, share a page or are not sorted by address");
    file.segments[0].p_type = PT_INTERP;
    expect_refused("it is linked dynamically");
}

/* ---- page tables ---- */
struct seen { bool present; uint32_t access; };

/* Walks the tables as the processor does (AMD APM volume 2, section 5.3); every entry must have its accessed bit set. */
static struct seen walk(const struct paging *p, const uint8_t *tables, uint64_t gpa)
{
    uint64_t table = p->tables, write = 2, deny = 0;
    for (int shift = 39;; shift -= 9) {
        assert_in_range(table, p->tables, p->tables + (uint64_t)(p->table_count - 1) * PAGE);
        uint64_t entry;
        memcpy(&entry, tables + (table - p->tables) + 8 * (gpa >> shift & 511), 8);
        if ((entry & 1) == 0) return (struct seen){ false, 0 };
        assert_true(entry & 0x20);
        write &= entry;
        deny |= entry >> 63;
        bool last = shift == 12 || (entry & 0x80) != 0;
        if (!last) {
            table = entry & 0xffffffffff000;
            continue;
        }
        uint64_t mask = (1ull << shift) - 1;
        assert_int_equal(entry & 0xffffffffff000 & ~mask, gpa & ~mask);       /* identity */
        assert_true(entry & 0x40);
        return (struct seen){ true, IMAGE_READ | (write != 0 ? IMAGE_WRITE : 0u) | (deny != 0 ? 0u : IMAGE_EXECUTE) };
    }
}

static struct paging paging;

static uint8_t *plan_and_write(uint64_t ram)
{
    paging =
        (struct paging){ .guest = &guest,
                         .ram = ram,
                         .window_count = 2,
                         .windows = { { 0x40000000, PAGE, IMAGE_READ }, { 0x401ff000, 0x202000, IMAGE_READ | IMAGE_WRITE } } };
    assert_true(paging_plan(&paging));
    uint8_t *tables = malloc((size_t)paging.table_count * PAGE);
    assert_non_null(tables);
    paging_write(&paging, tables);
    return tables;
}

static uint32_t expected_access(uint64_t gpa)
{
    if (gpa == 0 || gpa == paging.stack - PAGING_STACK - PAGE) return 0;
    if (gpa >= paging.tables && gpa < paging.ram) return IMAGE_READ;
    for (uint32_t i = 0; i < guest.segment_count; i++) {
        if (gpa + PAGE > guest.segments[i].gpa && gpa < guest.segments[i].gpa + guest.segments[i].size)
            return guest.segments[i].access;
    }
    if (gpa < paging.ram) return IMAGE_READ | IMAGE_WRITE;
    if (gpa == 0x40000000) return IMAGE_READ;
    return gpa >= 0x401ff000 && gpa < 0x40401000 ? IMAGE_READ | IMAGE_WRITE : 0;
}

static void check_pages(const uint8_t *tables, uint64_t first, uint64_t end)
{
    for (uint64_t gpa = first; gpa < end; gpa += PAGE) {
        struct seen seen = walk(&paging, tables, gpa);
        uint32_t wanted = expected_access(gpa);
        assert_int_equal(seen.present, wanted != 0);
        assert_int_equal(seen.access, wanted);
        assert_false((seen.access & IMAGE_WRITE) != 0 && (seen.access & IMAGE_EXECUTE) != 0);
    }
}

static void test_every_page_has_its_access(void **unused)
{
    (void)unused;
    static const uint64_t sizes[] = { 2u << 20, (2u << 20) + PAGE, RAM, RAM + 0x5000, 64u << 20 };
    assert_null(parse());
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t *tables = plan_and_write(sizes[i]);
        check_pages(tables, 0, sizes[i] + (4u << 20));
        check_pages(tables, 0x3ffff000, 0x40800000);
        assert_int_equal(paging.stack % 16, 0);
        assert_int_equal(paging.tables + (uint64_t)paging.table_count * PAGE, paging.ram);
        free(tables);
    }
}

static void test_large_memory_needs_few_tables(void **unused)
{
    (void)unused;
    assert_null(parse());
    free(plan_and_write(1u << 30));
    assert_true(paging.table_count <= 10);
}

static void test_tables_must_fit_above_the_program(void **unused)
{
    (void)unused;
    file.segments[2].p_memsz = RAM - 0x104000 - PAGE;
    assert_null(parse());
    paging = (struct paging){ .guest = &guest, .ram = RAM };
    assert_false(paging_plan(&paging));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_good_file, setup),
        cmocka_unit_test_setup(test_bad_headers, setup),
        cmocka_unit_test_setup(test_bad_segments, setup),
        cmocka_unit_test_setup(test_every_page_has_its_access, setup),
        cmocka_unit_test_setup(test_large_memory_needs_few_tables, setup),
        cmocka_unit_test_setup(test_tables_must_fit_above_the_program, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
