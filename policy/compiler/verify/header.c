/* SPDX-License-Identifier: Apache-2.0 */
/* Header, components and their digests, the parts' text. */
#include "compiler/verify/reader.h"

#include <mbedtls/sha256.h>

static uint32_t word_bit(const char *word, const char *const *words, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(words[i], word) == 0) return 1u << i;
    }
    return 0;
}

static uint32_t always_bits(const struct policy *p)
{
    static const char *const words[] = { "denied", "restart", "downgrade", "plan", "integrity", "allowed", "endorse" };
    const struct name *word;
    uint32_t bits = 0;
    LIST_EACH(word, &p->audit.always) bits |= word_bit(word->text, words, 7);
    return bits;
}

/* SHA-256 over each file's name with its NUL and the SHA-256 of its bytes. */
static void policy_hash(const struct policy *p, uint8_t digest[32])
{
    const struct source *file;
    mbedtls_sha256_context all;
    mbedtls_sha256_init(&all);
    mbedtls_sha256_starts_ret(&all, 0);
    LIST_EACH(file, &p->sources.files) {
        mbedtls_sha256_update_ret(&all, (const unsigned char *)file->name, strlen(file->name) + 1);
        mbedtls_sha256_ret((const unsigned char *)file->text, file->size, digest, 0);
        mbedtls_sha256_update_ret(&all, digest, 32);
    }
    mbedtls_sha256_finish_ret(&all, digest);
    mbedtls_sha256_free(&all);
}

static void header_audit(struct reader *v)
{
    const struct audit *audit = &v->p->audit;
    const struct audit_class *c;
    HEADER_EQUAL(v, AUDIT_ALWAYS, always_bits(v->p));
    HEADER_EQUAL(v, KERNEL_RESERVE, audit->kernel_reserve.number / (wide)AUDIT_RECORD);
    LIST_EACH(c, &audit->classes) {
        if (name_is(&c->name, "security"))
            HEADER_EQUAL(v, CLASS_FULL_SECURITY, c->blocks ? 0 : 1);
        else
            HEADER_EQUAL(v, CLASS_FULL_FLOW, c->blocks ? 0 : 1);
    }
}

/* Pages of 4 KiB in one way of the cache, if a subject is bound to some. */
static uint64_t colours(const struct policy *p)
{
    const struct subject *s;
    uint64_t pages = 0;
    LIST_EACH(s, &p->subjects) {
        if (s->colours.hi.at.length == 0) continue;
        pages = (uint64_t)(p->platform.cache.number / p->platform.cache_ways.number) / RAW_PAGE;
    }
    return pages < COLOURS_MOST ? pages : COLOURS_MOST;
}

static void header_values(struct reader *v)
{
    const struct policy *p = v->p;
    uint8_t digest[32];
    HEADER_EQUAL(v, FORMAT, RAW_FORMAT);
    HEADER_EQUAL(v, HEADER_SIZE, HEADER_SIZE + v->component_count * COMPONENT_SIZE);
    HEADER_EQUAL(v, IMAGE_SIZE, v->in->size);
    HEADER_EQUAL(v, ROLLBACK, p->measure.rollback.number);
    /* A signed policy's image may be a release or not; an unsigned one's may not. */
    if (!v->in->is_signed || HEADER_GET(v, FLAGS) != 0) HEADER_EQUAL(v, FLAGS, HEADER_FLAG_UNSIGNED);
    policy_hash(p, digest);
    if (memcmp(v->in->image + HEADER_POLICY_HASH, digest, sizeof digest) != 0) differ(v, "header: the policy's hash");
    verify_name(v, "system", 0, v->in->image + HEADER_SYSTEM, 16, p->system.text);
    HEADER_EQUAL(v, RAM_BASE, p->platform.ram.lo.number);
    HEADER_EQUAL(v, RAM_END, p->platform.ram.hi.number);
    HEADER_EQUAL(v, TRAMPOLINE, p->platform.trampoline.number);
    HEADER_EQUAL(v, MEASURE, p->measure.level);
    HEADER_EQUAL(v, PCR, p->measure.pcr.number);
    HEADER_EQUAL(v, POWER_PORT, p->platform.power_port.number);
    HEADER_EQUAL(v, POWER_VALUE, p->platform.power_value.number);
    HEADER_EQUAL(v, IO_APIC, p->platform.io_apic.number);
    HEADER_EQUAL(v, COLOURS, colours(p));
    header_audit(v);
}

/* ---- components ---- */
static const uint8_t *component(const struct reader *v, uint32_t index)
{
    return v->in->image + HEADER_SIZE + (uint64_t)index * COMPONENT_SIZE;
}

/* Where it lies and what its bytes are; false if it cannot be read. */
static bool component_bytes(struct reader *v, uint32_t index, uint64_t *end)
{
    uint8_t digest[32];
    const uint8_t *c = component(v, index);
    uint64_t at = raw_number(c, COMPONENT_OFFSET), size = raw_number(c, COMPONENT_BYTES);
    v->values += 3;
    if (at != raw_round_up(*end, 16) || !raw_inside(v, at, size)) {
        differ(v, "component %u: it does not lie behind the one before", index);
        return false;
    }
    for (uint64_t i = *end; i < at; i++) {
        if (v->in->image[i] != 0) differ(v, "component %u: bytes before it are not zero", index);
    }
    mbedtls_sha256_ret(v->in->image + at, size, digest, 0);
    if (memcmp(digest, c + COMPONENT_SHA256, sizeof digest) != 0) differ(v, "component %u: its digest", index);
    *end = at + size;
    return true;
}

static void component_is(struct reader *v, uint32_t index, uint32_t kind, uint32_t subject, const char *name)
{
    const uint8_t *c = component(v, index);
    v->values += 2;
    if (raw_number(c, COMPONENT_KIND) != kind) differ(v, "component %u: its kind is not %u", index, kind);
    if (raw_number(c, COMPONENT_SUBJECT) != subject) differ(v, "component %u: it is not of subject %u", index, subject);
    verify_name(v, "component", index, c + COMPONENT_NAME, 32, name);
}

static void part_text(struct reader *v, uint32_t index, const struct source *file)
{
    const uint8_t *c = component(v, index);
    const char *slash = strrchr(file->name, '/');
    component_is(v, index, KIND_PART, RAW_NONE, slash != NULL ? slash + 1 : file->name);
    if (raw_number(c, COMPONENT_BYTES) != file->size ||
        memcmp(v->in->image + raw_number(c, COMPONENT_OFFSET), file->text, file->size) != 0)
        differ(v, "component %u: it is not the text of %s", index, file->name);
}

/* Tables, guests in the policy's order, the catalogue, the policy's files in theirs. */
static void components(struct reader *v)
{
    const struct policy *p = v->p;
    const struct subject *s;
    const struct source *file;
    uint32_t catalogue = 1 + p->subjects.count;
    uint64_t end = HEADER_SIZE + (uint64_t)v->component_count * COMPONENT_SIZE;
    if (v->component_count != catalogue + 1 + p->sources.files.count) {
        differ(v, "components: the image has %u, the policy %u", v->component_count, catalogue + 1 + p->sources.files.count);
        return;
    }
    for (uint32_t i = 0; i < v->component_count; i++) {
        if (!component_bytes(v, i, &end)) return;
    }
    if (raw_round_up(end, 16) != v->in->size) differ(v, "image: bytes behind the last component");
    for (uint64_t i = end; i < v->in->size; i++) {
        if (v->in->image[i] != 0) differ(v, "image: bytes behind the last component are not zero");
    }
    component_is(v, 0, KIND_TABLES, RAW_NONE, "tables");
    LIST_EACH(s, &p->subjects) component_is(v, 1 + s_at, KIND_SUBJECT, s_at, s->name.text);
    component_is(v, catalogue, KIND_CATALOGUE, RAW_NONE, "catalogue");
    LIST_EACH(file, &p->sources.files) part_text(v, catalogue + 1 + file_at, file);
    const uint8_t *c = component(v, catalogue);
    uint64_t size = raw_number(c, COMPONENT_BYTES);
    v->catalogue = v->in->image + raw_number(c, COMPONENT_OFFSET);
    if (size >= CATALOGUE_HEADER && (size - CATALOGUE_HEADER) % ENTRY_SIZE == 0)
        v->catalogue_count = (uint32_t)((size - CATALOGUE_HEADER) / ENTRY_SIZE);
    else
        v->catalogue = NULL;
}

void verify_header_and_components(struct reader *v)
{
    header_values(v);
    components(v);
}
