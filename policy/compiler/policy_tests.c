/* SPDX-License-Identifier: Apache-2.0 */
/* Running the tests inside a policy. */
#include "compiler/policy_tests.h"
#include "compiler/judge.h"
#include "compiler/test_world.h"
#include "language/names.h"

#include <string.h>

/* What a record would be; bits. */
enum { RECORD_SECURITY = 1, RECORD_FLOW = 2, RECORD_PAYLOAD = 4, RECORD_RESTART = 8 };

struct test_run {
    struct build *build;
    struct judge judge;
    struct test_world world;
    const char **names;               /* of all rules */
    uint32_t name_count;
};

/* ---- rules by name ---- */
static const char **rule_all_names(const struct build *b, uint32_t *count)
{
    *count = IMAGE_BUILTIN_COUNT + b->rules.count;
    const char **names = arena_take(b->arena, *count * sizeof *names);
    for (uint32_t i = 0; i < *count; i++)
        names[i] = judge_rule_name(b, i < IMAGE_BUILTIN_COUNT ? i : IMAGE_RULE_FIRST + i - IMAGE_BUILTIN_COUNT);
    return names;
}

static bool rule_exists(const struct test_run *r, const struct name *name)
{
    for (uint32_t i = 0; i < r->name_count; i++) {
        if (name_is(name, r->names[i])) return true;
    }
    if (names_look(r->build->policy, NAME_ORDER, name->text) != NULL) return true;
    diag_error(r->build->diag, BH_TEST_RULE, name->at, "there is no rule `%s`%s", name->text,
               names_suggest(r->build->arena, name->text, r->names, r->name_count));
    return false;
}

/* ---- records ---- */
static uint32_t record_bits(const struct test_run *r, const struct decide_verdict *v)
{
    uint32_t always = r->judge.tables.header->audit_always;
    if (!v->allowed) return (always & IMAGE_AUDIT_DENIED) != 0 ? RECORD_SECURITY : 0;
    uint32_t flags = r->judge.tables.rules[v->allow].flags;
    uint32_t payload = (flags & IMAGE_RULE_PAYLOAD) != 0 ? RECORD_PAYLOAD : 0;
    if ((flags & IMAGE_RULE_DOWNGRADE) != 0 && (always & IMAGE_AUDIT_DOWNGRADE) != 0) return RECORD_SECURITY | payload;
    if ((flags & IMAGE_RULE_ENDORSE) != 0 && (always & IMAGE_AUDIT_ENDORSE) != 0) return RECORD_SECURITY | payload;
    if ((flags & IMAGE_RULE_RECORD) != 0 || (always & IMAGE_AUDIT_ALLOWED) != 0) return RECORD_FLOW | payload;
    return 0;
}

static uint32_t expected_bits(const struct test_step *s)
{
    static const struct { const char *word; uint32_t bit; } bits[] = {
        { "security", RECORD_SECURITY }, { "flow", RECORD_FLOW }, { "payload", RECORD_PAYLOAD },
        { "restart", RECORD_RESTART },
    };
    uint32_t all = 0;
    for (uint32_t i = 0; i < s->audits.count; i++) {
        for (size_t k = 0; k < sizeof bits / sizeof bits[0]; k++) {
            if (strcmp(bits[k].word, s->audits.items[i]->text) == 0) all |= bits[k].bit;
        }
    }
    return all;
}

static const char *bits_text(struct arena *a, uint32_t bits)
{
    if (bits == 0) return "nothing";
    return arena_print(a, "%s%s%s%s", (bits & RECORD_RESTART) != 0 ? "restart" : "",
                       (bits & RECORD_SECURITY) != 0 ? "security" : "", (bits & RECORD_FLOW) != 0 ? "flow" : "",
                       (bits & RECORD_PAYLOAD) != 0 ? ", payload" : "");
}

static bool record_agrees(const struct test_run *r, const struct test_step *s, uint32_t bits)
{
    const struct build *b = r->build;
    if (s->audits.count == 0 || bits == expected_bits(s)) return true;
    diag_error(b->diag, BH_TEST_FAILED, s->audits.items[0]->at, "the record is: %s", bits_text(b->arena, bits));
    return false;
}

/* ---- steps ---- */
/* Whether the verdict, and what would be recorded of it, are as the step expects. */
static bool step_agrees(const struct test_run *r, const struct test_step *s, const struct decide_verdict *v, uint32_t bits)
{
    const struct build *b = r->build;
    const char *seen = judge_verdict_name(&r->judge, v);
    if (v->allowed != s->expects_allow || strcmp(seen, s->rule.text) != 0) {
        diag_error(b->diag, BH_TEST_FAILED, s->expect_at, "expected %s %s, the verdict is %s %s",
                   s->expects_allow ? "allow" : "deny", s->rule.text, v->allowed ? "allow" : "deny", seen);
        diag_note(b->diag, s->at, "of %s here", s->kind == TEST_SEND ? "the message sent" : "the privilege used");
        return false;
    }
    return record_agrees(r, s, bits);
}

static bool step_judge(struct test_run *r, const struct test_step *s)
{
    judge_make_message(r->judge.message, &s->message);
    struct decide_verdict v = judge_decide(&r->judge, s->actor->index, s->channel->index);
    if (v.allowed) decide_commit(&r->judge.tables, &r->judge.state, &v, r->judge.now);
    return step_agrees(r, s, &v, record_bits(r, &v));
}

/* What a use that was granted does. False: a switch while an earlier one is under way. */
static bool operation_done(struct test_run *r, const struct test_step *s)
{
    const struct image_operation *o = &r->judge.tables.operations[s->privilege->index];
    if (o->kind == IMAGE_OPERATION_SWITCH) return test_world_switch(&r->world, o->object);
    if (o->kind == IMAGE_OPERATION_STOP) test_lives_stop(&r->world.lives, o->object, s);
    if (o->kind == IMAGE_OPERATION_RESTART) test_lives_restart(&r->world.lives, o->object);
    return true;
}

/* The use of a privilege is always on record, but of one over time; a refusal is where denials are. */
static bool step_operate(struct test_run *r, const struct test_step *s)
{
    struct judge *j = &r->judge;
    struct decide_verdict v = judge_operation(j, s->actor->index, s->privilege->index);
    if (v.allowed) {
        decide_charge(&j->tables, &j->state, &v, j->now);
        if (operation_done(r, s)) return step_agrees(r, s, &v, s->privilege->kind == PRIVILEGE_GIVE ? 0 : RECORD_SECURITY);
        v.allowed = false;
        v.rule = IMAGE_RULE_PLAN;
    }
    return step_agrees(r, s, &v, (j->tables.header->audit_always & IMAGE_AUDIT_DENIED) != 0 ? RECORD_SECURITY : 0);
}

/* Each time is judged and has to be as expected. */
static bool step_repeat(struct test_run *r, const struct test_step *s)
{
    uint32_t times = s->times.at.length > 0 ? (uint32_t)s->times.number : 1;
    for (uint32_t i = 0; i < times; i++) {
        if (s->kind == TEST_OPERATE ? step_operate(r, s) : step_judge(r, s)) continue;
        if (times > 1) diag_note(r->build->diag, s->times.at, "the %u times before were as expected", i);
        return false;
    }
    return true;
}

static bool step_run(struct test_run *r, const struct test_step *s)
{
    if (s->kind == TEST_AFTER) {
        test_world_pass(&r->world, (uint64_t)s->after.number);
        return true;
    }
    if (!test_lives_acts(&r->world.lives, s)) return false;
    if (s->kind == TEST_RESTART) {
        if (!test_lives_fault(&r->world.lives, s)) return false;
        return record_agrees(r, s, (r->judge.tables.header->audit_always & IMAGE_AUDIT_RESTART) != 0 ? RECORD_RESTART : 0);
    }
    return rule_exists(r, &s->rule) && step_repeat(r, s);
}

/* ---- tests ---- */
static bool test_run(struct test_run *r, const struct test *t)
{
    const struct test_step *s;
    test_world_begin(&r->world);
    LIST_EACH(s, &t->steps) {
        if (!step_run(r, s)) return false;
    }
    return true;
}

void policy_tests_run(struct build *b)
{
    struct test *t;
    struct test_run r = { .build = b };
    judge_open(&r.judge, b);
    test_world_open(&r.world, &r.judge);
    r.names = rule_all_names(b, &r.name_count);
    LIST_EACH(t, &b->policy->tests) t->passed = test_run(&r, t);
}
