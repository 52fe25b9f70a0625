/* SPDX-License-Identifier: Apache-2.0 */
/* Console and log of a run, both hostile: the console up to the first empty line, the log behind it. */
#include <string.h>
#include "audit/viewer/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct verify v;
    struct heads heads[IMAGE_MAX_CPUS];
    const uint8_t *gap = memmem(data, size, "\n\n", 2);
    size_t console_size = gap ? (size_t)(gap - data) : 0;
    static FILE *sink;
    if (sink == NULL) sink = fopen("/dev/null", "w");
    memset(&v, 0, sizeof v);
    if (!heads_read((struct slice){ (const char *)data, console_size }, heads)) {
        memset(heads, 0, sizeof heads);
        heads[0].known = true;
        heads[0].written = 3;
    }
    verify_log(&v, heads, (struct slice){ (const char *)data + console_size, size - console_size });
    report_text(sink, &v);
    report_json(sink, &v);
    verify_free(&v);
    return 0;
}
