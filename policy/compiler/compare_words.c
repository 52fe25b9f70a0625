/* SPDX-License-Identifier: Apache-2.0 */
/* Units, constants, enumerations and samples that say something else now: whose they are changed what other files mean. */
#include "compiler/compare.h"
#include "compiler/output.h"
#include "language/check.h"

/* ---- what they say ---- */
static void range_text(struct text *t, const struct range *r)
{
    text_add(t, " %s", policy_check_number_text(t->arena, r->lo.number));
    text_add(t, "..%s", policy_check_number_text(t->arena, r->hi.at.length > 0 ? r->hi.number : r->lo.number));
}

static void word_add(struct arena *a, struct words *words, const char *kind, const struct name *name, const char *says)
{
    if (name->text == NULL) return;
    *LIST_NEW(a, &words->all) = (struct word){ arena_print(a, "%s %s", kind, name->text), says, name->at };
}

static const char *constant_says(struct arena *a, const struct constant *c)
{
    struct text text = { .arena = a };
    const struct side *s;
    const struct range *r;
    text_add(&text, "%s", policy_check_number_text(a, c->value.known ? c->value.number : 0));
    LIST_EACH (s, &c->sides) {
        text_add(&text, "; %s", s->name.text != NULL ? s->name.text : "-");
        range_text(&text, &s->range);
    }
    LIST_EACH (r, &c->values) range_text(&text, r);
    return text.bytes;
}

static const char *enumeration_says(struct arena *a, const struct enumeration *e)
{
    struct text text = { .arena = a };
    const struct enumerator *one;
    text_add(&text, "values");
    LIST_EACH (one, &e->values) {
        text_add(&text, " %s = ", one->name.text != NULL ? one->name.text : "-");
        text_add(&text, "%s", policy_check_number_text(a, one->value.number));
    }
    return text.bytes;
}

/* What is not said of a field is zero, whoever names the type. */
static const char *sample_says(struct arena *a, const struct sample *s)
{
    struct text text = { .arena = a };
    const struct setting *one;
    text_add(&text, "%s", s->message.name.text != NULL ? s->message.name.text : "-");
    LIST_EACH (one, &s->message.settings) {
        text_add(&text, "; %s ", one->field.text != NULL ? one->field.text : "-");
        text_add(&text, "%s", policy_check_number_text(a, one->value.known ? one->value.number : 0));
        text_add(&text, " %s", one->string.text != NULL ? one->string.text : "");
    }
    return text.bytes;
}

static void words_collect(struct words *words, struct arena *a, const struct policy *p)
{
    const struct unit *u;
    const struct constant *c;
    const struct enumeration *e;
    const struct sample *s;
    LIST_EACH (u, &p->units)
        word_add(a, words, "unit", &u->name, arena_print(a, "%lld e-%u", (long long)u->factor.digits, u->factor.decimals));
    LIST_EACH (c, &p->constants) word_add(a, words, "const", &c->name, constant_says(a, c));
    LIST_EACH (s, &p->samples) word_add(a, words, "sample", &s->name, sample_says(a, s));
    LIST_EACH (e, &p->enumerations) word_add(a, words, "enum", &e->name, enumeration_says(a, e));
}

/* An unchanged text uses only words that both policies have. */
void compare_words(struct changes *c)
{
    struct words before = { 0 }, after = { 0 };
    const struct word *w, *old_one;
    words_collect(&before, c->arena, c->old_policy);
    words_collect(&after, c->arena, c->new_policy);
    LIST_EACH (w, &after.all) {
        LIST_EACH (old_one, &before.all) {
            bool other = strcmp(w->key, old_one->key) == 0 && strcmp(w->says, old_one->says) != 0;
            if (other) *LIST_NEW(c->arena, &c->words.all) = *w;
        }
    }
}

/* ---- whose they are ---- */
static bool file_same(const struct policy *p, const struct policy *q, const struct policy *in, struct place at)
{
    const struct source *here = in->sources.files.items[at.file], *there;
    const struct policy *other = in == p ? q : p;
    LIST_EACH (there, &other->sources.files) {
        bool both_root = at.file == 0 && there_at == 0;
        if (both_root || strcmp(here->name, there->name) == 0)
            return here->size == there->size && memcmp(here->text, there->text, here->size) == 0;
    }
    return false;
}

/* Each authority once: it is its part that changed. */
void compare_share(struct changes *c, struct change *told)
{
    const struct change what = *told;
    struct change *change = told;
    const struct word *w, *earlier;
    bool first = true;
    if (!file_same(c->old_policy, c->new_policy, what.in, what.at)) return;
    LIST_EACH (w, &c->words.all) {
        bool again = false;
        const char *whose = facts_authority(c->new_policy, w->at);
        LIST_EACH (earlier, &c->words.all) again |= earlier_at < w_at && facts_authority(c->new_policy, earlier->at) == whose;
        if (again) continue;
        if (!first) change = LIST_NEW(c->arena, &c->all);
        *change = what;
        change->in = c->new_policy;
        change->at = w->at;
        change->authority = whose;
        first = false;
    }
}
