/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The image reader. The first byte chooses: the rest is an image as it stands, or patches on the image of good.policy. Whatever
 * image_check() passes is shown, within the image and as text.
 */
#include <stdlib.h>
#include <string.h>
#include "compiler/inspect.h"
#include "fuzz_good.h"
#include "patches.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In a block of its exact size, so that reading beyond is found. */
static void inspect(const void *bytes, size_t size, const uint8_t *patches, size_t patches_size)
{
    static FILE *nowhere;
    if (nowhere == NULL) nowhere = fopen("/dev/null", "w");
    uint8_t *image = malloc(size > 0 ? size : 1);
    memcpy(image, bytes, size);
    if (patches_size > 0) patches_apply((uint32_t *)(void *)image, patches_words(bytes), patches, patches_size);
    if (inspect_image(image, size, nowhere).code != 0 && patches_size == 0 && bytes == good_image) abort();
    free(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    if (data[0] % 2 == 0)
        inspect(data + 1, size - 1, NULL, 0);
    else
        inspect(good_image, sizeof good_image, data + 1, size - 1);
    return 0;
}
