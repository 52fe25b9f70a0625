/* SPDX-License-Identifier: Apache-2.0 */
/* Restrictions of rules that close others, which would stay open. */
#include "language/closing.h"
#include "language/automaton.h"
#include "language/runs.h"

bool closing_find(const struct allow *a, const struct restrict_rule *by, struct closing *found)
{
    struct runs_open open;
    *found = (struct closing){ 0 };
    if (a->protocol == NULL || !runs_open_refused(a, by, &open)) return false;
    *found = (struct closing){ .open = open.rule, .order = automaton_denier(a->protocol, open.full, open.rule), .step = open.by,
                               .from = open.from, .token = open.token };
    return true;
}

static void restrict_report(struct policy *p, const struct restrict_rule *r, const struct closing *c)
{
    const struct allow *a = r->allow;
    const char *rule = a->name.text, *open = c->open->name.text, *later = c->open == a ? "a later " : "";
    diag_error(&p->diag, BH_RESTRICT_CLOSES, r->name.at, "this widens: where it refuses `%s`, %s`%s` stays open", rule, later,
               open);
    if (c->token) {
        diag_note(&p->diag, c->order != NULL ? c->order->at : a->protocol->name.at,
                  "a refused `%s` leaves a token: a later message passes by it, and moves this, that its rate would deny",
                  rule);
    } else if (c->order != NULL) {
        diag_note(&p->diag, c->order->at, "`%s` denies `%s` once `%s` has passed", c->order->name.text, open, rule);
    } else if (c->step != NULL) {
        diag_note(&p->diag, c->step->at, "the step from `%s` to `%s`, after which %s`%s` may be denied",
                  a->protocol->states.items[c->from]->name.text, c->step->to.text, later, open);
    }
    diag_note(&p->diag, a->name.at, "say it in `%s` itself, whose authority answers for what stays open", rule);
}

/* Of a rule for a role there is one for each holder, all of one place: the first that opens something is told. */
void policy_check_closing(struct policy *p)
{
    const struct restrict_rule *r, *told = NULL;
    struct closing found;
    LIST_EACH(r, &p->restricts) {
        if (r->allow == NULL || r->broken || (told != NULL && place_compare(r->name.at, told->name.at) == 0)) continue;
        if (!closing_find(r->allow, r, &found)) continue;
        restrict_report(p, r, &found);
        told = r;
    }
}
