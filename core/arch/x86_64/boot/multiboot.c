/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Multiboot 1 (0.6.96, 3.3) and 2 (2.0, 3.4) information into the handoff. All of it is untrusted: lengths are bounded, and
 * what lies above the start-up map is not followed.
 */
#include "boot.h"

enum {
    MB1_MAGIC = 0x2badb002, MB1_HAS_MODULES = 1u << 3, MB1_HAS_MAP = 1u << 6,
    MB2_MAGIC = 0x36d76289, MB2_END = 0, MB2_MODULE = 3, MB2_MAP = 6,
    MEMORY_AVAILABLE = 1, MAX_INFO = 1 << 16, TBOOT_LOG = 0x60000
};

struct mb1_info {
    uint32_t flags, memory_lower, memory_upper, boot_device, command_line, module_count, modules, syms[4], map_length, map;
};
struct mb1_module { uint32_t start, end, name, reserved; };
struct __attribute__((packed)) mb1_range { uint32_t size; uint64_t base, length; uint32_t type; };
struct mb2_tag { uint32_t type, size; };
struct mb2_module { struct mb2_tag tag; uint32_t start, end; };
struct mb2_map { struct mb2_tag tag; uint32_t entry_size, version; };
struct mb2_range { uint64_t base, length; uint32_t type, reserved; };

static void add_range(struct handoff *h, uint64_t base, uint64_t length, uint32_t type)
{
    if (type != MEMORY_AVAILABLE || h->usable_count == HANDOFF_MAX_RANGES || base + length < base) return;
    h->usable[h->usable_count++] = (struct handoff_range){ base, base + length };
}

static void add_module(struct handoff *h, uint32_t start, uint32_t end)
{
    if (h->image != 0 || end <= start) return;
    h->image = start;
    h->image_size = end - start;
}

static void read_mb1(const struct mb1_info *info, struct handoff *h)
{
    if ((info->flags & MB1_HAS_MODULES) && info->module_count > 0) {
        const struct mb1_module *m = (const void *)(uint64_t)info->modules;
        add_module(h, m->start, m->end);
    }
    if (!(info->flags & MB1_HAS_MAP) || info->map_length > MAX_INFO) return;
    uint64_t at = info->map, end = at + info->map_length;
    while (at + sizeof(struct mb1_range) <= end) {
        const struct mb1_range *r = (const void *)at;
        add_range(h, r->base, r->length, r->type);
        if (r->size < sizeof *r - sizeof r->size) break;
        at += (uint64_t)r->size + sizeof r->size;
    }
}

static void read_mb2_map(const struct mb2_map *map, struct handoff *h)
{
    if (map->entry_size < sizeof(struct mb2_range) || map->tag.size < sizeof *map) return;
    uint64_t at = (uint64_t)(map + 1), end = (uint64_t)map + map->tag.size;
    for (; at + map->entry_size <= end; at += map->entry_size) {
        const struct mb2_range *r = (const void *)at;
        add_range(h, r->base, r->length, r->type);
    }
}

static void read_mb2(uint64_t info, struct handoff *h)
{
    uint32_t total = *(const uint32_t *)info;
    uint64_t at = info + 8, end = info + (total < MAX_INFO ? total : MAX_INFO);
    while (at + sizeof(struct mb2_tag) <= end) {
        const struct mb2_tag *tag = (const void *)at;
        if (tag->type == MB2_END || tag->size < sizeof *tag || at + tag->size > end) break;
        if (tag->type == MB2_MODULE && tag->size >= sizeof(struct mb2_module)) {
            const struct mb2_module *m = (const void *)at;
            add_module(h, m->start, m->end);
        } else if (tag->type == MB2_MAP) {
            read_mb2_map((const void *)at, h);
        }
        at += (tag->size + 7u) & ~7u;
    }
}

/*
 * tboot that could not launch starts its kernel all the same, and leaves no shared page. What a kernel then sees of it is its
 * memory log, with its UUID in front (tboot, include/tboot.h). It only changes what is reported: nothing was measured.
 */
static uint32_t read_txt(void)
{
    static const uint64_t log_uuid[2] = { 0x4db46b30c0192526, 0x7481b853e9a3844c };
    const volatile uint64_t *log = (const volatile uint64_t *)TBOOT_LOG;
    return log[0] == log_uuid[0] && log[1] == log_uuid[1] ? HANDOFF_TXT_FELL_THROUGH : HANDOFF_TXT_NONE;
}

void multiboot_read(uint32_t magic, uint64_t info, struct handoff *h)
{
    arch_fill_zero(h, sizeof *h);
    if (magic == MB1_MAGIC) read_mb1((const void *)info, h);
    else if (magic == MB2_MAGIC) read_mb2(info, h);
    h->txt = read_txt();
}
