/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both readers of images, `inspect` and the second reader, on hostile images. The first byte chooses: the rest is an image as it
 * stands, or patches (offset, bytes) on one that the compiler built, in its header and tables, whose digest is then made good, so
 * that the patches get behind the first checks. A patched image is never the policy's: the second reader must say so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <mbedtls/sha256.h>
#include "compiler/inspect.h"
#include "compiler/verify/verify.h"
#include "image_check.h"
#include "policy/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define POLICY "tests/guests/policies/plans.policy"

static const char *build;             /* the folder with what the compiler built */
static FILE *nowhere;
static struct arena good_memory;
static struct policy good_policy;
static uint8_t *good;                 /* the image that the compiler built from it */
static size_t good_size;

static void open_good(void)
{
    char path[4096];
    build = getenv("B") != NULL ? getenv("B") : "build";
    nowhere = fopen("/dev/null", "w");
    snprintf(path, sizeof path, "%s/test-plans.img", build);
    policy_read(&good_policy, &good_memory, POLICY, source_read_file);
    good = inspect_load(&good_memory, path, &good_size);
    if (good_policy.diag.errors > 0 || good == NULL) abort();
}

static const struct image_component *tables_of(const uint8_t *image)
{
    return (const struct image_component *)(image + sizeof(struct image_header));
}

/* Each patch: two bytes of offset, one of length, as many bytes. True if anything is other than before. */
static bool patch(uint8_t *image, const uint8_t *data, size_t size)
{
    const struct image_component *tables = tables_of(good);
    size_t reach = tables->offset + tables->size;
    while (size > 3) {
        size_t at = (size_t)(data[0] | data[1] << 8) % reach, n = data[2] % 8 + 1u;
        if (n > size - 3) n = size - 3;
        if (n > reach - at) n = reach - at;
        memcpy(image + at, data + 3, n);
        data += 3 + n;
        size -= 3 + n;
    }
    return memcmp(image, good, reach) != 0;
}

static bool read_both(struct arena *a, const uint8_t *image, size_t size)
{
    struct verify_input in = { .policy = &good_policy, .image = image, .size = size, .images = build };
    if (image_check(image, size).code == 0) inspect_image("x.img", image, size, nowhere);      /* refusals would fill the log */
    return verify_image(a, &in, nowhere);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena memory = { 0 };
    if (good == NULL) open_good();
    if (size == 0) return 0;
    bool raw = data[0] % 4 == 0;
    size_t image_size = raw ? size - 1 : good_size;
    uint8_t *image = arena_take(&memory, image_size + 1);
    memcpy(image, raw ? data + 1 : good, image_size);
    if (raw) {
        read_both(&memory, image, image_size);
    } else {
        bool changed = patch(image, data + 1, size - 1);
        struct image_component *tables = (struct image_component *)(image + sizeof(struct image_header));
        if (tables->offset <= image_size && tables->size <= image_size - tables->offset) {
            mbedtls_sha256_ret(image + tables->offset, tables->size, tables->sha256, 0);
        }
        if (read_both(&memory, image, image_size) && changed && memcmp(image, good, good_size) != 0) abort();
    }
    arena_release(&memory);
    return 0;
}
