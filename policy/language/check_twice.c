/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same assertion twice, word for word: it proves nothing more, and whoever takes one away believes that it is gone. Several
 * authorities may each have reason to say it, so this warns.
 */
#include "language/check.h"

#include <stdlib.h>
#include <string.h>

struct said { const char *text; struct place at; };
typedef LIST(struct said) said_list;

/* What stands there, without comments and with one space where there is any. */
const char *policy_said_text(const struct policy *p, struct place at)
{
    const char *from = p->sources.files.items[at.file]->text + at.offset;
    char *text = arena_take(p->arena, at.length + 1);
    size_t size = 0;
    for (uint32_t i = 0; i < at.length; i++) {
        if (from[i] == '#') {
            while (i < at.length && from[i] != '\n') i++;
        }
        bool space = i >= at.length || strchr(" \t\r\n", from[i]) != NULL;
        if (!space) text[size++] = from[i];
        else if (size > 0 && text[size - 1] != ' ') text[size++] = ' ';
    }
    return text;
}

static void said_add(const struct policy *p, said_list *all, struct place at, bool broken)
{
    if (broken || at.file >= p->sources.files.count) return;
    *LIST_NEW(p->arena, all) = (struct said){ policy_said_text(p, at), at };
}

static int said_compare(const void *left, const void *right)
{
    const struct said *a = *(const struct said *const *)left, *b = *(const struct said *const *)right;
    int order = strcmp(a->text, b->text);
    return order != 0 ? order : place_compare(a->at, b->at);
}

void policy_check_twice(struct policy *p)
{
    said_list all = { 0 };
    const struct assertion *a;
    const struct limit *l;
    const struct claim *claim;
    const struct ceiling *ceiling;
    LIST_EACH(a, &p->nevers) said_add(p, &all, a->at, a->broken);
    LIST_EACH(l, &p->limits) said_add(p, &all, l->at, l->broken);
    LIST_EACH(claim, &p->claims) said_add(p, &all, claim->at, claim->broken);
    LIST_EACH(ceiling, &p->ceilings) said_add(p, &all, ceiling->at, ceiling->broken);
    if (all.count > 1) qsort(all.items, all.count, sizeof *all.items, said_compare);
    for (uint32_t i = 1; i < all.count; i++) {
        if (strcmp(all.items[i]->text, all.items[i - 1]->text) != 0) continue;
        diag_warn(&p->diag, BH_SYNTAX_TWICE, all.items[i]->at, "this is said already");
        diag_note(&p->diag, all.items[i - 1]->at, "here");
    }
}
