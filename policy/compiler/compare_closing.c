/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What closes something else: a rule whose message a protocol or an order answers by denying another's, and a privilege to
 * stop, restart or switch. Where less of it passes, more stays open.
 */
#include "compiler/compare.h"
#include "language/closing.h"

static void why_add(struct arena *a, const char **why, const char *text)
{
    *why = *why == NULL ? text : arena_print(a, "%s; %s", *why, text);
}

/* ---- rules ---- */
unsigned compare_closing(struct arena *a, unsigned way, const struct allow *rule, const char **why)
{
    struct closing found;
    if ((way & CHANGE_NARROWER) == 0 || rule == NULL || !closing_find(rule, NULL, &found)) return way;
    const char *by = found.order != NULL ? found.order->name.text : rule->protocol->name.text;
    const char *open = found.open->name.text;
    why_add(a, why, found.token
                        ? arena_print(a, "`%s` stays open after a message by a token that a denied `%s` leaves: `%s`", open,
                                      rule->name.text, by)
                    : found.open == rule
                        ? arena_print(a, "a later `%s` stays open when one is denied: `%s`", open, by)
                        : arena_print(a, "`%s` stays open when `%s` is denied: `%s`", open, rule->name.text, by));
    return way | CHANGE_WIDER;
}

static const struct allow *rule_named(const struct policy *p, const char *name)
{
    const struct allow *a;
    LIST_EACH (a, &p->allows) {
        if (name_is(&a->name, name)) return a;
    }
    return NULL;
}

/*
 * What the new order can refuse may have closed something before, by this order or by another. Beyond those messages nothing
 * passes that did not, where compare_orders() says so: what passes by the new order, one message after another, passes by the
 * old one as well, and both sequences are the same once those are refused by the old one too.
 */
unsigned compare_closing_order(struct arena *a, unsigned way, const struct policy *old_policy, const struct order *new_one,
                               const char **why)
{
    const allow_list *lists[] = { &new_one->bans, &new_one->waits };
    for (size_t l = 0; l < sizeof lists / sizeof lists[0]; l++) {
        for (uint32_t i = 0; i < lists[l]->count; i++) {
            const struct allow *rule = rule_named(old_policy, lists[l]->items[i]->name.text);
            unsigned both = compare_closing(a, way, rule, why);
            if (both != way) return both;
        }
    }
    return way;
}

/* ---- privileges ---- */
unsigned compare_closing_privilege(struct arena *a, unsigned way, const struct privilege *v, const char **why)
{
    const char *object = v->object.text;
    if ((way & CHANGE_NARROWER) == 0 || v->kind == PRIVILEGE_GIVE) return way;
    const char *text = v->kind == PRIVILEGE_STOP
                           ? arena_print(a, "what `%s` may do stays open when it is not stopped", object)
                       : v->kind == PRIVILEGE_RESTART
                           ? arena_print(a, "what `%s` may do goes on when it is not restarted, and nothing is reset", object)
                           : arena_print(a, "what other plans permit stays open when `%s` is not switched to", object);
    why_add(a, why, text);
    return way | CHANGE_WIDER;
}
