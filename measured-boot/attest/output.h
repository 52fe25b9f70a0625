/* SPDX-License-Identifier: Apache-2.0 */
/* What bulkhead-attest prints on stdout, as text for people or as one JSON object. */
#pragma once

#include <stdbool.h>
#include "compare.h"

void output_pcrs(const struct pcrs *pcrs, bool json);

/* `seen`: pieces of the console log, NULL without one. */
void output_comparison(const struct lock *lock, const struct pcrs *pcrs, const struct comparison *c,
                       const struct lock_pieces *seen, bool json);
