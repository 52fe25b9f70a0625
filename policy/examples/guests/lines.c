/* SPDX-License-Identifier: Apache-2.0 */
/* Lines from a port, and numbers in them. */
#include "lines.h"
#include "guest/guest.h"

void lines_open(struct lines *lines, const struct subject_info *info)
{
    if (info->param_count < 1) guest_fail();
    *lines = (struct lines){ .length = 0 };
    serial_open(&lines->serial, (enum serial_port)info->params[0]);
}

bool lines_take(struct lines *lines)
{
    char byte;

    while (serial_read(&lines->serial, &byte, 1) == 1) {
        if (byte == '\n') {
            lines->text[lines->length] = '\0';
            lines->length = 0;
            return true;
        }
        if (lines->length < LINES_LENGTH - 1) lines->text[lines->length++] = byte;
    }
    return false;
}

bool lines_number(const char **at, int32_t *number)
{
    const char *digit = *at;
    int64_t value = 0;

    while (*digit == ' ') digit++;
    bool negative = *digit == '-';
    if (negative) digit++;
    const char *first = digit;
    for (; *digit >= '0' && *digit <= '9'; digit++) {
        value = value * 10 + (*digit - '0');
        if (value > (int64_t)INT32_MAX + negative) return false;
    }
    if (digit == first) return false;
    *number = (int32_t)(negative ? -value : value);
    *at = digit;
    return true;
}
