/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles: which rules a policy has, derived from its statements as they are written, against those that the checks go on with.
 * A rule for a role is one for each holder; whoever names it names all of those. Nothing else of a rule may differ from its
 * statement, whose words stand where the rule's do.
 */
#include "compiler/verify/reader.h"

static bool same_place(struct place a, struct place b)
{
    return a.file == b.file && a.offset == b.offset && a.length == b.length;
}

static const struct role *role_of(const struct reader *v, const struct role_rule *rule)
{
    const struct role *r;
    LIST_EACH(r, &v->said->roles) {
        if (name_is(&r->name, rule->allow->role.text)) return r;
    }
    return NULL;
}

static const struct role_rule *role_rule_named(const struct reader *v, const struct name *name)
{
    const struct role_rule *r;
    LIST_EACH(r, &v->said->role_rules) {
        if (name_is(&r->name, name->text)) return r;
    }
    return NULL;
}

void said_rules(struct reader *v, const name_list *names, name_list *all)
{
    const struct name *name, *holder;
    LIST_EACH(name, names) {
        const struct role_rule *rule = role_rule_named(v, name);
        const struct role *role = rule != NULL ? role_of(v, rule) : NULL;
        if (role == NULL) {
            *LIST_NEW(v->arena, all) = *name;
            continue;
        }
        LIST_EACH(holder, &role->holders)
            *LIST_NEW(v->arena, all) = (struct name){ TEXT(v, "%s.%s", name->text, holder->text), name->at };
    }
}

/* Of one name. */
static void said_rule(struct reader *v, const struct name *name, name_list *all)
{
    name_list one = { 0 };
    *LIST_NEW(v->arena, &one) = *name;
    said_rules(v, &one, all);
}

/* ---- what a rule says beside its name and its ends ---- */
static bool same_cond(const struct cond *a, const struct cond *b)
{
    if (a == NULL || b == NULL) return a == b;
    if (a->kind != b->kind || a->op != b->op) return false;
    if (!same_place(a->at, b->at) || !same_place(a->field.at, b->field.at)) return false;
    return same_cond(a->left, b->left) && same_cond(a->right, b->right);
}

static bool same_names(const name_list *a, const name_list *b)
{
    if (a->count != b->count) return false;
    for (uint32_t i = 0; i < a->count; i++) {
        if (!name_is(a->items[i], b->items[i]->text)) return false;
    }
    return true;
}

static bool same_body(const struct rule_body *a, const struct rule_body *b)
{
    return same_place(a->rate.at, b->rate.at) && same_place(a->rate.count.at, b->rate.count.at) &&
           same_place(a->rate.burst.at, b->rate.burst.at) && a->rate.unlimited == b->rate.unlimited &&
           same_names(&a->plans, &b->plans) && same_cond(a->where, b->where);
}

static bool same_label(const struct rule_label *a, const struct rule_label *b)
{
    return same_place(a->down_from.at, b->down_from.at) && same_place(a->down_to.at, b->down_to.at) &&
           same_place(a->endorse_from.at, b->endorse_from.at) && same_place(a->endorse_to.at, b->endorse_to.at);
}

/* ---- allow ---- */
static const struct allow *allow_named(const struct reader *v, const char *name)
{
    const struct allow *a;
    LIST_EACH(a, &v->p->allows) {
        if (name_is(&a->name, name)) return a;
    }
    return NULL;
}

/* The one channel between two, or NULL. */
static const struct channel *channel_between(const struct reader *v, const char *from, const char *to)
{
    const struct channel *c, *found = NULL;
    LIST_EACH(c, &v->p->channels) {
        if (!name_is(&c->from, from) || !name_is(&c->to, to)) continue;
        if (found != NULL) return NULL;
        found = c;
    }
    return found;
}

static void allow_compare(struct reader *v, const char *name, const struct allow *said, const struct channel *on)
{
    const struct allow *a = allow_named(v, name);
    v->values++;
    if (a == NULL) {
        differ(v, "rule `%s`: the policy says it, and there is no such rule", name);
        return;
    }
    if (on == NULL || !name_is(&a->on, on->name.text) || !name_is(&a->type_name, said->type_name.text) ||
        !same_body(&a->body, &said->body) || !same_label(&a->label, &said->label))
        differ(v, "rule `%s`: it is not what its statement says", name);
}

static const struct channel *channel_named(const struct reader *v, const struct name *name)
{
    const struct channel *c;
    LIST_EACH(c, &v->p->channels) {
        if (name_is(&c->name, name->text)) return c;
    }
    return NULL;
}

static uint32_t role_rule_compare(struct reader *v, const struct role_rule *rule)
{
    const struct role *role = role_of(v, rule);
    const struct allow *said = rule->allow;
    const struct name *holder;
    if (role == NULL) return 0;
    LIST_EACH(holder, &role->holders) {
        const char *from = said->role_sends ? holder->text : said->from.text;
        const char *to = said->role_sends ? said->to.text : holder->text;
        allow_compare(v, TEXT(v, "%s.%s", rule->name.text, holder->text), said, channel_between(v, from, to));
    }
    return role->holders.count;
}

static void allows_compare(struct reader *v)
{
    const struct allow *a;
    const struct role_rule *rule;
    uint32_t count = v->said->allows.count;
    LIST_EACH(a, &v->said->allows) allow_compare(v, a->name.text, a, channel_named(v, &a->on));
    LIST_EACH(rule, &v->said->role_rules) count += role_rule_compare(v, rule);
    if (count != v->p->allows.count) differ(v, "the policy says %u `allow` rules, and there are %u", count, v->p->allows.count);
}

/* ---- restrict ---- */
static void restrict_compare(struct reader *v, const struct restrict_rule *said, const char *name, const char *on)
{
    const struct restrict_rule *r;
    v->values++;
    LIST_EACH(r, &v->p->restricts) {
        if (name_is(&r->name, name) && name_is(&r->on, on) && same_body(&r->body, &said->body)) return;
    }
    differ(v, "restriction `%s` on `%s`: there is none that says what its statement does", name, on);
}

static void restricts_compare(struct reader *v)
{
    const struct restrict_rule *said;
    const struct name *on;
    uint32_t count = 0;
    LIST_EACH(said, &v->said->restricts) {
        name_list all = { 0 };
        bool of_role = role_rule_named(v, &said->on) != NULL;
        said_rule(v, &said->on, &all);
        LIST_EACH(on, &all) {
            const char *holder = of_role ? strchr(on->text, '.') : "";
            restrict_compare(v, said, TEXT(v, "%s%s", said->name.text, holder), on->text);
        }
        count += all.count;
    }
    if (count != v->p->restricts.count)
        differ(v, "the policy says %u restrictions, and there are %u", count, v->p->restricts.count);
}

/* ---- who else names rules: records, and the steps of protocols that are written out ---- */
static void records_compare(struct reader *v)
{
    const struct audit_record_rule *said;
    const struct name *rule;
    uint32_t at = 0;
    LIST_EACH(said, &v->said->audit.records) {
        name_list all = { 0 };
        said_rule(v, &said->rule, &all);
        LIST_EACH(rule, &all) {
            const struct audit_record_rule *r = at < v->p->audit.records.count ? v->p->audit.records.items[at] : NULL;
            if (r == NULL || !name_is(&r->rule, rule->text) || r->payload != said->payload)
                differ(v, "`record %s`: it is not said of `%s`", said->rule.text, rule->text);
            at++;
        }
    }
    if (at != v->p->audit.records.count) differ(v, "there are records that the policy does not say");
}

static void steps_compare(struct reader *v, const struct protocol *said, const struct protocol *p)
{
    const struct step *step;
    const struct name *rule;
    uint32_t at = 0;
    LIST_EACH(step, &said->steps) {
        name_list all = { 0 };
        if (step->on.text != NULL)
            said_rule(v, &step->on, &all);
        else
            *LIST_NEW(v->arena, &all) = step->on;
        LIST_EACH(rule, &all) {
            const struct step *s = at < p->steps.count ? p->steps.items[at] : NULL;
            if (s == NULL || !same_place(s->at, step->at) || (rule->text != NULL && !name_is(&s->on, rule->text)))
                differ(v, "protocol `%s`: step %u is not what its statement says", said->name.text, at);
            at++;
        }
    }
    if (at != p->steps.count) differ(v, "protocol `%s`: there are steps that the policy does not say", said->name.text);
}

static void protocols_compare(struct reader *v)
{
    const struct protocol *said, *p;
    LIST_EACH(said, &v->said->protocols) {
        LIST_EACH(p, &v->p->protocols) {
            if (p->orders.count == 0 && name_is(&p->name, said->name.text)) steps_compare(v, said, p);
        }
    }
}

void verify_roles(struct reader *v)
{
    allows_compare(v);
    restricts_compare(v);
    records_compare(v);
    protocols_compare(v);
}
