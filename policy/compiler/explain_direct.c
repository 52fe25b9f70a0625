/* SPDX-License-Identifier: Apache-2.0 */
/* Direct channels: who may write is a matter of page tables, and what is written is judged by nobody but its receiver. */
#include "compiler/explain.h"

#include <string.h>

static const char *const direct_checks[] = { "memory" };

static const struct allow *direct_rule(const struct direct *d, const struct type *t)
{
    const struct allow *a;
    LIST_EACH(a, &d->allows) {
        if (a->type == t) return a;
    }
    return NULL;
}

/* By its sender: anything. */
static void explain_sender(const struct judge *j, const struct type *t, const struct direct *d, struct explanation *e)
{
    struct arena *a = j->build->arena;
    const struct allow *rule = direct_rule(d, t);
    const char *to = d->receiver->name.text, *type = t->name.text;
    e->verdict.allowed = e->unjudged = true;
    e->expects = rule != NULL ? &rule->name : NULL;
    explain_add(a, &e->reasons, d->name.at,
                "`%s` is memory that `%s` writes and `%s` reads: nobody judges or records what is in it", d->name.text,
                d->sender->name.text, to);
    if (d->acknowledged_at.length > 0)
        explain_add(a, &e->reasons, d->acknowledged_at,
                    "what `%s` has not acknowledged is not overwritten; `%s` sees whatever `%s` writes there", to,
                    d->sender->name.text, to);
    if (rule != NULL)
        explain_add(a, &e->reasons, rule->name.at,
                    "`%s` is what `%s` expects; whether one is as its type demands, `%s` finds out by %s_valid()", type, to, to,
                    type);
    else
        explain_add(a, &e->reasons, PLACE_NOWHERE,
                    "no rule says that `%s` expects a `%s` there, and nothing keeps `%s` from writing one", to, type,
                    d->sender->name.text);
}

void explain_direct(struct judge *j, const struct subject *subject, const struct type *t, const struct direct *d,
                    struct explanation *e)
{
    struct arena *a = j->build->arena;
    *e = (struct explanation){ .checks = direct_checks, .check_count = 1, .kind = "allow" };
    e->verdict = (struct decide_verdict){ .rule = IMAGE_RULE_DEFAULT, .allow = IMAGE_NONE, .field = IMAGE_NONE };
    if (subject == d->sender) {
        explain_sender(j, t, d, e);
        return;
    }
    if (subject == d->receiver)
        explain_add(a, &e->reasons, d->name.at, "`%s` is memory that `%s` may read and not write%s", d->name.text,
                    subject->name.text, d->acknowledged_at.length > 0 ? "; it writes its acknowledgements alone" : "");
    else
        explain_add(a, &e->reasons, d->name.at, "`%s` is memory of `%s` and `%s` alone: `%s` sees nothing of it", d->name.text,
                    d->sender->name.text, d->receiver->name.text, subject->name.text);
    const struct allow *nearest = direct_rule(d, t) != NULL ? direct_rule(d, t) : d->allows.items[0];
    e->nearest = &nearest->name;
    explain_add(a, &e->nearest_reasons, nearest->from.at, "it is for what `%s` writes, not `%s`", d->sender->name.text,
                subject->name.text);
}
