/* SPDX-License-Identifier: Apache-2.0 */
/* bulkhead explain: reads the question from the command line, prints the answer. */
#include "compiler/command_explain.h"
#include "compiler/explain.h"
#include "compiler/output.h"
#include "compiler/progress.h"
#include "language/check.h"

#include <ctype.h>

enum { WORD_SUBJECT = 1, WORD_MESSAGE, WORD_CHANNEL, WORD_FIRST_FIELD };

/* ---- the command line as sources of the policy, so that what is wrong there is shown as everywhere ---- */
/* `lat=60deg` becomes `lat=60 deg`: in a policy a unit stands apart, in a shell that would need quotes. */
static const char *with_space_before_unit(struct arena *a, const char *word)
{
    const char *at = strchr(word, '=');
    if (at == NULL) return word;
    for (at++; *at == ' ' || *at == '-';) at++;
    if (!isdigit((unsigned char)*at) || strncmp(at, "0x", 2) == 0) return word;
    while (isdigit((unsigned char)*at) || *at == '_' || *at == '.') at++;
    return isalpha((unsigned char)*at) ? arena_print(a, "%.*s %s", (int)(at - word), word, at) : word;
}

/* A whole array's value is taken as it stands, with or without quotes: a shell removes them. */
static bool read_array(struct policy *p, const char *word, const struct name *at, struct message_text *m)
{
    const struct field *f;
    size_t length = strcspn(word, "=");
    LIST_EACH(f, &m->type->arrays) {
        if (word[length] == '\0' || strlen(f->name.text) != length || strncmp(f->name.text, word, length) != 0) continue;
        const char *text = word + length + 1;
        size_t size = strlen(text);
        bool quoted = size >= 2 && text[0] == '"' && text[size - 1] == '"';
        struct setting *s = LIST_NEW(p->arena, &m->settings);
        s->field = (struct name){ f->name.text, at->at };
        s->string = (struct name){ arena_copy_text(p->arena, text + quoted, size - 2u * quoted), at->at };
        policy_check_setting(p, m->type, s);
        return true;
    }
    return false;
}

static void read_setting(struct policy *p, const char *word, struct message_text *m)
{
    struct parser parser;
    struct name at = command_word(p, with_space_before_unit(p->arena, word));
    if (m->type != NULL && read_array(p, word, &at, m)) return;
    parser_start(&parser, p, at.at.file);
    struct setting *s = LIST_NEW(p->arena, &m->settings);
    s->field = parser_element(&parser, "a field, as in `field=value`");
    parser_need_mark(&parser, "=");
    s->value = parser_value(&parser);
    command_need_end(&parser);
    if (!parser.failed && m->type != NULL) policy_check_setting(p, m->type, s);
}

static void read_message(struct policy *p, const struct options *o, struct message_text *m)
{
    struct name name = command_word(p, o->words[WORD_MESSAGE]);
    m->sample = names_look(p, NAME_SAMPLE, name.text);
    m->type = m->sample != NULL ? m->sample->message.type : names_find(p, NAME_TYPE, &name);
    for (unsigned i = WORD_FIRST_FIELD; i < o->word_count; i++) read_setting(p, o->words[i], m);
    policy_check_fields(p, m);
}

/* ---- the answer ---- */
static const char *place_text(const struct policy *p, struct place at)
{
    if (at.file >= p->sources.files.count) return "";
    return arena_print(p->arena, "%s:%u", p->sources.files.items[at.file]->shown, source_position(&p->sources, at).line);
}

static void text_reasons(const struct policy *p, const explain_reasons *reasons, const char *indent, struct text *t)
{
    const struct explain_reason *r;
    LIST_EACH(r, reasons) {
        text_add(t, "%s", indent);
        if (r->at.file < p->sources.files.count) text_add(t, "%s: ", place_text(p, r->at));
        text_add_clean(t, r->text);
        text_add(t, "\n");
    }
}

static const char *check_state(const struct explanation *e, uint32_t check)
{
    return check < e->failed ? "passed" : check == e->failed ? "failed" : "not reached";
}

/* Green for what lets the message pass, red for what does not. */
static void text_coloured(struct text *t, const char *word)
{
    bool good = strcmp(word, "allow") == 0 || strcmp(word, "passed") == 0, bad = word[0] == 'd' || word[0] == 'f';
    bool colour = (good || bad) && progress_may_colour(stdout);
    text_add(t, "%s%s%s", !colour ? "" : good ? "\x1b[32m" : "\x1b[31m", word, colour ? "\x1b[0m" : "");
}

static void text_unjudged(const struct policy *p, const struct explanation *e, struct text *t)
{
    text_add(t, "not judged; ");
    if (e->expects != NULL) text_add(t, "let by %s at %s\n", e->expects->text, place_text(p, e->expects->at));
    else text_add(t, "no rule is for it\n");
    text_reasons(p, &e->reasons, "      ", t);
}

static void text_answer(const struct judge *j, const struct explanation *e, struct text *t)
{
    const struct policy *p = j->build->policy;
    if (e->unjudged) {
        text_unjudged(p, e, t);
        return;
    }
    const char *place = place_text(p, judge_verdict_place(j, &e->verdict)), *role = judge_role(j, &e->verdict);
    text_coloured(t, e->verdict.allowed ? "allow" : "deny");
    text_add(t, " by %s%s%s%s\n", judge_verdict_name(j, &e->verdict),
             role != NULL ? arena_print(p->arena, " (role %s)", role) : "",
             *place != '\0' ? " at " : ", which is built in", place);
    for (uint32_t i = 0; i < e->check_count; i++) {
        text_add(t, "  %-14s", e->checks[i]);
        text_coloured(t, check_state(e, i));
        text_add(t, "\n");
        if (i == e->failed) text_reasons(p, &e->reasons, "      ", t);
    }
    if (e->verdict.allowed) return;
    if (e->nearest == NULL) {
        text_add(t, "the policy has no `%s`\n", e->kind);
        return;
    }
    text_add(t, "nearest rule: %s at %s\n", e->nearest->text, place_text(p, e->nearest->at));
    text_reasons(p, &e->nearest_reasons, "      ", t);
}

static void json_place(const struct policy *p, struct place at, struct text *t)
{
    if (at.file >= p->sources.files.count) return;
    text_add(t, ", \"file\": ");
    text_add_json(t, p->sources.files.items[at.file]->path);
    text_add(t, ", \"line\": %u", source_position(&p->sources, at).line);
}

static void json_reasons(const struct policy *p, const explain_reasons *reasons, struct text *t)
{
    const struct explain_reason *r;
    text_add(t, "[");
    LIST_EACH(r, reasons) {
        text_add(t, "%s{ \"reason\": ", r_at > 0 ? ", " : "");
        text_add_json(t, r->text);
        json_place(p, r->at, t);
        text_add(t, " }");
    }
    text_add(t, "]");
}

static void json_unjudged(const struct policy *p, const struct explanation *e, struct text *t)
{
    text_add(t, "{ \"verdict\": \"not judged\", \"rule\": ");
    if (e->expects != NULL) {
        text_add(t, "\"%s\"", e->expects->text);
        json_place(p, e->expects->at, t);
    } else {
        text_add(t, "null");
    }
    text_add(t, ",\n  \"checks\": [], \"reasons\": ");
    json_reasons(p, &e->reasons, t);
    text_add(t, ", \"nearest\": null }\n");
}

static void json_answer(const struct judge *j, const struct explanation *e, struct text *t)
{
    const struct policy *p = j->build->policy;
    if (e->unjudged) {
        json_unjudged(p, e, t);
        return;
    }
    text_add(t, "{ \"verdict\": \"%s\", \"rule\": \"%s\"", e->verdict.allowed ? "allow" : "deny",
             judge_verdict_name(j, &e->verdict));
    if (judge_role(j, &e->verdict) != NULL) text_add(t, ", \"role\": \"%s\"", judge_role(j, &e->verdict));
    json_place(p, judge_verdict_place(j, &e->verdict), t);
    text_add(t, ",\n  \"checks\": [");
    for (uint32_t i = 0; i < e->check_count; i++)
        text_add(t, "%s\n    { \"check\": \"%s\", \"result\": \"%s\" }", i > 0 ? "," : "", e->checks[i], check_state(e, i));
    text_add(t, "\n  ],\n  \"reasons\": ");
    json_reasons(p, &e->reasons, t);
    text_add(t, ",\n  \"nearest\": ");
    if (e->nearest != NULL) {
        text_add(t, "{ \"rule\": \"%s\"", e->nearest->text);
        json_place(p, e->nearest->at, t);
        text_add(t, ", \"reasons\": ");
        json_reasons(p, &e->nearest_reasons, t);
        text_add(t, " }");
    } else {
        text_add(t, "null");
    }
    text_add(t, " }\n");
}

/* `SUBJECT switch|restart|stop|give OBJECT`; a type or a sample of that name comes first. */
static bool asks_for_use(const struct policy *p, const struct options *o, struct explain_use *use)
{
    const char *word = o->words[WORD_MESSAGE];
    return names_look(p, NAME_SAMPLE, word) == NULL && names_look(p, NAME_TYPE, word) == NULL && explain_act(word, &use->kind);
}

static void read_use(struct policy *p, const struct options *o, struct explain_use *use)
{
    struct name object = command_word(p, o->words[WORD_CHANNEL]);
    if (use->kind == PRIVILEGE_SWITCH) use->plan = names_find(p, NAME_PLAN, &object);
    else use->target = names_find(p, NAME_SUBJECT, &object);
    if (o->word_count <= WORD_FIRST_FIELD) return;
    struct name more = command_word(p, o->words[WORD_FIRST_FIELD]);
    diag_error(&p->diag, BH_SYNTAX, more.at, "a privilege carries no message: there are no fields");
}

static void read_plan(struct policy *p, struct judge *j, const char *word)
{
    struct name name = command_word(p, word);
    const struct plan *plan = names_find(p, NAME_PLAN, &name);
    for (uint32_t i = 0; plan != NULL && i < p->plans.count; i++) {
        if (p->plans.items[i] == plan) j->plan = i;
    }
}

int command_explain(struct arena *a, const struct options *o)
{
    struct policy p;
    struct build b;
    struct judge j;
    struct explanation e;
    struct message_text message = { 0 };
    struct explain_use use = { 0 };
    struct text text = { .arena = a };
    if (!command_read_policy(a, o, &p, &b) || p.diag.errors > 0) return command_print_result(&p, o);
    judge_open(&j, &b);
    bool is_use = asks_for_use(&p, o, &use);
    struct name subject = command_word(&p, o->words[WORD_SUBJECT]), channel = command_word(&p, o->words[WORD_CHANNEL]);
    struct explain_question q = { names_find(&p, NAME_SUBJECT, &subject), &message, NULL };
    const struct direct *direct = names_look(&p, NAME_DIRECT, channel.text);
    use.subject = q.subject;
    if (is_use) {
        read_use(&p, o, &use);
    } else {
        if (direct == NULL) q.channel = names_find(&p, NAME_CHANNEL, &channel);
        read_message(&p, o, &message);
    }
    if (o->value[OPTION_STATE] != NULL) command_read_states(&p, &j, o->value[OPTION_STATE]);
    if (o->value[OPTION_PLAN] != NULL) read_plan(&p, &j, o->value[OPTION_PLAN]);
    if (p.diag.errors > 0) {
        command_print_result(&p, o);
        return EXIT_USAGE;
    }
    if (is_use) explain_operation(&j, &use, &e);
    else if (direct != NULL) explain_direct(&j, q.subject, message.type, direct, &e);
    else explain(&j, &q, &e);
    (o->json ? json_answer : text_answer)(&j, &e, &text);
    return fwrite(text.bytes, 1, text.size, stdout) == text.size ? EXIT_GOOD : EXIT_USAGE;
}
