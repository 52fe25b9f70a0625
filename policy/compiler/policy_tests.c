/* SPDX-License-Identifier: Apache-2.0 */
/* Running the tests inside a policy. */
#include "compiler/policy_tests.h"
#include "decide.h"
#include "language/names.h"

#include <string.h>

#define TEST_TSC_KHZ 1000000u         /* a clock of 1 GHz */
#define TEST_START (1ull << 40)       /* ticks: long after any rate's last message */

/* What a record would be; bits. */
enum { RECORD_SECURITY = 1, RECORD_FLOW = 2, RECORD_PAYLOAD = 4 };

struct test_run {
    struct build *build;
    struct policy_tables tables;
    struct decide_state state;
    struct decide_pace *paces;
    struct decide_message *message;
    const char **names;               /* of all rules */
    uint32_t name_count;
    uint64_t now;
};

/* ---- rules by name ---- */
static const char *rule_name(const struct build *b, uint32_t rule)
{
    static const char *const builtin[] = {
#define TEST_BUILTIN(id, name) name,
        IMAGE_BUILTIN_RULES(TEST_BUILTIN)
#undef TEST_BUILTIN
    };
    if (rule < IMAGE_BUILTIN_COUNT) return builtin[rule];
    return b->rules.items[rule - IMAGE_RULE_FIRST]->name;
}

static const char **rule_all_names(const struct build *b, uint32_t *count)
{
    *count = IMAGE_BUILTIN_COUNT + b->rules.count;
    const char **names = arena_take(b->arena, *count * sizeof *names);
    for (uint32_t i = 0; i < *count; i++)
        names[i] = rule_name(b, i < IMAGE_BUILTIN_COUNT ? i : IMAGE_RULE_FIRST + i - IMAGE_BUILTIN_COUNT);
    return names;
}

static bool rule_exists(const struct test_run *r, const struct name *name)
{
    for (uint32_t i = 0; i < r->name_count; i++) {
        if (name_is(name, r->names[i])) return true;
    }
    diag_error(r->build->diag, BH_TEST_RULE, name->at, "there is no rule `%s`%s", name->text,
               names_suggest(r->build->arena, name->text, r->names, r->name_count));
    return false;
}

/* ---- messages ---- */
static void message_set(struct decide_message *m, const struct type *t, const struct setting *s)
{
    const struct field *f;
    LIST_EACH(f, &t->flat) {
        if (f->name.text == NULL || strcmp(f->name.text, s->field.text) != 0) continue;
        uint64_t value = (uint64_t)s->value.number;
        for (uint32_t i = 0; i < f->width; i++) {
            uint32_t byte = t->is_big ? f->width - 1 - i : i;
            m->payload[f->offset + byte] = (uint8_t)(value >> 8 * i);
        }
    }
}

static void message_make(struct decide_message *m, const struct message_text *text)
{
    const struct type *t = text->type;
    memset(m, 0, sizeof *m);
    m->header = (struct message_header){ .type = (uint16_t)t->index, .version = t->version_number, .length = t->size };
    for (uint32_t i = 0; text->sample != NULL && i < text->sample->message.settings.count; i++)
        message_set(m, t, text->sample->message.settings.items[i]);
    for (uint32_t i = 0; i < text->settings.count; i++) message_set(m, t, text->settings.items[i]);
}

/* ---- records ---- */
static uint32_t record_bits(const struct test_run *r, const struct decide_verdict *v)
{
    uint32_t always = r->tables.header->audit_always;
    if (!v->allowed) return (always & IMAGE_AUDIT_DENIED) != 0 ? RECORD_SECURITY : 0;
    uint8_t flags = r->tables.rules[v->allow].flags;
    uint32_t payload = (flags & IMAGE_RULE_PAYLOAD) != 0 ? RECORD_PAYLOAD : 0;
    if ((flags & IMAGE_RULE_DOWNGRADE) != 0 && (always & IMAGE_AUDIT_DOWNGRADE) != 0) return RECORD_SECURITY | payload;
    if ((flags & IMAGE_RULE_RECORD) != 0 || (always & IMAGE_AUDIT_ALLOWED) != 0) return RECORD_FLOW | payload;
    return 0;
}

static uint32_t expected_bits(const struct test_step *s)
{
    static const struct { const char *word; uint32_t bit; } bits[] = {
        { "security", RECORD_SECURITY }, { "flow", RECORD_FLOW }, { "payload", RECORD_PAYLOAD },
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
    return arena_print(a, "%s%s%s", (bits & RECORD_SECURITY) != 0 ? "security" : "", (bits & RECORD_FLOW) != 0 ? "flow" : "",
                       (bits & RECORD_PAYLOAD) != 0 ? ", payload" : "");
}

/* ---- steps ---- */
static bool step_judge(struct test_run *r, const struct test_step *s)
{
    struct build *b = r->build;
    message_make(r->message, &s->message);
    struct decide_request request = { .message = r->message, .now = r->now, .plan = 0, .channel = s->channel->index,
                                      .subject = (uint16_t)s->actor->index };
    struct decide_verdict v;
    decide(&r->tables, &r->state, &request, &v);
    if (v.allowed) decide_commit(&r->tables, &r->state, &v, r->now);
    const char *seen = rule_name(b, v.rule);
    if (v.allowed != s->expects_allow || strcmp(seen, s->rule.text) != 0) {
        diag_error(b->diag, BH_TEST_FAILED, s->expect_at, "expected %s %s, the verdict is %s %s",
                   s->expects_allow ? "allow" : "deny", s->rule.text, v.allowed ? "allow" : "deny", seen);
        diag_note(b->diag, s->at, "of the message sent here");
        return false;
    }
    uint32_t bits = record_bits(r, &v);
    if (s->audits.count == 0 || bits == expected_bits(s)) return true;
    diag_error(b->diag, BH_TEST_FAILED, s->audits.items[0]->at, "the record is: %s", bits_text(b->arena, bits));
    return false;
}

static void step_restart(struct test_run *r, const struct test_step *s)
{
    for (uint32_t i = 0; i < r->tables.resets_count; i++) {
        const struct image_reset *reset = &r->tables.resets[i];
        if (reset->subject == s->actor->index) r->state.protocols[reset->protocol] = decide_protocol_word(0, 0, r->now);
    }
}

static bool step_run(struct test_run *r, const struct test_step *s)
{
    if (s->kind == TEST_AFTER) {
        r->now += (uint64_t)s->after.number * (TEST_TSC_KHZ / 1000);
        return true;
    }
    if (s->kind == TEST_RESTART) {
        step_restart(r, s);
        return true;
    }
    return rule_exists(r, &s->rule) && step_judge(r, s);
}

/* ---- tests ---- */
static void run_reset(struct test_run *r)
{
    r->now = TEST_START;
    memset(r->state.due, 0, r->tables.rules_count * sizeof *r->state.due);
    for (uint32_t i = 0; i < r->tables.protocols_count; i++) r->state.protocols[i] = decide_protocol_word(0, 0, r->now);
}

static bool test_run(struct test_run *r, const struct test *t)
{
    const struct test_step *s;
    run_reset(r);
    LIST_EACH(s, &t->steps) {
        if (!step_run(r, s)) return false;
    }
    return true;
}

void policy_tests_run(struct build *b, FILE *out)
{
    size_t size;
    const struct test *t;
    struct test_run r = { .build = b, .tables = policy_tables_open(image_tables(b, &size)) };
    r.paces = arena_take(b->arena, r.tables.rules_count * sizeof *r.paces);
    r.message = arena_take(b->arena, sizeof *r.message);
    r.names = rule_all_names(b, &r.name_count);
    for (uint32_t i = 0; i < r.tables.rules_count; i++) r.paces[i] = decide_pace(&r.tables.rules[i], TEST_TSC_KHZ);
    r.state = (struct decide_state){
        .paces = r.paces, .due = arena_take(b->arena, r.tables.rules_count * sizeof *r.state.due),
        .protocols = arena_take(b->arena, r.tables.protocols_count * sizeof *r.state.protocols), .tsc_khz = TEST_TSC_KHZ,
    };
    LIST_EACH(t, &b->policy->tests) {
        bool passed = test_run(&r, t);
        if (out != NULL) fprintf(out, "%s %s\n", passed ? "PASS" : "FAIL", t->title.text);
    }
}
