/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stages of a pipeline that run the same code, so that one flaw would open both. A stage's code is its program and its
 * monitor's, which owns its memory and registers. The text tells by the names of their images; who has the files, or an image
 * that was built of them, by the code itself.
 */
#pragma once

#include "language/model.h"

#define STAGES_MAX 32u
#define STAGE_NONE UINT32_MAX

/* An earlier stage, or STAGE_NONE, and whose code it is there and here: the stage's own or its monitor's. */
struct stage_alike {
    uint32_t stage;
    const struct subject *there, *here;
};

/*
 * For each stage its first earlier one with the same key that no exception says it may share its code with. `keys`: what a
 * subject runs, by its index; NULL: not known.
 */
struct stage_alike *stages_alike(const struct policy *p, const struct assertion *pipeline, const char *const *keys);

/* Whether the pipeline has been read, and has as many stages as are compared. */
bool stages_are_known(const struct assertion *pipeline);

/* Reports each of them in each pipeline. `what`: how the keys are called. */
void stages_report_alike(struct policy *p, const char *const *keys, const char *what);
