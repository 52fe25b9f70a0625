/* SPDX-License-Identifier: Apache-2.0 */
/* Samples and the tests inside the policy: names and values. What the tests expect is judged by the compiler's verdicts. */
#include "language/check.h"

#define TIMES_MAX 10000u

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

static void check_audits(struct policy *p, const struct test_step *s, const char *const *words, size_t count)
{
    const struct name *name;
    LIST_EACH(name, &s->audits) policy_check_word(p, name, words, count, "kind of record");
}

static void check_step(struct policy *p, struct test_step *s)
{
    if (s->kind == TEST_AFTER) {
        policy_check_value(p, &s->after, DIMENSION_TIME, 1, (wide)86400 * 1000000, "the time in us");
        return;
    }
    static const char *const restart_words[] = { "restart", "nothing" };
    s->actor = names_find(p, NAME_SUBJECT, &s->subject);
    if (s->times.at.length > 0) policy_check_value(p, &s->times, DIMENSION_PLAIN, 1, TIMES_MAX, "the number of times");
    if (s->kind == TEST_RESTART) {
        check_audits(p, s, restart_words, sizeof restart_words / sizeof restart_words[0]);
        return;
    }
    if (s->kind == TEST_OPERATE) s->privilege = names_find(p, NAME_PRIVILEGE, &s->operation);
    else message_resolve(p, &s->message);
    if (s->kind == TEST_SEND) s->channel = names_find(p, NAME_CHANNEL, &s->on);
    static const char *const words[] = { "security", "flow", "payload", "nothing" };
    check_audits(p, s, words, sizeof words / sizeof words[0]);
}

/* Tests run in each check, and a check is to be fast on any input. */
static void check_all_times(struct policy *p)
{
    struct test *t;
    struct test_step *step;
    wide all = 0;
    LIST_EACH(t, &p->tests) {
        LIST_EACH(step, &t->steps) {
            if (!step->times.known) continue;
            all += step->times.number;
            if (!policy_check_count(p, step->times.at, (uint32_t)all, TIMES_MAX, "repetitions in all tests together")) return;
        }
    }
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
    check_all_times(p);
}
