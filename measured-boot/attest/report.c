/* SPDX-License-Identifier: Apache-2.0 */
/* See report.h. */
#include "report.h"
#include <stdarg.h>
#include <stdio.h>

void report_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("bulkhead-attest: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}
