/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Typed access to the tables of a system image that image_check() has passed. Used by the kernel, by the compiler (which runs
 * the policy's own tests on the tables that it wrote) and by tests.
 */
#pragma once

#include "policy/image.h"

/*
 * id, structure, member, bytes of an entry, entries at most: what the monitor has state for is bounded more narrowly than what
 * the kernel only reads.
 */
#define POLICY_TABLES(X)                                                                                                   \
    X(CPUS, image_cpu, cpus, 16, IMAGE_MAX_TABLE) X(PLANS, image_plan, plans, 24, IMAGE_MAX_TABLE)                         \
    X(WINDOWS, image_window, windows, 16, IMAGE_MAX_TABLE) X(SUBJECTS, image_subject, subjects, 120, IMAGE_MAX_TABLE)      \
    X(REGIONS, image_region, regions, 32, IMAGE_MAX_TABLE) X(MAPPINGS, image_mapping, mappings, 16, IMAGE_MAX_TABLE)       \
    X(LOADS, image_load, loads, 32, IMAGE_MAX_TABLE) X(PORTS, image_ports, ports, 8, IMAGE_MAX_TABLE)                      \
    X(CPUIDS, image_cpuid, cpuids, 24, IMAGE_MAX_TABLE) X(TYPES, image_type, types, 24, IMAGE_MAX_TABLE)                   \
    X(FIELDS, image_field, fields, 40, IMAGE_MAX_TABLE) X(ATOMS, image_atom, atoms, 24, IMAGE_MAX_TABLE)                   \
    X(CHANNELS, image_channel, channels, 48, IMAGE_MAX_CHANNELS) X(RULES, image_rule, rules, 64, IMAGE_MAX_RULES)          \
    X(PROTOCOLS, image_protocol, protocols, 24, IMAGE_MAX_PROTOCOLS) X(STEPS, image_step, steps, 12, IMAGE_MAX_TABLE)      \
    X(TIMEOUTS, image_timeout, timeouts, 16, IMAGE_MAX_TABLE) X(RESETS, image_reset, resets, 4, IMAGE_MAX_TABLE)           \
    X(OPERATIONS, image_operation, operations, 8, IMAGE_MAX_TABLE)                                                         \
    X(DIRECTS, image_direct, directs, 28, IMAGE_MAX_CHANNELS) X(DIGESTS, image_digest, digests, 32, IMAGE_MAX_TABLE)

#define POLICY_TABLE_LAYOUT(id, type, member, size, most) static_assert(sizeof(struct type) == (size), "layout");
POLICY_TABLES(POLICY_TABLE_LAYOUT)

/* Pointers before counts: the nearer a member, the shorter the instruction that reads it. */
struct policy_tables {
    const struct image_header *header;
#define POLICY_TABLE_MEMBER(id, type, member, ...) const struct type *member;
    POLICY_TABLES(POLICY_TABLE_MEMBER)
#define POLICY_TABLE_COUNT(id, type, member, ...) uint32_t member##_count;
    POLICY_TABLES(POLICY_TABLE_COUNT)
};

/* The tables of the image at `image`, which image_check() has passed. Pointers stay valid as long as the image does. */
static inline struct policy_tables policy_tables_open(const void *image)
{
    const uint8_t *base = image;
    const struct image_header *header = image;
    struct policy_tables t = { .header = header };
#define POLICY_TABLE_OPEN(id, type, member, ...)                                                                           \
    t.member = (const struct type *)(const void *)(base + header->tables[IMAGE_##id].offset);                              \
    t.member##_count = header->tables[IMAGE_##id].count;
    POLICY_TABLES(POLICY_TABLE_OPEN)
    return t;
}

/* Bytes from a region's first row, or page, to behind its last one. Its size and colours are in range. */
static inline uint64_t policy_region_span(const struct image_header *h, const struct image_region *r)
{
    uint64_t row = (uint64_t)r->colour_count * IMAGE_PAGE;
    return row == 0 ? r->size : (r->size + row - 1) / row * h->colours * IMAGE_PAGE;
}

/* The physical address of byte `offset` of a region. */
static inline uint64_t policy_region_place(const struct image_header *h, const struct image_region *r, uint64_t offset)
{
    if (r->colour_count == 0) return r->hpa + offset;
    uint64_t page = offset / IMAGE_PAGE, count = r->colour_count;
    return r->hpa + (page / count * h->colours + r->first_colour + page % count) * IMAGE_PAGE + offset % IMAGE_PAGE;
}

/* The lines whose interrupts a subject has, one bit each; its ports are in range. */
static inline uint32_t policy_lines(const struct policy_tables *t, const struct image_subject *s)
{
    uint32_t lines = 0;
    /*@ loop invariant s->first_port <= i <= s->first_port + s->port_count;
        loop assigns i, lines;
        loop variant s->first_port + s->port_count - i; */
    for (uint32_t i = s->first_port; i < s->first_port + s->port_count; i++) {
        if ((t->ports[i].flags & IMAGE_PORTS_INTERRUPT) != 0) lines |= 1u << t->ports[i].line;
    }
    return lines;
}

static inline const struct image_component *policy_components(const struct image_header *header)
{
    return (const struct image_component *)(const void *)(header + 1);
}
