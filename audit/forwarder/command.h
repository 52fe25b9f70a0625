/* SPDX-License-Identifier: Apache-2.0 */
/* The operator's commands, one a line on COM4. Untrusted until it is one of these. Also compiled on the host. */
#pragma once

#include <stddef.h>

enum command { COMMAND_NONE, COMMAND_STATUS, COMMAND_SHUTDOWN, COMMAND_UNKNOWN };

struct command_line {
    char data[16];
    size_t length;                    /* sizeof data: the line is longer than any command */
};

/* Adds one byte; says which command it ended. Empty lines are none. */
enum command command_add(struct command_line *line, char byte);
