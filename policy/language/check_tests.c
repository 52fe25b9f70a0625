/* SPDX-License-Identifier: Apache-2.0 */
/* Samples and the tests inside the policy: names and values. What the tests expect is judged by the compiler's verdicts. */
#include "language/check.h"
#include "policy/image.h"

#include <stdlib.h>
#include <string.h>

#define TIMES_MAX 10000u
#define SETTINGS_MAX TYPE_MAX_PLACES

static const struct field *type_array(const struct type *t, const struct name *name)
{
    const struct field *f;
    LIST_EACH(f, &t->arrays) {
        if (name_is(&f->name, name->text)) return f;
    }
    return NULL;
}

void policy_check_setting(struct policy *p, const struct type *t, struct setting *s)
{
    if (!policy_check_element(p, &s->field)) return;
    s->array = s->field.text != NULL ? type_array(t, &s->field) : NULL;
    if (s->array != NULL && s->string.text != NULL) {
        policy_check_string(p, s);
        return;
    }
    const struct field *f = s->array != NULL && s->value.at.length == 0 ? NULL : policy_check_field(p, t, &s->field);
    if (f == NULL) return;
    if (s->string.text != NULL)
        diag_error(&p->diag, BH_VALUE_STRING, s->string.at, "`%s` is a number: a string is the value of an array",
                   f->name.text);
    else
        policy_check_field_value(p, &s->value, f, policy_check_field_least(f), policy_check_field_greatest(f),
                                 "the field's value");
}

static void message_settings(struct policy *p, struct message_text *m)
{
    struct setting *s;
    LIST_EACH(s, &m->settings) {
        policy_check_setting(p, m->type, s);
    }
}

/* ---- fields of a union's cases ---- */
static const struct setting *settings_last(const struct message_text *m, const struct field *f)
{
    const struct setting *s, *last = NULL;
    LIST_EACH(s, &m->settings) {
        if (name_is(&s->field, f->name.text) || (f->array != NULL && s->array == f->array)) last = s;
    }
    return last;
}

static const struct field *type_field(const struct type *t, const struct setting *s)
{
    const struct field *f;
    LIST_EACH(f, &t->flat) {
        if (name_is(&f->name, s->field.text)) return f;
    }
    return s->array != NULL && s->array->elements.count > 0 ? s->array->elements.items[0] : NULL;
}

/* What has the field's bytes where the tag has that value; NULL: padding, or no case. */
static const struct field *field_instead(const struct type *t, const struct field *f, uint64_t tag)
{
    const struct field *other;
    LIST_EACH(other, &t->flat) {
        if (other->kind == FIELD_NUMBER && other->tag_field == f->tag_field && tag < 64 && (other->tags >> tag & 1) != 0 &&
            other->offset < f->offset + f->size && f->offset < other->offset + other->size)
            return other;
    }
    return NULL;
}

/* A field of a case with nothing but padding in its place is what a test of that padding writes, and the verdict tells. */
static void setting_case(struct policy *p, const struct message_text *m, const struct setting *s, bool inherited)
{
    const struct field *f = type_field(m->type, s);
    if (f == NULL || f->tag_field == NULL) return;
    const struct setting *own_tag = settings_last(m, f->tag_field), *tag = own_tag;
    if (tag == NULL && m->sample != NULL) tag = settings_last(&m->sample->message, f->tag_field);
    if ((tag != NULL && !tag->value.known) || (inherited && own_tag == NULL)) return;
    wide is = tag != NULL ? tag->value.number : 0;        /* what is not named is 0 */
    const struct field *other = field_instead(m->type, f, (uint64_t)is);
    if (other == NULL || (is < 64 && (f->tags >> is & 1) != 0)) return;
    const char *name = policy_value_name(f->tag_field, is);
    const char *value = name != NULL ? name : policy_check_number_text(p->arena, is);
    diag_error(&p->diag, BH_FIELD_CASE, inherited ? tag->field.at : s->field.at,
               "`%s` is of case %s; with `%s` = %s these bytes are `%s`", s->field.text,
               policy_check_tags_text(p->arena, f->tag_field, f->tags), f->tag_field->name.text, value,
               other->array != NULL ? other->array->name.text : other->name.text);
    if (inherited) diag_note(&p->diag, s->field.at, "the sample sets it");
}

static void setting_twice(struct policy *p, const struct message_text *m, uint32_t index)
{
    const struct setting *s = m->settings.items[index];
    for (uint32_t i = 0; i < index; i++) {
        if (!name_is(&m->settings.items[i]->field, s->field.text)) continue;
        diag_error(&p->diag, BH_SYNTAX_TWICE, s->field.at, "`%s` is given twice", s->field.text);
        diag_note(&p->diag, m->settings.items[i]->field.at, "the first time");
        return;
    }
}

/* The bytes of a message that a setting writes: up to `end`, nothing where its field is not known. */
struct written {
    uint32_t start, end;
};

static struct written setting_bytes(const struct type *t, const struct setting *s)
{
    const struct field *f = type_field(t, s);
    if (f == NULL) return (struct written){ 0 };
    uint32_t elements = s->array != NULL ? s->array->elements.count : 1;
    return (struct written){ f->offset, f->offset + f->size * elements };
}

/* Two that write the same bytes, as an array and an element of it: which counts would hang on their order alone. */
static bool setting_overlaps(struct policy *p, const struct type *t, const struct setting *s, const struct setting *first,
                             const char *where)
{
    struct written own = setting_bytes(t, s), other = setting_bytes(t, first);
    if (own.start >= other.end || other.start >= own.end || name_is(&first->field, s->field.text)) return false;
    diag_error(&p->diag, BH_SYNTAX_TWICE, s->field.at, "`%s` and `%s` are the same bytes, given twice", first->field.text,
               s->field.text);
    diag_note(&p->diag, first->field.at, "%s", where);
    return true;
}

/* Within a block; and over what the sample sets, but for another value of an element. */
static void settings_overlap(struct policy *p, const struct message_text *m, uint32_t index)
{
    const struct setting *s = m->settings.items[index], *first;
    for (uint32_t i = 0; i < index; i++) {
        if (setting_overlaps(p, m->type, s, m->settings.items[i], "the first time")) return;
    }
    for (uint32_t i = 0; m->sample != NULL && i < m->sample->message.settings.count; i++) {
        first = m->sample->message.settings.items[i];
        const struct field *f = type_field(m->type, s), *before = type_field(m->type, first);
        bool same_array = f != NULL && before != NULL && f->array != NULL && f->array == before->array;
        if (!same_array && setting_overlaps(p, m->type, s, first, "the sample sets it")) return;
    }
}

void policy_check_fields(struct policy *p, const struct message_text *m)
{
    const struct setting *s;
    if (m->type == NULL || !policy_check_count(p, m->name.at, m->settings.count, SETTINGS_MAX, "fields of a message")) return;
    LIST_EACH(s, &m->settings) setting_twice(p, m, s_at);
    uint32_t errors = p->diag.errors;
    LIST_EACH(s, &m->settings) setting_case(p, m, s, false);
    if (p->diag.errors == errors) LIST_EACH(s, &m->settings) settings_overlap(p, m, s_at);
    for (uint32_t i = 0; m->sample != NULL && i < m->sample->message.settings.count; i++) {
        const struct field *f = type_field(m->type, m->sample->message.settings.items[i]);
        if (f != NULL && settings_last(m, f) == NULL) setting_case(p, m, m->sample->message.settings.items[i], true);
    }
}

/* ---- messages, samples, steps ---- */
static void message_resolve(struct policy *p, struct message_text *m)
{
    if (m->of_sample) {
        m->sample = names_find(p, NAME_SAMPLE, &m->name);
        m->type = m->sample != NULL ? m->sample->message.type : NULL;
    } else {
        m->type = names_find(p, NAME_TYPE, &m->name);
    }
    if (m->type != NULL) message_settings(p, m);
    policy_check_fields(p, m);
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

static int title_compare(const void *left, const void *right)
{
    const struct test *a = *(const struct test *const *)left, *b = *(const struct test *const *)right;
    int order = strcmp(a->title.text, b->title.text);
    return order != 0 ? order : place_compare(a->title.at, b->title.at);
}

/* PASS and FAIL go by the title. */
static void check_titles(struct policy *p)
{
    struct test *t, **sorted = arena_take(p->arena, (p->tests.count + 1) * sizeof *sorted);
    uint32_t count = 0;
    LIST_EACH(t, &p->tests) {
        if (t->title.text != NULL) sorted[count++] = t;
    }
    if (count > 1) qsort(sorted, count, sizeof *sorted, title_compare);
    for (uint32_t i = 1; i < count; i++) {
        if (strcmp(sorted[i]->title.text, sorted[i - 1]->title.text) != 0) continue;
        diag_error(&p->diag, BH_SYNTAX_TWICE, sorted[i]->title.at, "another test has this title");
        diag_note(&p->diag, sorted[i - 1]->title.at, "the other test");
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
    check_titles(p);
    check_all_times(p);
}
