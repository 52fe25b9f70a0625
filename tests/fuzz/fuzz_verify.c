/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second reader, on a sound policy and a hostile image. The first byte chooses: the rest is the image as it stands, or
 * patches on the right one, with the digest of the tables repaired or not. The right one passes. One that passes has the right
 * tables, but for conditions, which may say the same with other words, and where programs lie, since it is not shown them.
 */
#include <mbedtls/sha256.h>
#include <stdlib.h>
#include <string.h>
#include "compiler/verify/verify.h"
#include "fuzz_good.h"
#include "patches.h"
#include "policy/tables.h"
#include "sections.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct policy policy, said;
static bool started;

/* What is said of a policy is put into its arena: once it has found all that it keeps there, each run has one of its own. */
static bool verify(const uint8_t *image, size_t size)
{
    static FILE *nowhere;
    struct arena memory = { 0 }, *lasting = policy.arena;
    if (nowhere == NULL) nowhere = fopen("/dev/null", "w");
    if (started) policy.arena = &memory;
    bool same = verify_image(&memory, &(struct verify_input){ &policy, &said, image, size, NULL, false }, nowhere);
    policy.arena = lasting;
    arena_release(&memory);
    return same;
}

static void set_column(uint8_t *image, enum image_table_id id, size_t entry, size_t offset)
{
    const struct image_table *t = &((const struct image_header *)(const void *)good_image)->tables[id];
    for (uint32_t i = 0; i < t->count; i++) {
        size_t at = t->offset + i * entry + offset;
        memcpy(image + at, good_image + at, sizeof(uint64_t));
    }
}

/* Has each subject begin, and its program's pieces lie, where they do in the right image. */
static void set_programs(uint8_t *image)
{
    set_column(image, IMAGE_SUBJECTS, sizeof(struct image_subject), offsetof(struct image_subject, entry));
    set_column(image, IMAGE_LOADS, sizeof(struct image_load), offsetof(struct image_load, region_offset));
    set_column(image, IMAGE_LOADS, sizeof(struct image_load), offsetof(struct image_load, size));
}

/* Whether header and tables are the right ones, conditions and digest aside. Changes what may be otherwise. */
static bool is_right(uint8_t *image)
{
    set_programs(image);
    const struct image_header *h = (const struct image_header *)(const void *)good_image;
    const struct image_component *c = policy_components(h);
    const struct image_table *atoms = &h->tables[IMAGE_ATOMS];
    size_t begin = atoms->offset, end = atoms->offset + atoms->count * sizeof(struct image_atom);
    size_t digest = (size_t)((const uint8_t *)c[0].sha256 - good_image), behind = digest + sizeof c[0].sha256;
    return memcmp(image, good_image, digest) == 0 && memcmp(image + behind, good_image + behind, begin - behind) == 0 &&
           memcmp(image + end, good_image + end, patches_words(good_image) * sizeof(uint32_t) - end) == 0;
}

static void check(const uint8_t *bytes, size_t size)
{
    uint8_t *image = malloc(size > 0 ? size : 1);       /* of the exact size: a read beyond it is found */
    memcpy(image, bytes, size);
    if (verify(image, size) && (size != sizeof good_image || !is_right(image))) {
        fprintf(stderr, "ERROR: another image passes\n");
        abort();
    }
    free(image);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static struct arena memory;
    (void)argc, (void)argv;
    sections_start((const char *)good_policy, sizeof good_policy, "good.policy");
    policy_read(&policy, &memory, "good.policy", sections_read);
    policy_parse(&said, &memory, "good.policy", sections_read);
    if (policy.diag.errors > 0 || !verify(good_image, sizeof good_image)) {
        diag_print(&policy.diag, stderr);
        verify_image(&memory, &(struct verify_input){ &policy, &said, good_image, sizeof good_image, NULL, false }, stderr);
        abort();
    }
    started = true;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static _Alignas(8) uint8_t image[sizeof good_image];
    if (size == 0) return 0;
    if (data[0] % 2 == 0) {
        check(data + 1, size - 1);
        return 0;
    }
    memcpy(image, good_image, sizeof image);
    patches_apply((uint32_t *)(void *)image, patches_words(good_image), data + 1, size - 1);
    if (data[0] & 2) {
        const struct image_component *c = policy_components((const struct image_header *)(const void *)good_image);
        size_t digest = (size_t)((const uint8_t *)c[0].sha256 - good_image);
        mbedtls_sha256_ret(image + c[0].offset, c[0].size, image + digest, 0);
    }
    check(image, sizeof image);
    return 0;
}
