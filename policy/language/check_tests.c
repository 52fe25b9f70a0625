/* SPDX-License-Identifier: Apache-2.0 */
/* Samples and the tests inside the policy: names and values. What the tests expect is judged by the compiler's verdicts. */
#include "language/check.h"

static void message_settings(struct policy *p, struct message_text *m)
{
    struct setting *s;
    LIST_EACH(s, &m->settings) {
        const struct field *f = policy_check_field(p, m->type, &s->field);
        if (f == NULL) continue;
        policy_check_value(p, &s->value, DIMENSION_PLAIN, policy_check_field_least(f), policy_check_field_greatest(f),
                           "the field's value");
    }
}

static void message_resolve(struct policy *p, struct message_text *m)
{
    if (m->of_sample) {
        m->sample = names_find(p, NAME_SAMPLE, &m->name);
        m->type = m->sample != NULL ? m->sample->message.type : NULL;
    } else {
        m->type = names_find(p, NAME_TYPE, &m->name);
    }
    if (m->type != NULL) message_settings(p, m);
}

static void check_step(struct policy *p, struct test_step *s)
{
    if (s->kind == TEST_AFTER) {
        policy_check_value(p, &s->after, DIMENSION_TIME, 1, (wide)86400 * 1000000, "the time in us");
        return;
    }
    s->actor = names_find(p, NAME_SUBJECT, &s->subject);
    if (s->kind == TEST_RESTART) return;
    if (s->kind == TEST_OPERATE) s->privilege = names_find(p, NAME_PRIVILEGE, &s->operation);
    else message_resolve(p, &s->message);
    if (s->kind == TEST_SEND) s->channel = names_find(p, NAME_CHANNEL, &s->on);
    static const char *const words[] = { "security", "flow", "payload", "nothing" };
    const struct name *name;
    LIST_EACH(name, &s->audits) policy_check_word(p, name, words, sizeof words / sizeof words[0], "kind of record");
}

void policy_check_tests(struct policy *p)
{
    struct sample *s;
    struct test *t;
    struct test_step *step;
    LIST_EACH(s, &p->samples) message_resolve(p, &s->message);
    LIST_EACH(t, &p->tests) {
        LIST_EACH(step, &t->steps) check_step(p, step);
        if (t->steps.count == 0 && !t->broken) diag_error(&p->diag, BH_TEST_EMPTY, t->title.at, "the test has no steps");
    }
}
