/* SPDX-License-Identifier: Apache-2.0 */
/* The second reader: whether an image says what a policy says. See README.md. */
#pragma once

#include "language/model.h"

struct verify_input {
    const struct policy *policy;      /* checked, without errors */
    const struct policy *said;        /* the same files, only parsed: what roles and orders say before they become rules */
    const uint8_t *image;             /* untrusted */
    size_t size;
    const char *images;               /* directory of the guests' files; NULL: programs are not compared */
    bool is_signed;                   /* every file of the policy is signed as its authority demands */
};

/* Prints each difference, or what was compared, to `out`; true if nothing differs. */
bool verify_image(struct arena *a, const struct verify_input *in, FILE *out);
