/* SPDX-License-Identifier: Apache-2.0 */
/* Multiboot specification 0.6.96: 3.1 the header, 3.2 the state at entry, 3.3 the information. */
#include "pc/multiboot.h"
#include <stdbool.h>
#include "guest/memory.h"
#include "pc/elf.h"

#define HEADER_MAGIC 0x1badb002u
#define HEADER_UNKNOWN 0xfff8u        /* must be known; not so: modules on pages, memory, and video, which is not there */
#define HEADER_ADDRESSES 0x10000u
#define HEADER_WITHIN 8192u
#define INFO_SPACE 4096u
#define INFO_FLAGS 0x24du             /* memory, command line, modules, map of memory, loader's name */
#define INFO_LINE_MOST 2000u
#define PAGE 4096u
#define MEBIBYTE 0x100000u
enum { RAM = 1, RESERVED = 2, MAP_ENTRIES = 4 };

struct header { uint32_t magic, flags, checksum, header_at, load_at, load_end, bss_end, entry; };

struct information {
    uint32_t flags, lower, upper, device, line, modules, modules_at, symbols[4], map_size, map_at, drives[2], config, loader;
};
struct module { uint32_t start, end, line, reserved; };
struct map_entry { uint32_t size, base, base_high, length, length_high, type; };

/* What is written for the kernel to read. */
struct boot_page {
    struct information information;
    struct module module;
    struct map_entry map[MAP_ENTRIES];
    char loader[16], module_line[8], line[INFO_LINE_MOST + 1];
};
_Static_assert(sizeof(struct boot_page) <= INFO_SPACE, "one page");

static void *at(const struct multiboot_room *room, uint64_t gpa)
{
    return (void *)(uintptr_t)(room->base + gpa);
}

/* ---- the kernel ---- */
static bool find_header(struct multiboot_file f, struct header *h, uint64_t *found)
{
    *h = (struct header){ 0 };
    for (uint64_t i = 0; i + 12 <= f.size && i + 12 <= HEADER_WITHIN; i += 4) {
        memcpy(h, f.bytes + i, 12);
        if (h->magic != HEADER_MAGIC || h->magic + h->flags + h->checksum != 0) continue;
        *found = i;
        if (i + sizeof *h <= f.size) memcpy(h, f.bytes + i, sizeof *h);
        else if (h->flags & HEADER_ADDRESSES) return false;
        return true;
    }
    return false;
}

static const char *place(const struct multiboot_room *room, uint64_t to, const uint8_t *bytes, uint64_t stored, uint64_t size)
{
    if (to < MULTIBOOT_LOWEST) return "it wants to lie below 4 KiB, where firmware's memory is";
    if (!elf_inside(to, size, room->end)) return "it does not fit into the memory: say MEMORY=, more of it";
    if (to < MULTIBOOT_INFO + INFO_SPACE && size > 0 && to + size > MULTIBOOT_INFO) {
        return "it wants to lie at 0x9e000, where the loader's information is";
    }
    memcpy(at(room, to), bytes, stored);
    memset(at(room, to + stored), 0, size - stored);
    return 0;
}

/* 3.1.3: the header says what goes where. */
static const char *place_flat(const struct multiboot_room *room, struct multiboot_file f, const struct header *h,
                              uint64_t found, struct multiboot_start *start, uint64_t *end)
{
    uint64_t before = (uint64_t)h->header_at - h->load_at;
    if (h->header_at < h->load_at || before > found) return "its header's addresses contradict each other";
    uint64_t from = found - before, stored = h->load_end != 0 ? (uint64_t)h->load_end - h->load_at : f.size - from;
    uint64_t size = h->bss_end != 0 ? (uint64_t)h->bss_end - h->load_at : stored;
    if ((h->load_end != 0 && h->load_end < h->load_at) || (h->bss_end != 0 && h->bss_end < h->load_at) || size < stored ||
        !elf_inside(from, stored, f.size)) {
        return "its header's addresses contradict each other";
    }
    start->entry = h->entry;
    *end = h->load_at + size;
    return place(room, h->load_at, f.bytes + from, stored, size);
}

static const char *place_segments(const struct multiboot_room *room, struct multiboot_file f, struct multiboot_start *start,
                                  uint64_t *end)
{
    struct elf e;
    const char *wrong = elf_read(f, &e);
    if (wrong) return wrong;
    uint64_t entry = e.entry;
    for (uint32_t i = 0; i < e.segments; i++) {
        struct elf_segment s = elf_segment(f, &e, i);
        if (!s.loads || s.size == 0) continue;
        if (s.stored > s.size || !elf_inside(s.offset, s.stored, f.size)) return "a segment lies outside the file";
        wrong = place(room, s.physical_at, f.bytes + s.offset, s.stored, s.size);
        if (wrong) return wrong;
        if (e.entry >= s.virtual_at && e.entry - s.virtual_at < s.size) entry = e.entry - s.virtual_at + s.physical_at;
        if (*end < s.physical_at + s.size) *end = s.physical_at + s.size;
    }
    start->entry = (uint32_t)entry;
    if (entry > UINT32_MAX) return "its entry lies outside its segments";
    return *end == 0 ? "it has nothing to load" : 0;
}

static const char *place_kernel(const struct multiboot_room *room, struct multiboot_file f, struct multiboot_start *start,
                                uint64_t *end)
{
    struct header h;
    uint64_t found = 0;
    *end = 0;
    if (!find_header(f, &h, &found)) return "it has no multiboot header in its first 8 KiB";
    if (h.flags & HEADER_UNKNOWN) return "its multiboot header asks for what no loader knows";
    if (h.flags & HEADER_ADDRESSES) return place_flat(room, f, &h, found, start, end);
    return place_segments(room, f, start, end);
}

/* ---- what it is told ---- */
static struct map_entry map_entry(uint64_t base, uint64_t end, uint32_t type)
{
    uint64_t length = end - base;
    return (struct map_entry){ sizeof(struct map_entry) - 4, (uint32_t)base, (uint32_t)(base >> 32), (uint32_t)length,
                               (uint32_t)(length >> 32), type };
}

#define ADDRESS_OF(member) (MULTIBOOT_INFO + (uint32_t)__builtin_offsetof(struct boot_page, member))

static void tell(const struct multiboot_room *room, const char *line, uint64_t module_at, uint64_t module_size)
{
    struct boot_page *page = at(room, MULTIBOOT_INFO);
    memset(page, 0, sizeof *page);
    page->information = (struct information){
        .flags = INFO_FLAGS, .lower = 639, .upper = (uint32_t)((room->ram_size - MEBIBYTE) >> 10), .line = ADDRESS_OF(line),
        .modules = module_size > 0, .modules_at = ADDRESS_OF(module), .map_size = sizeof page->map, .map_at = ADDRESS_OF(map),
        .loader = ADDRESS_OF(loader)
    };
    page->module = (struct module){ (uint32_t)module_at, (uint32_t)(module_at + module_size), ADDRESS_OF(module_line), 0 };
    page->map[0] = map_entry(0, 0x9fc00, RAM);
    page->map[1] = map_entry(0x9fc00, 0xa0000, RESERVED);
    page->map[2] = map_entry(0xf0000, MEBIBYTE, RESERVED);
    page->map[3] = map_entry(MEBIBYTE, room->ram_size, RAM);
    memcpy(page->loader, "bulkhead", 8);
    memcpy(page->module_line, "module", 6);
    memcpy(page->line, line, strlen(line));
}

const char *multiboot_lay_out(const struct multiboot_room *room, struct multiboot_file kernel, struct multiboot_file module,
                              const char *line, struct multiboot_start *start)
{
    uint64_t end;
    if (strlen(line) > INFO_LINE_MOST) return "its command line is longer than 2,000 bytes";
    const char *wrong = place_kernel(room, kernel, start, &end);
    if (wrong) return wrong;
    uint64_t module_at = (end + PAGE - 1) / PAGE * PAGE;
    if (module_at < MEBIBYTE) module_at = MEBIBYTE;
    if (!elf_inside(module_at, module.size, room->end)) {
        return "its module does not fit into the memory: say MEMORY=, more of it";
    }
    memcpy(at(room, module_at), module.bytes, module.size);
    tell(room, line, module_at, module.size);
    start->info = MULTIBOOT_INFO;
    return 0;
}
