/* SPDX-License-Identifier: Apache-2.0 */
/* Names of processor features, and where CPUID shows them (Intel SDM volume 2A, CPUID; AMD64 APM volume 3, appendix E). */
#pragma once

#include "language/model.h"

enum feature_register { FEATURE_EAX, FEATURE_EBX, FEATURE_ECX, FEATURE_EDX };

struct feature {
    const char *name;
    uint32_t leaf, subleaf;
    enum feature_register in;
    uint8_t bit;
};

/* The feature of that name; NULL: there is none. `suggestion`, if not NULL: as names_suggest() gives it. */
const struct feature *feature_look(struct arena *a, const char *name, const char **suggestion);

/* Whether its bit, or a copy of it, stands in that register of the leaf. */
bool feature_is_at(const struct feature *f, const struct platform_cpuid *c, enum feature_register in);

/* Whether the platform shows it to subjects. */
bool feature_is_shown(const struct platform *board, const struct feature *f);

/* The bits of a leaf's register that the subject does not see, though the platform shows them; a NULL subject: none. */
uint32_t feature_hidden(const struct subject *s, const struct platform_cpuid *c, enum feature_register in);
