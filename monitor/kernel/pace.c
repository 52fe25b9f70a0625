/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up code: a rate in the terms that the path of a message needs, so that no division is left there. */
#include "decide.h"

/* image_check() bounds period, count and burst, so that nothing here overflows and no rate rounds to none. */
struct decide_pace decide_pace(const struct image_rule *rule, uint32_t tsc_khz)
{
    if (rule->rate_count == 0) return (struct decide_pace){ .tolerance = UINT64_MAX };
    uint64_t period = (uint64_t)rule->rate_ms * tsc_khz;
    uint64_t step = period / rule->rate_count + (period % rule->rate_count != 0);
    return (struct decide_pace){ .step = step, .tolerance = (rule->burst - 1ull) * step };
}
