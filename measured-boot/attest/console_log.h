/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's `measure NAME sha256=HEX pcr=N` lines in a console log. Whoever can write the console can write such lines: they
 * are evidence only as far as they replay to a PCR.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "lock.h"

/*
 * The pieces that the log says were extended into `pcr`, in order; lines of any other form are passed over. False after a
 * report: the file cannot be read, or has more such lines than a lock file may have pieces.
 */
bool console_log_read(const char *path, uint32_t pcr, struct lock_pieces *pieces);
