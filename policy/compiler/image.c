/* SPDX-License-Identifier: Apache-2.0 */
/* Putting the image together: header, component list, tables, components. */
#include "compiler/check_text.h"
#include "compiler/layout.h"
#include "compiler/margin.h"
#include "image_check.h"

#include <mbedtls/sha256.h>
#include <string.h>

#define COMPONENT_ALIGN 16u
#define TABLE_ALIGN 8u

static uint64_t align_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

/* Where everything lies: fills in the header, and the component list at `components`. */
static void image_place(struct build *b, struct image_component *components)
{
    struct image_header *h = &b->header;
    const struct build_component *c;
    memcpy(h->magic, IMAGE_MAGIC, sizeof h->magic);
    h->component_count = b->components.count + 1;
    h->header_size = (uint32_t)(sizeof *h + h->component_count * sizeof *components);
    uint64_t at = align_up(h->header_size, COMPONENT_ALIGN);
    components[0] =
        (struct image_component){ .offset = at, .kind = IMAGE_COMPONENT_TABLES, .subject = IMAGE_NONE, .name = "tables" };
    for (uint32_t i = 0; i < IMAGE_TABLE_COUNT; i++) {
        h->tables[i] = (struct image_table){ (uint32_t)at, b->tables[i].count };
        at = align_up(at + (uint64_t)b->tables[i].count * build_entry_sizes[i], TABLE_ALIGN);
    }
    components[0].size = at - components[0].offset;
    LIST_EACH(c, &b->components) {
        at = align_up(at, COMPONENT_ALIGN);
        components[c_at + 1] =
            (struct image_component){ .offset = at, .size = c->size, .kind = c->kind, .subject = c->subject };
        build_name(components[c_at + 1].name, sizeof components->name, c->name);
        at += c->size;
    }
    h->image_size = align_up(at, COMPONENT_ALIGN);
}

static void image_write_tables(const struct build *b, uint8_t *image, const struct image_component *components)
{
    for (uint32_t i = 0; i < IMAGE_TABLE_COUNT; i++) {
        size_t size = (size_t)b->tables[i].count * build_entry_sizes[i];
        if (size > 0) memcpy(image + b->header.tables[i].offset, b->tables[i].bytes, size);
    }
    /* Loads were made before their components had a place. */
    struct image_load *loads = (struct image_load *)(void *)(image + b->header.tables[IMAGE_LOADS].offset);
    for (uint32_t i = 0; i < b->header.tables[IMAGE_LOADS].count; i++)
        loads[i].image_offset += components[loads[i].component].offset;
}

void *image_tables(struct build *b, size_t *size)
{
    struct image_component *components = arena_take(b->arena, (b->components.count + 1) * sizeof *components);
    image_place(b, components);
    *size = components[0].offset + components[0].size;
    uint8_t *image = arena_take(b->arena, *size);
    memcpy(image, &b->header, sizeof b->header);
    memcpy(image + sizeof b->header, components, (b->components.count + 1) * sizeof *components);
    image_write_tables(b, image, components);
    return image;
}

/* ---- the whole ---- */
static void image_add_parts(struct build *b)
{
    const struct source *file;
    LIST_EACH(file, &b->policy->sources.files) {
        const char *slash = strrchr(file->name, '/');
        *LIST_NEW(b->arena, &b->components) = (struct build_component){
            IMAGE_COMPONENT_PART, IMAGE_NONE, slash != NULL ? slash + 1 : file->name, (uint8_t *)(uintptr_t)file->text,
            file->size,
        };
    }
}

static void size_pool(struct build *b)
{
    size_t size;
    struct image_region *pool = build_entry(b, IMAGE_REGIONS, b->header.kernel_pool);
    pool->size = image_pool_pages(image_tables(b, &size)) * IMAGE_PAGE;
}

/* The two regions whose sizes depend on all else. */
static void image_add_home_and_pool(struct build *b)
{
    struct image_component *components = arena_take(b->arena, (b->components.count + 1) * sizeof *components);
    b->header.image_home = layout_region(b, IMAGE_REGION_IMAGE_HOME, IMAGE_NONE, NULL, IMAGE_PAGE);
    b->header.kernel_pool = layout_region(b, IMAGE_REGION_KERNEL_POOL, IMAGE_NONE, NULL, IMAGE_PAGE);
    image_place(b, components);
    struct image_region *home = build_entry(b, IMAGE_REGIONS, b->header.image_home);
    struct image_region *pool = build_entry(b, IMAGE_REGIONS, b->header.kernel_pool);
    home->size = align_up(b->header.image_size, IMAGE_PAGE);
    pool->hpa = pool->kva = home->hpa + home->size;
    size_pool(b);
    if (layout_pack(b)) size_pool(b);
}

static void image_digest(uint8_t *image, struct image_component *components, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        mbedtls_sha256_ret(image + components[i].offset, components[i].size, components[i].sha256, 0);
}

void *image_whole(struct build *b, size_t *size)
{
    image_add_parts(b);
    image_add_home_and_pool(b);
    if (!layout_fits(b, b->least)) return NULL;
    size_t tables_size;
    uint8_t *tables = image_tables(b, &tables_size);
    const struct policy_tables t = policy_tables_open(tables);
    ((struct image_header *)(void *)tables)->margin_ticks = margin_ticks(&t, NULL);
    *size = b->header.image_size;
    uint8_t *image = arena_take(b->arena, *size);
    memcpy(image, tables, tables_size);
    struct image_component *components = (struct image_component *)(void *)(image + sizeof b->header);
    const struct build_component *c;
    LIST_EACH(c, &b->components) {
        if (c->size > 0) memcpy(image + components[c_at + 1].offset, c->bytes, c->size);
    }
    image_digest(image, components, b->header.component_count);
    struct image_check_result result = image_check(image, *size);
    if (result.code == 0) return image;
    diag_error(b->diag, BH_LAYOUT, b->policy->system.at, "the finished image does not check: %s (entry %u)",
               image_check_text(result.code), result.index);
    return NULL;
}
