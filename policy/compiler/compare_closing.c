/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What closes something else: a rule whose message a protocol or an order answers by denying another's, and a privilege to
 * stop, restart or switch. Where less of it passes more stays open, and where more passes more is closed: both ways at once.
 */
#include "compiler/compare.h"
#include "language/closing.h"

#define EITHER (CHANGE_WIDER | CHANGE_NARROWER)

static void why_add(struct arena *a, const char **why, const char *text)
{
    *why = *why == NULL ? text : arena_print(a, "%s; %s", *why, text);
}

/* ---- rules ---- */
static const char *by_text(struct arena *a, const struct allow *rule, const struct closing *c)
{
    const char *order = c->order != NULL ? c->order->name.text : rule->protocol->name.text;
    return arena_print(a, "`%s`", order);
}

unsigned compare_closing(struct arena *a, unsigned way, const struct allow *before, const struct allow *after, const char **why)
{
    struct closing found;
    bool less = (way & CHANGE_NARROWER) != 0, more = (way & CHANGE_WIDER) != 0;
    if (less && before != NULL && before->name.text != NULL && closing_find(before, &found)) {
        why_add(a, why, arena_print(a, "`%s` stays open when `%s` is denied: %s", found.open->name.text, before->name.text,
                                    by_text(a, before, &found)));
        return EITHER;
    }
    if (more && after != NULL && after->name.text != NULL && closing_find(after, &found)) {
        why_add(a, why, arena_print(a, "`%s` is denied once `%s` has passed: %s", found.open->name.text, after->name.text,
                                    by_text(a, after, &found)));
        return EITHER;
    }
    return way;
}

static const struct allow *any_closing(const allow_list *rules, struct closing *found)
{
    for (uint32_t i = 0; i < rules->count; i++) {
        if (closing_find(rules->items[i], found)) return rules->items[i];
    }
    return NULL;
}

/* What it forbids may close something, by this order or by another. */
unsigned compare_closing_orders(struct arena *a, unsigned way, const struct order *old_one, const struct order *new_one,
                                const char **why)
{
    struct closing found;
    const struct allow *rule;
    rule = (way & CHANGE_NARROWER) != 0 ? any_closing(&old_one->bans, &found) : NULL;
    if (rule != NULL) return compare_closing(a, CHANGE_NARROWER, rule, NULL, why);
    rule = (way & CHANGE_WIDER) != 0 ? any_closing(&new_one->bans, &found) : NULL;
    if (rule != NULL) return compare_closing(a, CHANGE_WIDER, NULL, rule, why);
    return way;
}

/* ---- privileges ---- */
unsigned compare_closing_privilege(struct arena *a, unsigned way, const struct privilege *v, const char **why)
{
    const char *object = v->object.text;
    if (way == CHANGE_SAME || v->kind == PRIVILEGE_GIVE) return way;
    const char *text = v->kind == PRIVILEGE_STOP
                           ? arena_print(a, "what `%s` may do stays open when it is not stopped", object)
                       : v->kind == PRIVILEGE_RESTART
                           ? arena_print(a, "what `%s` may do, and what its restart resets, goes on when it is not restarted", object)
                           : arena_print(a, "what other plans permit stays open when `%s` is not switched to", object);
    why_add(a, why, text);
    return EITHER;
}
