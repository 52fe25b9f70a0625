/* SPDX-License-Identifier: Apache-2.0 */
/* What people at a terminal see of work that takes long: nothing for two seconds, then a line that counts them. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/* `what` is work on standard error's terminal, if that is one. */
void progress_start(const char *what);
/* Clears the line. */
void progress_end(void);

/* Whether colours may go there: a terminal, and no NO_COLOR (https://no-color.org). */
bool progress_may_colour(FILE *out);
