/* SPDX-License-Identifier: Apache-2.0 */
/* Lines to commands. */
#include "command.h"
#include "guest/memory.h"

static enum command command_parse(const struct command_line *line)
{
    if (line->length == 0) return COMMAND_NONE;
    if (line->length == 6 && memcmp(line->data, "status", 6) == 0) return COMMAND_STATUS;
    if (line->length == 8 && memcmp(line->data, "shutdown", 8) == 0) return COMMAND_SHUTDOWN;
    return COMMAND_UNKNOWN;
}

enum command command_add(struct command_line *line, char byte)
{
    if (byte == '\n' || byte == '\r') {
        enum command command = command_parse(line);
        line->length = 0;
        return command;
    }
    if (line->length < sizeof line->data) line->data[line->length++] = byte;
    return COMMAND_NONE;
}
