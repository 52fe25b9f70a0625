/* SPDX-License-Identifier: Apache-2.0 */
/* The tests inside a policy, judged by the kernel's own verdict code on the tables that the compiler wrote. */
#pragma once

#include "compiler/build.h"

/*
 * Runs every test, each from the initial state and without time passing but for `after`. Tells each
 * whether it passed; what fails is reported at the expectation. `b` has types, flows and subjects.
 */
void policy_tests_run(struct build *b);
