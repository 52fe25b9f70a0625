/* SPDX-License-Identifier: Apache-2.0 */
/* What a verification found: for people, or as one JSON object. */
#pragma once

#include "verify.h"

void report_text(FILE *to, const struct verify *v);

/*
 * { "verified", "policy", "names_checked", "rings": [{ "cpu", "records", "written", "acked", "lost", "verified_records" }],
 *   "counts": [{ "event", "rule", "count" }], "problem_count", "problems": [{ "line", "text" }] }
 */
void report_json(FILE *to, const struct verify *v);
