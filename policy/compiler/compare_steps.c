/* SPDX-License-Identifier: Apache-2.0 */
/* Steps of a test before and after: those before a step decide what it tries, so only the end may grow or shrink. */
#include "compiler/compare.h"

static bool begins_with(const struct trait *many, const struct trait *few)
{
    const struct step_run *run;
    LIST_EACH (run, &few->runs) {
        if (run_at >= many->runs.count) return false;
        const struct step_run *here = many->runs.items[run_at];
        bool last = run_at + 1 == few->runs.count;
        if (strcmp(here->text, run->text) != 0 || (last ? here->times < run->times : here->times != run->times)) return false;
    }
    return true;
}

unsigned compare_steps(const struct trait *before, const struct trait *after)
{
    bool grows = begins_with(after, before), shrinks = begins_with(before, after);
    return (grows ? 0u : CHANGE_WIDER) | (shrinks ? 0u : CHANGE_NARROWER);
}
