/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzzes the image check. The first byte chooses: the rest is an image as it stands, or a list of patches (word of the tables,
 * new value) on the valid gateway, which gets behind the first checks at once. What is accepted must keep the invariants.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "image_builder.h"
#include "image_check.h"
#include "image_invariants.h"
#include "patches.h"

static uint64_t gateway[BUILDER_IMAGE_ROOM / 8];
static uint64_t gateway_size, patched_words;

/* In a block of its exact size, so that reading beyond is found. */
static void check(const void *bytes, size_t size)
{
    void *image = malloc(size ? size : 1);
    if (!image) abort();
    memcpy(image, bytes, size);
    struct image_check_result result = image_check(image, size);
    const char *broken = result.code == 0 ? image_invariants_broken(image, size) : 0;
    free(image);
    if (broken) {
        fprintf(stderr, "ERROR: accepted, but breaks: %s\n", broken);
        abort();
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static struct image_builder builder;
    (void)argc, (void)argv;
    image_builder_gateway(&builder);
    gateway_size = image_builder_pack(&builder, gateway, sizeof gateway);
    patched_words = patches_words(gateway);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint64_t image[BUILDER_IMAGE_ROOM / 8];
    if (size == 0) return 0;
    if (data[0] % 2 == 0) {
        check(data + 1, size - 1);
        return 0;
    }
    memcpy(image, gateway, gateway_size);
    patches_apply((uint32_t *)image, patched_words, data + 1, size - 1);
    check(image, gateway_size);
    return 0;
}
