/* SPDX-License-Identifier: Apache-2.0 */
/*
 * low's side of the gateway: reports from COM2 go up on `reports`, notices come down on `notices`. What happened goes out on
 * COM2 as lines of text. The honest low does nothing else; the hostile one ends with it.
 */
#pragma once

#include "guest/receiver.h"
#include "guest/sender.h"
#include "guest/serial.h"
#include "intake.h"

#define LOW_RULES 16u                 /* different rules that denials are counted by */

struct low_denials { uint32_t rule, count; };

struct low {
    const struct subject_info *info;
    struct serial serial;
    struct sender reports;
    struct receiver notices;
    struct intake intake;
    uint32_t sent, accepted, denied, noticed;
    struct low_denials denials[LOW_RULES];    /* in the order of their first; rules beyond these count as the last */
};

/* Opens COM2 and both channels; the subject fails if the policy lacks one of them. Starts from a zeroed `low`. */
void low_open(struct low *low, const struct subject_info *info);

/* Carries reports and notices for ever. */
_Noreturn void low_run(struct low *low);
