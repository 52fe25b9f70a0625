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
    if ((way & CHANGE_NARROWER) == 0 || rule == NULL || rule->name.text == NULL || !closing_find(rule, &found)) return way;
    const char *by = found.order != NULL ? found.order->name.text : rule->protocol->name.text;
    why_add(a, why, arena_print(a, "`%s` stays open when `%s` is denied: `%s`", found.open->name.text, rule->name.text, by));
    return way | CHANGE_WIDER;
}

/* What an order forbids may close something, by this order or by another. */
unsigned compare_closing_order(struct arena *a, unsigned way, const struct order *o, const char **why)
{
    for (uint32_t i = 0; i < o->bans.count; i++) {
        unsigned both = compare_closing(a, way, o->bans.items[i], why);
        if (both != way) return both;
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
