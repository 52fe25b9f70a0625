/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of a test before and after: whether one has all of the other's, in their order. */
#include "compiler/compare.h"

/* Each of `few` at the first one that is left, a run of equal steps at a time. */
static bool steps_within(const struct trait *few, const struct trait *many)
{
    uint32_t at = 0, left = many->runs.count > 0 ? many->runs.items[0]->times : 0;
    const struct step_run *run;
    LIST_EACH (run, &few->runs) {
        for (uint32_t due = run->times; due > 0;) {
            if (at == many->runs.count) return false;
            const struct step_run *here = many->runs.items[at];
            uint32_t take = strcmp(here->text, run->text) != 0 ? 0 : due < left ? due : left;
            due -= take;
            left -= take;
            if (due == 0) break;
            at++;
            left = at < many->runs.count ? many->runs.items[at]->times : 0;
        }
    }
    return true;
}

unsigned compare_steps(const struct trait *before, const struct trait *after)
{
    return (steps_within(before, after) ? 0u : CHANGE_WIDER) | (steps_within(after, before) ? 0u : CHANGE_NARROWER);
}
