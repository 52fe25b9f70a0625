/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of guests' files on arbitrary bytes; whatever it accepts gets page tables, within the memory that it says. */
#include <stdlib.h>
#include <string.h>
#include "compiler/paging.h"

#define RAM (8u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool good)
{
    if (!good) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct paging paging;
    struct guest guest;
    uint8_t *copy = malloc(size > 0 ? size : 1);         /* of the exact size: a read beyond it is found */
    memcpy(copy, data, size);
    if (guest_parse(&guest, copy, size, RAM) == NULL) {
        paging = (struct paging){ .guest = &guest, .ram = RAM };
        for (uint32_t i = 0; i < guest.segment_count; i++) {
            const struct guest_segment *s = &guest.segments[i];
            require(s->gpa >= GUEST_LOWEST && s->size <= RAM && s->gpa <= RAM - s->size && s->stored <= s->size);
            require(s->stored == 0 || (s->bytes >= copy && s->bytes + s->stored <= copy + size));
            require((s->access & (IMAGE_WRITE | IMAGE_EXECUTE)) != (IMAGE_WRITE | IMAGE_EXECUTE));
        }
        if (paging_plan(&paging)) {
            uint8_t *tables = malloc((size_t)paging.table_count * IMAGE_PAGE);
            paging_write(&paging, tables);
            free(tables);
        }
    }
    free(copy);
    return 0;
}
