/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `only`, `none`, and `limit` of feedback, restarts and back-pressure: exact, so that who has more than is said breaks them,
 * and who has less. What breaks one is shown where it is declared.
 */
#include "language/check.h"
#include "policy/image.h"

#define RESTARTERS_MAX 256u           /* in one exception */

/* Whether the names are few enough for things of that kind. */
static bool names_fit(struct policy *p, struct place at, const name_list *names, uint32_t most, const char *what)
{
    return policy_check_count(p, at, names->count, most > 0 ? most : 1, what);
}

/* Says which of the things have a name in the list: `marks` by their index. Nothing is known if a name is unknown. */
static bool subjects_mark(struct policy *p, const name_list *names, uint32_t value, uint32_t *marks)
{
    const struct name *name;
    bool known = true;
    LIST_EACH (name, names) {
        const struct subject *s = names_find(p, NAME_SUBJECT, name);
        known &= s != NULL;
        if (s == NULL) continue;
        if (marks[s->index] != 0) diag_error(&p->diag, BH_ASSERTION, name->at, "`%s` is named twice", name->text);
        marks[s->index] = value;
    }
    return known;
}

/* ---- powers ---- */
static const char *claim_verb(struct policy *p, const struct claim *c)
{
    static const char *const verbs[] = { "", "switch to plan ", "restart ", "stop ", "give window to " };
    return arena_print(p->arena, "%s%s", verbs[c->kind], c->object.text);
}

/* Where the subject is given the power; length 0: nowhere. */
static struct place power_place(const struct policy *p, const struct claim *c, const struct subject *s)
{
    const struct name *word;
    const struct privilege *v;
    static const enum privilege_kind kinds[] = { 0, PRIVILEGE_SWITCH, PRIVILEGE_RESTART, PRIVILEGE_STOP, PRIVILEGE_GIVE };
    if (c->kind == CLAIM_POWER) {
        LIST_EACH (word, &s->privileges) {
            if (name_is(word, c->object.text)) return word->at;
        }
        return (struct place){ 0 };
    }
    LIST_EACH (v, &p->privileges) {
        if (v->kind == kinds[c->kind] && v->actor == s && name_is(&v->object, c->object.text)) return v->name.at;
    }
    return (struct place){ 0 };
}

static bool claim_object_is_known(struct policy *p, const struct claim *c)
{
    static const char *const words[] = { "shutdown", "call_from_user" };
    if (c->kind == CLAIM_POWER)
        return policy_check_word(p, &c->object, words, sizeof words / sizeof words[0], "privilege") >= 0;
    if (c->kind == CLAIM_SWITCH) return names_find(p, NAME_PLAN, &c->object) != NULL;
    const struct subject *s = names_find(p, NAME_SUBJECT, &c->object);
    return s != NULL && !policy_refuse_monitor(p, &c->object, s);      /* no privilege names it, yet its subject's act on it */
}

static void check_powers(struct policy *p, const struct claim *c)
{
    const struct name *name;
    const struct subject *s;
    uint32_t *named = arena_take(p->arena, (p->subjects.count + 1) * sizeof *named);
    if (!claim_object_is_known(p, c) || !subjects_mark(p, &c->names, 1, named)) return;
    LIST_EACH (s, &p->subjects) {
        struct place given = power_place(p, c, s);
        if (given.length == 0 || named[s->index] != 0 || s->name.text == NULL) continue;
        diag_error(&p->diag, BH_POWER, c->at, "`%s` may %s as well", s->name.text, claim_verb(p, c));
        diag_note(&p->diag, given, "given here");
    }
    LIST_EACH (name, &c->names) {
        s = names_look(p, NAME_SUBJECT, name->text);
        if (s->broken || power_place(p, c, s).length > 0) continue;
        diag_error(&p->diag, BH_POWER, name->at, "`%s` may not %s", name->text, claim_verb(p, c));
        diag_note(&p->diag, s->name.at, "declared here");
    }
}

/* ---- rules from one subject to another ---- */
/* Messages of who shares the sender's outbox pass by the rule as well. */
static bool rule_joins(const struct policy *p, const struct claim *c, const struct allow *a)
{
    if (!name_is(&a->to, c->to.text)) return false;
    return name_is(&a->from, c->object.text) ||
           (a->channel != NULL && policy_produces(a->channel, names_look(p, NAME_SUBJECT, c->object.text)));
}

/* A role's rule stands for those of its holders that join the two. False if none does. */
static bool role_rule_mark(struct policy *p, const struct claim *c, const struct role_rule *r, bool *named)
{
    const struct name *made;
    bool any = false;
    LIST_EACH (made, &r->made) {
        const struct allow *a = names_look(p, NAME_ALLOW, made->text);
        if (a == NULL || !rule_joins(p, c, a)) continue;
        named[a->index] = any = true;
    }
    return any;
}

static bool rules_mark(struct policy *p, const struct claim *c, bool *named)
{
    const struct name *name;
    uint32_t errors = p->diag.errors;
    LIST_EACH (name, &c->names) {
        const struct role_rule *r = names_look(p, NAME_ROLE_RULE, name->text);
        if (r != NULL && role_rule_mark(p, c, r, named)) continue;
        const struct allow *a = r == NULL ? names_look(p, NAME_DIRECT_ALLOW, name->text) : NULL;
        if (r == NULL && a == NULL) a = names_find(p, NAME_ALLOW, name);
        if (a != NULL) named[a->index] = true;
        if (r == NULL && (a == NULL || a->from.text == NULL || a->to.text == NULL || rule_joins(p, c, a))) continue;
        diag_error(&p->diag, BH_JOINED, name->at, "`%s` is not from `%s` to `%s`", name->text, c->object.text, c->to.text);
        diag_note(&p->diag, r != NULL ? r->name.at : a->name.at, "declared here");
    }
    return p->diag.errors == errors;
}

static void rule_compare(struct policy *p, const struct claim *c, const struct allow *a, const bool *named)
{
    if (named[a->index] || !rule_joins(p, c, a)) return;
    diag_error(&p->diag, BH_JOINED, c->at, "`%s` is from `%s` to `%s` as well", a->name.text, c->object.text, a->to.text);
    diag_note(&p->diag, a->name.at, "declared here");
    if (!name_is(&a->from, c->object.text))
        diag_note(&p->diag, a->channel->shared.items[0]->at, "`%s` shares the outbox of `%s`: what it writes there passes too",
                  c->object.text, a->channel->name.text);
}

static void check_rules_between(struct policy *p, const struct claim *c)
{
    const struct allow *a;
    bool *named = arena_take(p->arena, p->allows.count + p->direct_allows.count + 1);
    if (names_find(p, NAME_SUBJECT, &c->object) == NULL || names_find(p, NAME_SUBJECT, &c->to) == NULL) return;
    if (!rules_mark(p, c, named)) return;
    LIST_EACH (a, &p->allows) rule_compare(p, c, a, named);
    LIST_EACH (a, &p->direct_allows) rule_compare(p, c, a, named);
}

static void check_claim(struct policy *p, const struct claim *c)
{
    bool is_rules = c->kind == CLAIM_RULES;
    uint32_t most = is_rules ? p->allows.count + p->direct_allows.count : p->subjects.count;
    if (c->broken || !names_fit(p, c->at, &c->names, most, is_rules ? "rules" : "subjects")) return;
    if (is_rules)
        check_rules_between(p, c);
    else
        check_powers(p, c);
}

/* ---- feedback ---- */
static void check_feedback(struct policy *p, const struct ceiling *c)
{
    static const char *const words[] = { "none", "rule", "full" };
    const struct excess *e;
    const struct name *name;
    const struct channel *channel;
    const struct direct *direct;
    enum feedback *said = arena_take(p->arena, (p->channels.count + p->directs.count + 1) * sizeof *said);
    uint32_t errors = p->diag.errors;
    LIST_EACH (e, &c->excesses) {
        if (!names_fit(p, c->at, &e->names, p->channels.count + p->directs.count, "channels")) return;
        LIST_EACH (name, &e->names) {
            direct = names_look(p, NAME_DIRECT, name->text);
            channel = direct == NULL ? names_find(p, NAME_CHANNEL, name) : NULL;
            if (direct == NULL && channel == NULL) continue;
            uint32_t at = direct != NULL ? p->channels.count + direct->index : channel->index;
            if (said[at] != FEEDBACK_NONE)
                diag_error(&p->diag, BH_ASSERTION, name->at, "`%s` is named twice", name->text);
            said[at] = e->feedback;
        }
    }
    if (p->diag.errors != errors) return;
    LIST_EACH (channel, &p->channels) {
        if (channel->broken || channel->name.text == NULL || channel->feedback == said[channel_at]) continue;
        diag_error(&p->diag, BH_FEEDBACK, c->at, "`%s` has feedback `%s`; here it has `%s`", channel->name.text,
                   words[channel->feedback], words[said[channel_at]]);
        diag_note(&p->diag, channel->feedback_at.length > 0 ? channel->feedback_at : channel->name.at, "declared here");
    }
    LIST_EACH (direct, &p->directs) {
        enum feedback has = direct->acknowledged_at.length > 0 ? FEEDBACK_FULL : FEEDBACK_NONE;
        if (direct->broken || direct->name.text == NULL || has == said[p->channels.count + direct_at]) continue;
        diag_error(&p->diag, BH_FEEDBACK, c->at, "`%s` has feedback `%s`; here it has `%s`", direct->name.text, words[has],
                   words[said[p->channels.count + direct_at]]);
        diag_note(&p->diag, has == FEEDBACK_FULL ? direct->acknowledged_at : direct->name.at, "declared here");
    }
}

/* ---- restarts ---- */
static const char *restarts_text(struct policy *p, const struct value *restarts, const struct value *period)
{
    long long us = (long long)period->number;
    if (restarts->at.length == 0) return "no restarts";
    return arena_print(p->arena, us % 1000000 == 0 ? "%lld per %lld s" : "%lld per %lld us", (long long)restarts->number,
                       us % 1000000 == 0 ? us / 1000000 : us);
}

static bool restarts_agree(const struct fault *f, const struct excess *e)
{
    bool has = f->restarts.at.length > 0, said = e != NULL && e->restarts.at.length > 0;
    if (!has || !said) return has == said;
    if (!f->restarts.known || !f->period.known) return true;
    return f->restarts.number == e->restarts.number && f->period.number == e->period.number;
}

static void restarts_compare(struct policy *p, const struct ceiling *c, const struct subject *s, const struct excess *e)
{
    static const struct value nothing = { 0 };
    const struct fault *f = &s->fault;
    if (s->broken || s->name.text == NULL || restarts_agree(f, e)) return;
    diag_error(&p->diag, BH_RESTARTS, c->at, "`%s` has %s; here it has %s", s->name.text,
               restarts_text(p, &f->restarts, &f->period),
               restarts_text(p, e != NULL ? &e->restarts : &nothing, e != NULL ? &e->period : &nothing));
    diag_note(&p->diag, f->at.length > 0 ? f->at : s->name.at, "declared here");
}

static bool names_have(const name_list *names, const struct name *wanted)
{
    const struct name *name;
    LIST_EACH (name, names) {
        if (wanted->text != NULL && name_is(name, wanted->text)) return true;
    }
    return false;
}

/* Each privilege that is named restarts one of those that it is named for. */
static void restarters_check(struct policy *p, const struct excess *e)
{
    const struct name *name;
    LIST_EACH (name, &e->by) {
        const struct privilege *v = names_find(p, NAME_PRIVILEGE, name);
        if (v == NULL || (v->kind == PRIVILEGE_RESTART && (v->target == NULL || names_have(&e->names, &v->object)))) continue;
        diag_error(&p->diag, BH_RESTARTS, name->at, "`%s` restarts none of those that it is named for", name->text);
        diag_note(&p->diag, v->name.at, "declared here");
    }
}

/* Others may restart a subject only by the privileges that are named for it. */
static void restarters_compare(struct policy *p, const struct ceiling *c, const uint32_t *said)
{
    const struct privilege *v;
    LIST_EACH (v, &p->privileges) {
        if (v->kind != PRIVILEGE_RESTART || v->actor == NULL || v->target == NULL) continue;
        uint32_t group = said[v->target->index];
        if (group > 0 && names_have(&c->excesses.items[group - 1]->by, &v->name)) continue;
        diag_error(&p->diag, BH_RESTARTS, c->at, "`%s` may restart `%s` by `%s`, which this does not say", v->actor->name.text,
                   v->target->name.text, v->name.text);
        diag_note(&p->diag, v->name.at, "given here; the limit names it so: `except %s by %s`", v->target->name.text,
                  v->name.text);
    }
}

static void check_restarts(struct policy *p, const struct ceiling *c)
{
    struct excess *e;
    const struct subject *s;
    uint32_t *said = arena_take(p->arena, (p->subjects.count + 1) * sizeof *said);     /* 1 + the group's number */
    uint32_t errors = p->diag.errors;
    LIST_EACH (e, &c->excesses) {
        if (!names_fit(p, c->at, &e->names, p->subjects.count, "subjects")) return;
        if (!names_fit(p, c->at, &e->by, RESTARTERS_MAX, "privileges")) return;
        if (e->restarts.at.length > 0) policy_check_restarts(p, &e->restarts, &e->period);
        subjects_mark(p, &e->names, e_at + 1, said);
        restarters_check(p, e);
    }
    if (p->diag.errors != errors) return;
    restarters_compare(p, c, said);
    LIST_EACH (s, &p->subjects) {
        restarts_compare(p, c, s, said[s_at] > 0 ? c->excesses.items[said[s_at] - 1] : NULL);
    }
}

/* ---- back-pressure ---- */
static void check_backpressure(struct policy *p, const struct ceiling *c)
{
    static const char *const words[] = { "security", "flow" };
    const struct excess *e;
    const struct name *name;
    const struct audit_class *class;
    bool said[IMAGE_CLASS_COUNT] = { false };
    uint32_t errors = p->diag.errors;
    LIST_EACH (e, &c->excesses) {
        LIST_EACH (name, &e->names) {
            int index = policy_check_word(p, name, words, sizeof words / sizeof words[0], "class of records");
            if (index >= 0) said[index] = true;
        }
    }
    if (p->diag.errors != errors) return;
    LIST_EACH (class, &p->audit.classes) {
        bool named = class->index < IMAGE_CLASS_COUNT && said[class->index];
        if (p->audit.broken || class->name.text == NULL || class->blocks == named) continue;
        diag_error(&p->diag, BH_BACKPRESSURE, c->at, "`%s` %s when it is full; here it %s", class->name.text,
                   class->blocks ? "blocks" : "drops", named ? "blocks" : "does not block");
        diag_note(&p->diag, class->full_at, "declared here");
    }
}

void policy_check_claims(struct policy *p)
{
    static void (*const checks[])(struct policy *, const struct ceiling *) = { check_feedback, check_restarts,
                                                                              check_backpressure };
    const struct claim *claim;
    const struct ceiling *ceiling;
    LIST_EACH (claim, &p->claims) check_claim(p, claim);
    LIST_EACH (ceiling, &p->ceilings) {
        if (!ceiling->broken) checks[ceiling->kind](p, ceiling);
    }
}
