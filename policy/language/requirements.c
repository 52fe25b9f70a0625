/* SPDX-License-Identifier: Apache-2.0 */
/* Collecting what can meet requirements. */
#include "language/requirements.h"
#include "language/check.h"

#include <stdlib.h>
#include <string.h>

static void flows_collect(const struct policy *p, meeting_list *all)
{
    const struct allow *a;
    const struct privilege *v;
    const struct restrict_rule *r;
    LIST_EACH(a, &p->allows) {
        *LIST_NEW(p->arena, all) =
            (struct meeting){ MEETING_FLOW, "allow", a->name.text, a->name.at, &a->body.requirements, a, NULL };
    }
    LIST_EACH(a, &p->direct_allows) {
        *LIST_NEW(p->arena, all) =
            (struct meeting){ MEETING_UNJUDGED, "direct", a->name.text, a->name.at, &a->body.requirements, a, NULL };
    }
    LIST_EACH(v, &p->privileges) {
        *LIST_NEW(p->arena, all) =
            (struct meeting){ MEETING_PRIVILEGE, "privilege", v->name.text, v->name.at, &v->body.requirements, NULL, v };
    }
    LIST_EACH(r, &p->restricts) {
        *LIST_NEW(p->arena, all) = (struct meeting){
            MEETING_NARROWS, "restrict", r->name.text, r->name.at, &r->body.requirements, r->allow, r->privilege };
    }
}

/* An order is a protocol as well, which is not listed a second time. */
static void histories_collect(const struct policy *p, meeting_list *all)
{
    const struct order *o;
    const struct protocol *q;
    LIST_EACH(o, &p->orders) {
        *LIST_NEW(p->arena, all) =
            (struct meeting){ MEETING_NARROWS, "order", o->name.text, o->name.at, &o->requirements, NULL, NULL };
    }
    LIST_EACH(q, &p->protocols) {
        if (q->orders.count > 0) continue;
        *LIST_NEW(p->arena, all) =
            (struct meeting){ MEETING_NARROWS, "protocol", q->name.text, q->name.at, &q->requirements, NULL, NULL };
    }
}

static void assertion_collect(const struct policy *p, meeting_list *all, const char *word, struct place at,
                              const name_list *requirements)
{
    if (requirements->count == 0) return;
    const char *said = policy_said_text(p, at), *rest = strchr(said, ' ');
    *LIST_NEW(p->arena, all) =
        (struct meeting){ MEETING_PROVED, word, rest != NULL ? rest + 1 : said, at, requirements, NULL, NULL };
}

static void assertions_collect(const struct policy *p, meeting_list *all)
{
    const struct assertion *a;
    const struct limit *l;
    const struct claim *c;
    const struct ceiling *ceiling;
    LIST_EACH(a, &p->pipelines) assertion_collect(p, all, "pipeline", a->at, &a->requirements);
    LIST_EACH(a, &p->nevers) assertion_collect(p, all, "never", a->at, &a->requirements);
    LIST_EACH(l, &p->limits) assertion_collect(p, all, "limit", l->at, &l->requirements);
    LIST_EACH(c, &p->claims) assertion_collect(p, all, c->names.count > 0 ? "only" : "none", c->at, &c->requirements);
    LIST_EACH(ceiling, &p->ceilings) assertion_collect(p, all, "limit", ceiling->at, &ceiling->requirements);
}

void requirements_collect(const struct policy *p, meeting_list *all)
{
    flows_collect(p, all);
    histories_collect(p, all);
    assertions_collect(p, all);
}

static int text_order(const void *left, const void *right)
{
    return strcmp((*(struct name *const *)left)->text, (*(struct name *const *)right)->text);
}

const char *requirements_text(struct arena *a, const name_list *list)
{
    const struct name *n;
    const char *text = "";
    name_list sorted = { 0 };
    LIST_EACH(n, list) *LIST_NEW(a, &sorted) = *n;
    if (sorted.count > 1) qsort(sorted.items, sorted.count, sizeof *sorted.items, text_order);
    LIST_EACH(n, &sorted) text = arena_print(a, "%s%s%s", text, n_at > 0 ? ", " : "", n->text);
    return text;
}
