/* SPDX-License-Identifier: Apache-2.0 */
/* Several files in one input. */
#include "sections.h"

#include <errno.h>
#include <string.h>

static const char *input, *root;
static size_t input_size;

void sections_start(const char *bytes, size_t size, const char *root_path)
{
    input = bytes;
    input_size = size;
    root = root_path;
}

char *sections_read(struct arena *a, const char *path, size_t *size)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path, *end = input + input_size;
    bool found = strcmp(path, root) == 0;
    const char *first = input;
    for (const char *line = input; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t length = stop != NULL ? (size_t)(stop - line) : (size_t)(end - line);
        if (length > 3 && memcmp(line, "@@ ", 3) == 0) {
            if (found) {
                *size = (size_t)(line - first);
                return arena_copy_text(a, first, *size);
            }
            found = length - 3 == strlen(name) && memcmp(line + 3, name, length - 3) == 0;
            first = line + length + (stop != NULL);
        }
        line += length + 1;
    }
    if (!found) {
        errno = ENOENT;
        return NULL;
    }
    *size = (size_t)(end - first);
    return arena_copy_text(a, first, *size);
}
