/* SPDX-License-Identifier: Apache-2.0 */
/* A channel's memory as a program is told of it: FILE, or FILE@OFFSET with a device's offset in bytes. */
#pragma once

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "guest/mapped.h"

_Noreturn static inline void place_fail(const char *what)
{
    perror(what);
    exit(1);
}

_Noreturn static inline void place_give_up(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static inline struct direct_file place_open(char *text, int flags)
{
    char *offset = strchr(text, '@');

    if (offset != NULL) *offset++ = '\0';
    struct direct_file file = { .fd = open(text, flags | O_CLOEXEC) };
    if (file.fd < 0) place_fail(text);
    if (offset != NULL) file.offset = strtoull(offset, NULL, 0);
    return file;
}

/* Lets others have the CPU: nothing tells a program under Linux that a message or room has come. */
static inline void place_pause(void)
{
    nanosleep(&(struct timespec){ .tv_nsec = 50000 }, NULL);
}
