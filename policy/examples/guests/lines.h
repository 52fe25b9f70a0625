/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of text from a serial port of the subject's own. The port is the subject's first parameter. What comes in is untrusted:
 * a line that is too long is cut off.
 */
#pragma once

#include <stdbool.h>
#include "guest/serial.h"
#include "channels/info.h"

#define LINES_LENGTH 64u

struct lines {
    struct serial serial;
    char text[LINES_LENGTH];          /* the line so far; NUL-terminated when lines_take() returns true */
    uint32_t length;
};

/* Opens the port; the subject fails if the policy gives no parameter. */
void lines_open(struct lines *lines, const struct subject_info *info);

/* Takes what has come in. True if a line is complete: it stands in `text` until the next call. */
bool lines_take(struct lines *lines);

/* Reads one decimal number, after blanks; moves `*at` behind it. False, and `*at` as it was, if there is none or it is out of
 * the range of an i32. Like the rest also compiled on the host, where it is tested. */
bool lines_number(const char **at, int32_t *number);
