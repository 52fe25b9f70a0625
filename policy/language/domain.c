/* SPDX-License-Identifier: Apache-2.0 */
/* The values that a field of a message that passes can have, as spans that rise, with gaps between them. */
#include "language/check.h"

static uint32_t set_spans(uint64_t set, struct span *spans)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < 64; i++) {
        if ((set >> i & 1) == 0) continue;
        if (count > 0 && spans[count - 1].hi + 1 == (wide)i) spans[count - 1].hi = i;
        else spans[count++] = (struct span){ i, i };
    }
    return count;
}

/* A control character in a text counts as an end that more stands behind: only NUL is one. */
uint32_t policy_domain(const struct field *f, struct span spans[DOMAIN_SPANS_MAX])
{
    if (f->domain == DOMAIN_SET) return set_spans(f->set, spans);
    if (f->lo > f->hi) return 0;
    spans[0] = (struct span){ f->lo, f->hi };
    if (f->array == NULL || !f->array->is_text) return 1;
    spans[0] = (struct span){ 0, 0 };
    spans[1] = (struct span){ TEXT_FIRST, TEXT_LAST };
    return 2;
}

const char *policy_domain_text(struct arena *a, const struct field *f)
{
    struct span spans[DOMAIN_SPANS_MAX];
    uint32_t count = policy_domain(f, spans);
    const char *text = "";
    for (uint32_t i = 0; i < count; i++) {
        const char *lo = policy_check_number_text(a, spans[i].lo), *hi = policy_check_number_text(a, spans[i].hi);
        bool one = count > 1 && spans[i].lo == spans[i].hi;
        text = arena_print(a, "%s%s%s%s%s", text, i > 0 ? ", " : "", lo, one ? "" : " .. ", one ? "" : hi);
    }
    return text;
}
