/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks the header, the components and the bounds of the tables, then has the other parts check what the tables hold. The
 * image is untrusted throughout; nothing is read before the checks that put it in range.
 */
#include "check.h"

/* Of each table the size of an entry, and how many there may be at most. */
static const struct { uint32_t entry_size, most; } limits[IMAGE_TABLE_COUNT] = {
#define TABLE_LIMITS(id, type, member, size, most) [IMAGE_##id] = { size, most },
    POLICY_TABLES(TABLE_LIMITS)
};

bool check_name(const char *name, uint32_t size)
{
    uint32_t i = 0;
    /*@ loop invariant 0 <= i <= size;
        loop assigns i;
        loop variant size - i; */
    while (i < size && name[i] > ' ' && name[i] <= '~' && name[i] != '"' && name[i] != '\\' && name[i] != ']') i++;
    uint32_t length = i;
    /*@ loop invariant 0 <= i <= size;
        loop assigns i;
        loop variant size - i; */
    while (i < size && name[i] == '\0') i++;
    return length > 0 && i == size;
}

/* Start-up writes there: where chipsets have it, and where no region, and so no mapping, can be. */
static bool io_apic_agrees(const struct image_header *h)
{
    return h->io_apic % IMAGE_PAGE == 0 && h->io_apic >= 0xfec00000 && h->io_apic < 0xfed00000 &&
           (h->io_apic < h->ram_base || h->io_apic >= h->ram_end);
}

/* Everything in the header that can be judged without the tables. */
static struct image_check_result check_header(const struct image_header *h, uint64_t size)
{
    ENSURE(size >= sizeof *h, TRUNCATED, 0);
    /*@ loop invariant 0 <= i <= 8;
        loop assigns i;
        loop variant 8 - i; */
    for (uint32_t i = 0; i < sizeof h->magic; i++) ENSURE(h->magic[i] == IMAGE_MAGIC[i], MAGIC, 0);
    ENSURE(h->format == IMAGE_FORMAT, FORMAT, 0);
    ENSURE(h->image_size <= size, TRUNCATED, 0);
    ENSURE(h->image_size <= IMAGE_MAX_SIZE, SIZE, 0);
    ENSURE(h->component_count >= 1 && h->component_count <= IMAGE_MAX_TABLE, HEADER_SIZE, 0);
    ENSURE(h->header_size == sizeof *h + h->component_count * sizeof(struct image_component), HEADER_SIZE, 0);
    ENSURE(h->header_size <= h->image_size, TRUNCATED, 0);
    ENSURE((h->flags & ~(uint32_t)IMAGE_FLAG_UNSIGNED) == 0 && h->measure <= IMAGE_MEASURE_REQUIRED, HEADER_FLAGS, 0);
    ENSURE(h->audit_always < IMAGE_AUDIT_ENDORSE << 1, HEADER_FLAGS, 0);
    /*@ loop invariant 0 <= i <= IMAGE_CLASS_COUNT;
        loop assigns i;
        loop variant IMAGE_CLASS_COUNT - i; */
    for (uint32_t i = 0; i < IMAGE_CLASS_COUNT; i++) ENSURE(h->class_full[i] <= IMAGE_FULL_DROP, HEADER_FLAGS, 0);
    ENSURE(h->colours <= IMAGE_MAX_COLOURS && (h->colours & (h->colours - 1)) == 0, HEADER_COLOURS, 0);
    ENSURE(check_name(h->system, IMAGE_NAME), HEADER_NAME, 0);
    ENSURE(h->ram_base >= IMAGE_RAM_LOWEST && h->ram_base < h->ram_end && h->ram_end <= IMAGE_MAX_RAM, HEADER_RAM, 0);
    ENSURE(h->ram_base % IMAGE_PAGE == 0 && h->ram_end % IMAGE_PAGE == 0, HEADER_RAM, 0);
    ENSURE(h->trampoline % IMAGE_PAGE == 0, HEADER_TRAMPOLINE, 0);
    ENSURE(h->trampoline >= IMAGE_PAGE && h->trampoline < 0xa0000, HEADER_TRAMPOLINE, 0);
    ENSURE(h->io_apic == 0 || io_apic_agrees(h), HEADER_IO_APIC, 0);
    ENSURE(h->margin_ticks >= IMAGE_MARGIN_LEAST && h->margin_ticks <= UINT32_MAX, HEADER_MARGIN, 0);
    ENSURE(h->measure == IMAGE_MEASURE_NONE || (h->pcr >= IMAGE_PCR_FIRST && h->pcr <= IMAGE_PCR_LAST), HEADER_PCR, 0);
    return CHECK_PASSED;
}

static struct image_check_result check_components(const struct image_header *h)
{
    const struct image_component *components = policy_components(h);
    uint64_t end = h->header_size;
    /*@ loop invariant 0 <= i <= h->component_count && components_pass(h, i);
        loop assigns i, end;
        loop variant h->component_count - i; */
    for (uint32_t i = 0; i < h->component_count; i++) {
        const struct image_component *c = &components[i];
        ENSURE(check_inside(c->offset, c->size, h->image_size), COMPONENT_BOUNDS, i);
        ENSURE(c->offset >= end, COMPONENT_ORDER, i);
        ENSURE(c->offset % 8 == 0, COMPONENT_ALIGN, i);
        ENSURE(c->kind <= IMAGE_COMPONENT_PART && (c->kind == IMAGE_COMPONENT_TABLES) == (i == 0), COMPONENT_KIND, i);
        bool is_subject = c->kind == IMAGE_COMPONENT_SUBJECT, has_none = c->subject == IMAGE_NONE;
        ENSURE(is_subject ? c->subject < h->tables[IMAGE_SUBJECTS].count : has_none, COMPONENT_SUBJECT, i);
        ENSURE(check_name(c->name, sizeof c->name) && c->name[sizeof c->name - 1] == '\0', COMPONENT_NAME, i);
        end = c->offset + c->size;
    }
    return CHECK_PASSED;
}

/* The tables lie in component 0 one behind the other. */
static struct image_check_result check_tables(const struct image_header *h)
{
    const struct image_component *holder = policy_components(h);
    uint64_t end = holder->offset;
    /*@ loop invariant 0 <= i <= IMAGE_TABLE_COUNT;
        loop invariant \forall integer k; 0 <= k < i ==> table_lies(h, k, limits[k].entry_size, limits[k].most);
        loop assigns i, end;
        loop variant IMAGE_TABLE_COUNT - i; */
    for (uint32_t i = 0; i < IMAGE_TABLE_COUNT; i++) {
        uint64_t offset = h->tables[i].offset, size = (uint64_t)h->tables[i].count * limits[i].entry_size;
        ENSURE(h->tables[i].count <= limits[i].most, TABLE_COUNT, i);
        ENSURE(offset % 8 == 0, TABLE_ALIGN, i);
        ENSURE(check_inside(offset, size, holder->offset + holder->size), TABLE_BOUNDS, i);
        ENSURE(offset >= end, TABLE_ORDER, i);
        end = offset + size;
    }
    return CHECK_PASSED;
}

struct image_check_result image_check(const void *image, uint64_t size)
{
    TRY(check_header(image, size));
    TRY(check_components(image));
    TRY(check_tables(image));
    const struct policy_tables t = policy_tables_open(image);
    //@ ghost tables_are_open(&t);
#define RUN_PART(name) TRY(check_##name(&t));
    CHECK_PARTS(RUN_PART)
    //@ ghost tables_are_ok(&t);
    //@ assert tables_ok(&t);
    return CHECK_PASSED;
}

const char *image_check_name(uint32_t code)
{
    static const char *const names[IMAGE_CHECK_COUNT] = {
#define CHECK_NAME(id) [IMAGE_CHECK_##id] = #id,
        IMAGE_CHECKS(CHECK_NAME)
    };
    uint32_t check = code & 0xffff;
    if (code >> 16 != IMAGE_CHECK_MODULE || check == IMAGE_CHECK_GOOD || check >= IMAGE_CHECK_COUNT) return "unknown";
    return names[check];
}
