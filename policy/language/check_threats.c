/* SPDX-License-Identifier: Apache-2.0 */
/* Threats and requirements: each says something, and says it once. Whether all are met `bulkhead trace` tells. */
#include "language/check.h"
#include "language/requirements.h"

#include <stdlib.h>
#include <string.h>

#define REQUIREMENTS_MAX 64           /* of one statement: each is compared with each */

static void check_list(struct policy *p, const name_list *list)
{
    if (list->count == 0) return;
    if (!policy_check_count(p, list->items[0]->at, list->count, REQUIREMENTS_MAX, "requirements here")) return;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct name *n = list->items[i];
        if (n->text[0] == '\0') diag_error(&p->diag, BH_THREAT, n->at, "the requirement is empty: give its number or name");
        for (uint32_t k = 0; k < i; k++) {
            if (strcmp(list->items[k]->text, n->text) != 0) continue;
            diag_error(&p->diag, BH_THREAT, n->at, "the requirement `%s` is named already", n->text);
            break;
        }
    }
}

static int threat_compare(const void *left, const void *right)
{
    const struct threat *a = *(const struct threat *const *)left, *b = *(const struct threat *const *)right;
    int order = strcmp(a->name.text, b->name.text);
    return order != 0 ? order : place_compare(a->name.at, b->name.at);
}

static void check_numbers(struct policy *p)
{
    struct threat *t, **sorted = arena_take(p->arena, (p->threats.count + 1) * sizeof *sorted);
    uint32_t count = 0;
    LIST_EACH(t, &p->threats) {
        if (t->name.text != NULL) sorted[count++] = t;
    }
    if (count > 1) qsort(sorted, count, sizeof *sorted, threat_compare);
    for (uint32_t i = 1; i < count; i++) {
        if (strcmp(sorted[i]->name.text, sorted[i - 1]->name.text) != 0) continue;
        diag_error(&p->diag, BH_THREAT, sorted[i]->name.at, "there is a threat \"%s\" already", sorted[i]->name.text);
        diag_note(&p->diag, sorted[i - 1]->name.at, "the other one");
    }
}

void policy_check_threats(struct policy *p)
{
    const struct threat *t;
    const struct meeting *m;
    meeting_list all = { 0 };
    requirements_collect(p, &all);
    LIST_EACH(m, &all) check_list(p, m->requirements);
    LIST_EACH(t, &p->threats) {
        bool empty = (t->name.text != NULL && t->name.text[0] == '\0') || (t->text.text != NULL && t->text.text[0] == '\0');
        if (empty) diag_error(&p->diag, BH_THREAT, t->name.at, "the threat is empty: give its number and say what may happen");
        check_list(p, &t->countered_by);
    }
    check_numbers(p);
}
