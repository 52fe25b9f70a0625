/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles: who holds one is said in one place, and a rule for it becomes a rule for each holder before anything is checked. From
 * there on there are rules of subjects alone: labels, flows and verdicts know of nothing else.
 */
#include "language/check.h"
#include "policy/image.h"

#include <string.h>

#define NAMED_MAX 16384u              /* places where a role's rules stand for those of its holders */

static struct role *role_named(const struct policy *p, const struct name *name)
{
    struct role *r;
    LIST_EACH(r, &p->roles) {
        if (name_is(&r->name, name->text)) return r;
    }
    return NULL;
}

static const struct role_rule *rule_named(const struct policy *p, const struct name *name)
{
    const struct role_rule *r;
    LIST_EACH(r, &p->role_rules) {
        if (name_is(&r->name, name->text)) return r;
    }
    return NULL;
}

/* ---- a rule for each holder ---- */
static const struct direct *direct_between(const struct policy *p, const char *from, const char *to)
{
    const struct direct *d;
    LIST_EACH(d, &p->directs) {
        if (name_is(&d->from, from) && name_is(&d->to, to)) return d;
    }
    return NULL;
}

/* The one channel between a holder and the rule's other end, or NULL after a report. */
static const struct channel *holder_channel(struct policy *p, const struct allow *a, const struct name *holder)
{
    const char *from = a->role_sends ? holder->text : a->from.text, *to = a->role_sends ? a->to.text : holder->text;
    const struct channel *c, *found = NULL;
    uint32_t count = 0;
    LIST_EACH(c, &p->channels) {
        if (!name_is(&c->from, from) || !name_is(&c->to, to)) continue;
        found = c;
        count++;
    }
    if (count == 1) return found;
    const struct direct *direct = count == 0 ? direct_between(p, from, to) : NULL;
    if (direct != NULL) {
        diag_error(&p->diag, BH_ROLE_CHANNEL, holder->at,
                   "only a direct channel leads from `%s` to `%s`: write `%s` out for it", from, to, a->name.text);
        diag_note(&p->diag, direct->name.at,
                  "a rule here names the channel and says `direct`; a role's rule is one whose messages are judged");
        return NULL;
    }
    diag_error(&p->diag, BH_ROLE_CHANNEL, holder->at,
               "%s channel leads from `%s` to `%s`: `%s` needs one for each holder of `%s`",
               count == 0 ? "no" : "more than one", from, to, a->name.text, a->role.text);
    diag_note(&p->diag, a->name.at, "the rule; a holder with several channels has rules of its own");
    return NULL;
}

/* Checks fill conditions in: each rule needs its own. The parser bounds how deep they are. */
static struct cond *cond_copy(struct arena *a, const struct cond *c)
{
    const struct range *range;
    if (c == NULL) return NULL;
    struct cond *copy = arena_take(a, sizeof *copy);
    *copy = *c;
    copy->left = cond_copy(a, c->left);
    copy->right = cond_copy(a, c->right);
    memset(&copy->ranges, 0, sizeof copy->ranges);
    LIST_EACH(range, &c->ranges) *LIST_NEW(a, &copy->ranges) = *range;
    return copy;
}

/* All but the name's end, the ends and the channel is the role's; a rate is of each holder. */
static void rule_make(struct policy *p, struct role_rule *r, const struct name *holder)
{
    const struct channel *c = holder_channel(p, r->allow, holder);
    if (c == NULL) return;
    struct allow *a = LIST_NEW(p->arena, &p->allows);
    *a = *r->allow;
    a->body.where = cond_copy(p->arena, a->body.where);
    a->name.text = arena_print(p->arena, "%s.%s", r->name.text, holder->text);
    *(a->role_sends ? &a->from : &a->to) = *holder;
    a->on = (struct name){ c->name.text, r->name.at };
    *LIST_NEW(p->arena, &r->made) = a->name;
}

static bool rules_make(struct policy *p)
{
    struct role_rule *r;
    const struct name *holder;
    LIST_EACH(r, &p->role_rules) {
        struct role *role = role_named(p, &r->allow->role);
        if (role == NULL || r->name.text == NULL || r->allow->from.text == r->allow->to.text) continue;
        role->used = true;
        if (role->holders.count > IMAGE_MAX_SUBJECTS) continue;      /* reported at the role */
        LIST_EACH(holder, &role->holders) {
            if (p->diag.errors <= DIAG_MAX) rule_make(p, r, holder);
        }
        if (!policy_check_count(p, r->name.at, p->allows.count + p->restricts.count, IMAGE_MAX_RULES, "rules")) return false;
    }
    return true;
}

/* ---- whoever names a role's rule names those of its holders ---- */
static void names_expand(struct policy *p, name_list *names, uint32_t *made)
{
    name_list all = { 0 };
    const struct name *name, *each;
    bool any = false;
    *made += names->count;
    if (*made > NAMED_MAX) return;
    LIST_EACH(name, names) {
        const struct role_rule *r = rule_named(p, name);
        any |= r != NULL;
        if (r == NULL || *made > NAMED_MAX) {
            *LIST_NEW(p->arena, &all) = *name;
            continue;
        }
        LIST_EACH(each, &r->made) *LIST_NEW(p->arena, &all) = (struct name){ each->text, name->at };
        *made += r->made.count;
    }
    if (any) *names = all;
}

/* NAME on RULE, with the holder's part of the rule's name behind NAME. */
static void restricts_expand(struct policy *p)
{
    LIST(struct restrict_rule) all = { 0 };
    struct restrict_rule *r;
    const struct name *each;
    LIST_EACH(r, &p->restricts) {
        const struct role_rule *rule = rule_named(p, &r->on);
        if (rule == NULL || r->name.text == NULL) {
            LIST_ADD(p->arena, &all, r);
            continue;
        }
        for (uint32_t i = 0; i < rule->made.count && all.count <= IMAGE_MAX_RULES; i++) {
            each = rule->made.items[i];
            struct restrict_rule *made = LIST_NEW(p->arena, &all);
            *made = *r;
            made->body.where = cond_copy(p->arena, r->body.where);
            made->name.text = arena_print(p->arena, "%s%s", r->name.text, strchr(each->text, '.'));
            made->on.text = each->text;
        }
    }
    memcpy(&p->restricts, &all, sizeof all);
}

static void steps_expand(struct policy *p, struct protocol *protocol, uint32_t *made)
{
    const struct step *s;
    LIST(struct step) all = { 0 };
    LIST_EACH(s, &protocol->steps) {
        const struct role_rule *r = rule_named(p, &s->on);
        for (uint32_t i = 0; *made <= NAMED_MAX && i < (r != NULL ? r->made.count : 1); i++) {
            struct step *step = LIST_NEW(p->arena, &all);
            *step = *s;
            *made += r != NULL;
            if (r != NULL) step->on.text = r->made.items[i]->text;
        }
    }
    memcpy(&protocol->steps, &all, sizeof all);
}

static void records_expand(struct policy *p, uint32_t *made)
{
    const struct audit_record_rule *s;
    LIST(struct audit_record_rule) all = { 0 };
    LIST_EACH(s, &p->audit.records) {
        const struct role_rule *r = rule_named(p, &s->rule);
        for (uint32_t i = 0; *made <= NAMED_MAX && i < (r != NULL ? r->made.count : 1); i++) {
            struct audit_record_rule *record = LIST_NEW(p->arena, &all);
            *record = *s;
            *made += r != NULL;
            if (r != NULL) record->rule.text = r->made.items[i]->text;
        }
    }
    memcpy(&p->audit.records, &all, sizeof all);
}

static void assertion_expand(struct policy *p, struct assertion *a, uint32_t *made)
{
    struct exception *e;
    LIST_EACH(e, &a->exceptions) names_expand(p, &e->by, made);
}

static uint32_t uses_expand(struct policy *p)
{
    struct order *o;
    struct protocol *protocol;
    struct assertion *a;
    uint32_t made = 0;
    restricts_expand(p);
    records_expand(p, &made);
    LIST_EACH(protocol, &p->protocols) steps_expand(p, protocol, &made);
    LIST_EACH(a, &p->nevers) assertion_expand(p, a, &made);
    LIST_EACH(a, &p->pipelines) assertion_expand(p, a, &made);
    LIST_EACH(o, &p->orders) {
        names_expand(p, &o->after, &made);
        names_expand(p, &o->never, &made);
        names_expand(p, &o->until, &made);
    }
    return made;
}

bool policy_expand_roles(struct policy *p)
{
    if (p->role_rules.count == 0) return true;
    if (!rules_make(p)) return false;
    uint32_t named = uses_expand(p);
    return policy_check_count(p, p->system.at, p->allows.count + p->restricts.count, IMAGE_MAX_RULES, "rules") &&
           policy_check_count(p, p->system.at, named, NAMED_MAX, "rules named where roles have rules");
}

/* ---- once names are known ---- */
static void check_holders(struct policy *p, const struct role *r)
{
    const struct name *holder;
    LIST_EACH(holder, &r->holders) {
        names_find(p, NAME_SUBJECT, holder);
        for (uint32_t i = 0; i < holder_at && i < IMAGE_MAX_SUBJECTS; i++) {
            if (!name_is(holder, r->holders.items[i]->text)) continue;
            diag_error(&p->diag, BH_ROLE, holder->at, "`%s` holds `%s` already", holder->text, r->name.text);
            break;
        }
    }
    if (!r->used && r->name.text != NULL)
        diag_warn(&p->diag, BH_ROLE, r->name.at, "no rule is for `%s`: who holds it may do nothing more", r->name.text);
}

/* A holder who shares the outbox by which another does its duty: what it writes there passes as that one's. */
static void report_sharer(struct policy *p, const struct exclusive *e, const struct name *holder, const struct role *held,
                          const struct allow *a)
{
    const struct subject *s = names_look(p, NAME_SUBJECT, holder->text);
    if (s == NULL || a->channel == NULL || a->channel->sender == s || !policy_produces(a->channel, s)) return;
    diag_error(&p->diag, BH_ROLE_EXCLUSIVE, a->channel->shared.items[0]->at,
               "`%s` holds `%s`, and what it writes into this outbox passes by `%s`", holder->text, held->name.text,
               a->name.text);
    diag_note(&p->diag, holder->at, "it holds `%s` here", held->name.text);
    diag_note(&p->diag, e->at, "no subject may hold two of these");
}

/* `held` and `other` exclude each other; once the rules of channels are known. */
static void check_sharers(struct policy *p, const struct exclusive *e, const struct role *held, const struct role *other)
{
    const struct role_rule *rule;
    const struct name *holder, *made;
    LIST_EACH(rule, &p->role_rules) {
        if (!rule->allow->role_sends || !name_is(&rule->allow->role, other->name.text)) continue;
        LIST_EACH(made, &rule->made) {
            const struct allow *a = names_look(p, NAME_ALLOW, made->text);
            if (a == NULL || a->channel == NULL || a->channel->sharers.count == 0) continue;
            LIST_EACH(holder, &held->holders) report_sharer(p, e, holder, held, a);
        }
    }
}

/* Separation of duty: reports each subject that holds both. */
static void check_apart(struct policy *p, const struct exclusive *e, const struct role *a, const struct role *b)
{
    const struct name *holder, *other;
    if (a->holders.count > IMAGE_MAX_SUBJECTS || b->holders.count > IMAGE_MAX_SUBJECTS) return;
    LIST_EACH(holder, &a->holders) {
        LIST_EACH(other, &b->holders) {
            if (!name_is(holder, other->text)) continue;
            diag_error(&p->diag, BH_ROLE_EXCLUSIVE, other->at, "`%s` holds both `%s` and `%s`", other->text, a->name.text,
                       b->name.text);
            diag_note(&p->diag, holder->at, "it holds `%s` here", a->name.text);
            diag_note(&p->diag, e->at, "no subject may hold two of these");
        }
    }
    check_sharers(p, e, a, b);
    check_sharers(p, e, b, a);
}

static void check_exclusive(struct policy *p, const struct exclusive *e)
{
    const struct name *a, *b;
    if (e->roles.count == 1)
        diag_error(&p->diag, BH_ROLE_EXCLUSIVE, e->at, "`exclusive` says which roles exclude each other: two or more");
    if (!policy_check_count(p, e->at, e->roles.count, IMAGE_MAX_CPUS, "roles that exclude each other")) return;
    LIST_EACH(a, &e->roles) {
        const struct role *first = names_find(p, NAME_ROLE, a);
        for (uint32_t i = 0; first != NULL && i < a_at; i++) {
            b = e->roles.items[i];
            const struct role *second = names_look(p, NAME_ROLE, b->text);
            if (second == first)
                diag_error(&p->diag, BH_ROLE_EXCLUSIVE, a->at, "`%s` is named twice", a->text);
            else if (second != NULL)
                check_apart(p, e, second, first);
        }
    }
}

void policy_check_roles(struct policy *p)
{
    const struct role_rule *rule;
    const struct role *r;
    const struct exclusive *e;
    LIST_EACH(rule, &p->role_rules) names_find(p, NAME_ROLE, &rule->allow->role);
    LIST_EACH(r, &p->roles) {
        if (policy_check_count(p, r->name.at, r->holders.count, IMAGE_MAX_SUBJECTS, "holders of a role")) check_holders(p, r);
    }
    LIST_EACH(e, &p->exclusives) check_exclusive(p, e);
}
