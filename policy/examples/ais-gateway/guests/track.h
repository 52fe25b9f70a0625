/* SPDX-License-Identifier: Apache-2.0 */
/* What guard and high do with one position report. Also compiled on the host, where it is tested. */
#pragma once

#include <stdbool.h>
#include "ais_gateway.h"
#include "guest/text.h"

/* A box of positions in units of the type, ends included: parameters of the subject, in the policy's order. */
struct track_box { int64_t lat_lo, lat_hi, lon_lo, lon_hi; };

bool track_is_inside(const struct track_box *box, const struct PositionReport *report);

/* Appends the report as one JSON object and a newline: values unscaled; class B (18) has neither status nor turn. */
void track_print(struct text *text, const struct PositionReport *report);

/* The report's position in 1/100 degree, towards zero. */
void track_coarsen(const struct PositionReport *report, struct Notice *notice);
