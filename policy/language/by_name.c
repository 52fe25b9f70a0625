/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of statements means nothing, so it must not show: once names are collected, in the order of the text, everything
 * that has a name stands by its name. From there come the numbers of the image, of the guests' headers and of the records,
 * and which of several restrictions or orders is named where more than one denies.
 */
#include "language/check.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* By byte; those whose name could not be read are last, and of one name, which is an error, the first in the text is first. */
static int name_compare(const void *left, const void *right)
{
    const struct name *a = *(const struct name *const *)left, *b = *(const struct name *const *)right;
    if ((a->text == NULL) != (b->text == NULL)) return a->text == NULL ? 1 : -1;
    int order = a->text != NULL ? strcmp(a->text, b->text) : 0;
    return order != 0 ? order : place_compare(a->at, b->at);
}

/* Each begins with its name. */
#define SORT(list)                                                                                                         \
    do {                                                                                                                   \
        _Static_assert(offsetof(__typeof__(**(list)->items), name) == 0, "the name comes first");                          \
        if ((list)->count > 1) qsort((list)->items, (list)->count, sizeof *(list)->items, name_compare);                   \
    } while (0)

void policy_sort_names(struct policy *p)
{
    SORT(&p->types);
    SORT(&p->externals);
    SORT(&p->subjects);
    SORT(&p->plans);
    SORT(&p->channels);
    SORT(&p->directs);
    SORT(&p->allows);
    SORT(&p->direct_allows);
    SORT(&p->restricts);
    SORT(&p->privileges);
    SORT(&p->protocols);
    SORT(&p->orders);
}
