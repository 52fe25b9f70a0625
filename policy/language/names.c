/* SPDX-License-Identifier: Apache-2.0 */
/* The table of names, and the nearest name to a wrong one. */
#include "language/names.h"
#include "language/parser.h"
#include "policy/image.h"

#include <string.h>
#include <strings.h>

#define NAME_MAX_SHORT (IMAGE_NAME - 1)
#define SUGGEST_MAX_WORD 40u

struct name_entry {
    struct name_entry *next;          /* in the same bucket */
    const char *text;
    struct place at;
    enum name_kind kind;
    void *thing;
};

struct names {
    uint32_t bucket_count;            /* a power of two */
    struct name_entry **buckets;
    LIST(struct name_entry) all;
};

static const char *const name_kind_text[NAME_KINDS] = {
    "unit", "constant", "enumeration", "message type", "label", "category", "level of integrity", "wire", "subject", "plan",
    "channel", "direct channel",
    "`allow` rule", "rule of a direct channel", "`restrict` rule", "`privilege`", "protocol", "order",
    "role", "role's rule", "pipeline", "sample", "retired name",
};

static const char *names_article(enum name_kind kind)
{
    return strchr("aeio", name_kind_text[kind][0]) != NULL ? "an" : "a";
}

static struct name_entry **names_bucket(const struct names *n, const char *text)
{
    uint32_t hash = 2166136261u;      /* FNV-1a */
    for (const char *c = text; *c != '\0'; c++) hash = (hash ^ (unsigned char)*c) * 16777619u;
    return &n->buckets[hash & (n->bucket_count - 1)];
}

static struct name_entry *names_entry(const struct names *n, const char *text)
{
    struct name_entry *e = *names_bucket(n, text);
    while (e != NULL && strcmp(e->text, text) != 0) e = e->next;
    return e;
}

/* ---- collecting ---- */
static bool names_is_among(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], text) == 0) return true;
    }
    return false;
}

/* Generated C joins names with two underscores: no name has them, or begins or ends with one. */
static bool names_is_spelled(const char *text)
{
    size_t length = strlen(text);
    return text[0] != '_' && text[length - 1] != '_' && strstr(text, "__") == NULL;
}

bool names_check(struct policy *p, const struct name *name, size_t most)
{
    static const char *const words[] = {
        "idle", "after", "not", "and", "or", "implies", "in", "it", "box", "none", "by", "with"
    };
    const char *text = name->text;
    size_t length = strlen(text);
    if (length > most)
        diag_error(&p->diag, BH_NAME_LONG, name->at, "the name has %zu characters; at most %zu here", length, most);
    else if (names_is_among(text, words, sizeof words / sizeof words[0]))
        diag_error(&p->diag, BH_NAME_WORD, name->at, "`%s` is a word of the language and cannot be a name", text);
    else if (!names_is_spelled(text))
        diag_error(&p->diag, BH_NAME_WORD, name->at, "underscores stand alone between letters or digits: not so in `%s`", text);
    else
        return true;
    return false;
}

static bool names_ends(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length > tail && strcmp(text + length - tail, end) == 0;
}

void names_check_c(struct policy *p, const struct name *name)
{
    static const char *const words[] = {
        "alignas",   "alignof",  "asm",     "auto",   "bool",     "break",  "case",     "char",    "const",
        "constexpr", "continue", "default", "do",     "double",   "else",   "enum",     "extern",  "false",
        "float",     "for",      "goto",    "if",     "inline",   "int",    "long",     "nullptr", "register",
        "restrict",  "return",   "short",   "signed", "sizeof",   "static", "struct",   "switch",  "thread_local",
        "true",      "typedef",  "typeof",  "union",  "unsigned", "void",   "volatile", "while",
        /* macros of compilers and of the headers that are included */
        "unix",      "linux",    "i386",    "NULL",   "static_assert", "offsetof", "va_list", "va_start", "va_end",
        "va_arg",    "va_copy",  "noreturn", "max_align_t", "size_t", "ptrdiff_t", "wchar_t",
    };
    static const char *const ends[] = { "_TYPE", "_VERSION", "_MAX", "_MIN", "_WIDTH", "_H", "_t" };
    /* as macros of the headers begin that SYSTEM_channels.h includes */
    static const char *const macros[] = { "ABI_", "INFO_", "DIRECT_", "SHARED_", "ATOMIC_" };
    if (!names_check(p, name, NAME_MAX_LONG)) return;
    bool taken = names_is_among(name->text, words, sizeof words / sizeof words[0]) || strncmp(name->text, "zero_", 5) == 0;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) taken |= names_ends(name->text, ends[i]);
    for (size_t i = 0; i < sizeof macros / sizeof macros[0]; i++)
        taken |= strncmp(name->text, macros[i], strlen(macros[i])) == 0;
    if (taken)
        diag_error(&p->diag, BH_NAME_WORD, name->at, "`%s` would mean something else in the generated C", name->text);
}

/* The generated C numbers things by names that begin so, and has an enumeration of each kind named by the system. */
static const struct names_series { const char *prefix, *tag, *things; } names_series[] = {
    { "SUBJECT", "subject", "subjects" }, { "CHANNEL", "channel", "channels" }, { "DIRECT", "direct", "direct channels" },
    { "PLAN", "plan", "plans" }, { "PRIVILEGE", "privilege", "privileges" }, { "RULE", "rule", "rules" },
    { "open", NULL, "functions of channels" }, { "queue", NULL, "functions of channels" },
    { "send", NULL, "functions of channels" }, { "receive", NULL, "functions of channels" },
};

/* Structures and enumerations of the headers that SYSTEM_channels.h includes. */
static const char *const names_library[] = {
    "call_answer", "subject_info", "info_call", "info_channel", "info_direction", "info_ring", "abi_call", "abi_module",
    "abi_status", "message_header", "inbox_header", "sender", "sender_result", "receiver", "receive_result", "pace",
    "send_result", "send_batch", "memory_order", "direct_acknowledgement", "direct_file", "direct_receiver", "direct_result",
    "direct_ring", "direct_sender", "direct_type",
};

/* What follows DIRECT_ there. */
static const char *const names_direct[] = {
    "LENGTH_BITS", "TYPE_BITS", "KIND_BITS", "KIND_MASK", "BUSY", "ONE", "MAX_TYPE", "MAX_LENGTH", "MAX_SLOTS", "LINE", "COLD",
    "FAR", "AHEAD", "AHEAD_BYTES", "UNLIKELY", "EMPTY", "TAKEN", "LOST", "REFUSED", "CORRUPT",
};

/*
 * A type's functions are TYPE_valid and the like, an enumeration's values ENUM__value: both might be one of a series. The
 * whole series is kept free, so that a subject or rule that is added later breaks no type.
 */
static void names_check_series(struct policy *p, enum name_kind kind, const struct name *name)
{
    const char *system = p->system.text != NULL ? p->system.text : "";
    size_t length = strlen(system);
    bool of_system = length > 0 && strncmp(name->text, system, length) == 0 && name->text[length] == '_';
    for (size_t i = 0; i < sizeof names_series / sizeof names_series[0]; i++) {
        const struct names_series *s = &names_series[i];
        size_t prefix = strlen(s->prefix);
        bool begins = strncmp(name->text, s->prefix, prefix) == 0;
        if (of_system && s->tag != NULL && strcmp(name->text + length + 1, s->tag) == 0)
            diag_error(&p->diag, BH_NAME_WORD, name->at, "`%s` would collide with `enum %s_%s` of the generated C", name->text,
                       system, s->tag);
        else if (begins && (name->text[prefix] == '_' || (kind == NAME_TYPE && name->text[prefix] == '\0')))
            diag_error(&p->diag, BH_NAME_WORD, name->at, "`%s` would collide with the generated C, where the %s are `%s_...`",
                       name->text, s->things, s->prefix);
    }
    if (names_is_among(name->text, names_library, sizeof names_library / sizeof names_library[0]))
        diag_error(&p->diag, BH_NAME_WORD, name->at, "`%s` would collide with the guest library's", name->text);
}

/* The system's own functions, SYSTEM_is_zero and the like, might be one of a series. */
void names_check_system(struct policy *p, size_t most)
{
    const struct name *system = &p->system;
    if (!names_check(p, system, most)) return;
    for (size_t i = 0; i < sizeof names_series / sizeof names_series[0]; i++) {
        const struct names_series *s = &names_series[i];
        size_t prefix = strlen(s->prefix);
        char behind = strncmp(system->text, s->prefix, prefix) == 0 ? system->text[prefix] : 'x';
        const char *tag = s->tag != NULL ? arena_print(p->arena, "%s_%s", system->text, s->tag) : "";
        if (names_is_among(tag, names_library, sizeof names_library / sizeof names_library[0]))
            diag_error(&p->diag, BH_NAME_WORD, system->at,
                       "`enum %s` of the generated C would collide with the guest library's", tag);
        if (behind != '_' && behind != '\0') continue;
        diag_error(&p->diag, BH_NAME_WORD, system->at, "`%s` would collide with the generated C, where the %s are `%s_...`",
                   system->text, s->things, s->prefix);
    }
}

/* A record that names a rule must not be taken for a built-in denial. */
static void names_check_rule(struct policy *p, const struct name *name)
{
    static const char *const builtin[] = {
#define NAMES_BUILTIN(id, text) text,
        IMAGE_BUILTIN_RULES(NAMES_BUILTIN)
#undef NAMES_BUILTIN
    };
    if (names_check(p, name, NAME_MAX_LONG) && names_is_among(name->text, builtin, sizeof builtin / sizeof builtin[0]))
        diag_error(&p->diag, BH_NAME_WORD, name->at, "`%s` is the name of a built-in denial", name->text);
}

static void names_check_unit(struct policy *p, const struct name *name)
{
    if (names_check(p, name, NAME_MAX_LONG) && parser_follows_number(name->text))
        diag_error(&p->diag, BH_NAME_WORD, name->at, "`%s` may stand behind a number without being its unit", name->text);
}

static bool names_is_rule(enum name_kind kind)
{
    return kind == NAME_ALLOW || kind == NAME_DIRECT_ALLOW || kind == NAME_RESTRICT || kind == NAME_PRIVILEGE ||
           kind == NAME_PROTOCOL || kind == NAME_ORDER || kind == NAME_ROLE_RULE || kind == NAME_RETIRED;
}

static bool names_is_short(enum name_kind kind)
{
    return kind == NAME_SUBJECT || kind == NAME_PLAN || kind == NAME_CHANNEL || kind == NAME_DIRECT;
}

static void names_check_kind(struct policy *p, enum name_kind kind, const struct name *name)
{
    if (strchr(name->text, '.') != NULL) return;      /* made of two that are checked: roles.c */
    if (kind == NAME_TYPE || kind == NAME_ENUM) {
        names_check_c(p, name);
        names_check_series(p, kind, name);
    } else if (names_is_rule(kind)) {
        names_check_rule(p, name);
    } else if (kind == NAME_UNIT) {
        names_check_unit(p, name);
    } else if (kind == NAME_DIRECT && names_is_among(name->text, names_direct, sizeof names_direct / sizeof names_direct[0])) {
        diag_error(&p->diag, BH_NAME_WORD, name->at, "`DIRECT_%s` would collide with the guest library's", name->text);
    } else {
        names_check(p, name, names_is_short(kind) ? NAME_MAX_SHORT : NAME_MAX_LONG);
    }
}

static void names_add(struct policy *p, enum name_kind kind, const struct name *name, void *thing)
{
    if (name->text == NULL) return;
    names_check_kind(p, kind, name);
    struct name_entry *first = names_entry(p->names, name->text);
    if (first != NULL && first->kind == NAME_RETIRED && kind != NAME_RETIRED) {
        diag_error(&p->diag, BH_NAME_RETIRED, name->at, "`%s` is retired: give this %s a name that was never used", name->text,
                   name_kind_text[kind]);
        diag_note(&p->diag, first->at, "retired here; old records name another rule so");
        return;
    }
    if (first != NULL) {
        diag_error(&p->diag, BH_NAME_TWICE, name->at, "`%s` is already the name of %s %s", name->text,
                   names_article(first->kind), name_kind_text[first->kind]);
        diag_note(&p->diag, first->at, "declared here; every name in a policy is unique");
        return;
    }
    struct name_entry *e = LIST_NEW(p->arena, &p->names->all);
    struct name_entry **bucket = names_bucket(p->names, name->text);
    *e = (struct name_entry){ *bucket, name->text, name->at, kind, thing };
    *bucket = e;
}

/* Retired names come first, so that whoever takes one is the one to be told. */
#define NAMES_LISTS(X)                                                                                                     \
    X(NAME_RETIRED, retirements)                                                                                           \
    X(NAME_UNIT, units) X(NAME_CONSTANT, constants) X(NAME_ENUM, enumerations) X(NAME_TYPE, types)                         \
    X(NAME_LEVEL, levels) X(NAME_CATEGORY, categories) X(NAME_INTEGRITY, integrities) X(NAME_EXTERNAL, externals)          \
    X(NAME_SUBJECT, subjects) X(NAME_PLAN, plans) X(NAME_CHANNEL, channels) X(NAME_DIRECT, directs) X(NAME_ALLOW, allows)  \
    X(NAME_DIRECT_ALLOW, direct_allows) X(NAME_RESTRICT, restricts) X(NAME_PRIVILEGE, privileges)                          \
    X(NAME_PROTOCOL, protocols) X(NAME_ORDER, orders) X(NAME_ROLE, roles) X(NAME_ROLE_RULE, role_rules)                    \
    X(NAME_PIPELINE, pipelines) X(NAME_SAMPLE, samples)

void names_collect(struct policy *p)
{
    uint32_t total = 0;
#define NAMES_COUNT(kind, list) total += p->list.count;
    NAMES_LISTS(NAMES_COUNT)
#undef NAMES_COUNT
    p->names = arena_take(p->arena, sizeof *p->names);
    for (p->names->bucket_count = 16; p->names->bucket_count < total; p->names->bucket_count *= 2) {}
    p->names->buckets = arena_take(p->arena, p->names->bucket_count * sizeof *p->names->buckets);
#define NAMES_ADD(kind, list)                                                                                              \
    for (uint32_t i = 0; i < p->list.count; i++) names_add(p, kind, &p->list.items[i]->name, p->list.items[i]);
    NAMES_LISTS(NAMES_ADD)
#undef NAMES_ADD
}

/* ---- finding ---- */
void *names_look(const struct policy *p, enum name_kind kind, const char *text)
{
    const struct name_entry *e = names_entry(p->names, text);
    return e != NULL && e->kind == kind ? e->thing : NULL;
}

struct place names_place(const struct policy *p, const char *text)
{
    const struct name_entry *e = names_entry(p->names, text);
    return e != NULL ? e->at : PLACE_NOWHERE;
}

const char *names_suggest_any(const struct policy *p, const char *text)
{
    const struct name_entry *e;
    const char **words = arena_take(p->arena, (p->names->all.count + 1) * sizeof *words);
    LIST_EACH(e, &p->names->all) words[e_at] = e->text;
    return names_suggest(p->arena, text, words, p->names->all.count);
}

static const char *names_suggest_kind(struct policy *p, enum name_kind kind, const char *text)
{
    const struct name_entry *e;
    const char **words = arena_take(p->arena, (p->names->all.count + 1) * sizeof *words);
    size_t count = 0;
    LIST_EACH(e, &p->names->all) {
        if (e->kind == kind) words[count++] = e->text;
    }
    return names_suggest(p->arena, text, words, count);
}

void *names_find(struct policy *p, enum name_kind kind, const struct name *name)
{
    if (name->text == NULL) return NULL;
    const struct name_entry *e = names_entry(p->names, name->text);
    if (e != NULL && e->kind == kind) return e->thing;
    const char *near = p->diag.errors < DIAG_MAX ? names_suggest_kind(p, kind, name->text) : "";
    diag_error(&p->diag, BH_NAME_UNKNOWN, name->at, "there is no %s `%s`%s", name_kind_text[kind], name->text, near);
    if (e != NULL)
        diag_note(&p->diag, e->at, "`%s` is %s %s", name->text, names_article(e->kind), name_kind_text[e->kind]);
    return NULL;
}

/* ---- suggesting ---- */
/* Letters to insert, remove or replace, and neighbours to swap, to get from one word to the other. */
static size_t names_distance(const char *a, const char *b)
{
    size_t rows[3][SUGGEST_MAX_WORD + 1], *before = rows[0], *last = rows[1], *row = rows[2];
    size_t length = strlen(b);
    if (strlen(a) > SUGGEST_MAX_WORD || length > SUGGEST_MAX_WORD) return SIZE_MAX;
    for (size_t j = 0; j <= length; j++) before[j] = last[j] = j;
    for (size_t i = 1; i <= strlen(a); i++) {
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t best = last[j - 1] + (a[i - 1] != b[j - 1]);
            if (last[j] + 1 < best) best = last[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && before[j - 2] + 1 < best) best = before[j - 2] + 1;
            row[j] = best;
        }
        size_t *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[length];
}

const char *names_suggest(struct arena *a, const char *text, const char *const *words, size_t count)
{
    const char *best = NULL;
    size_t least = strlen(text) / 3;          /* a third of the letters may be wrong */
    for (size_t i = 0; i < count; i++) {
        size_t distance = strcasecmp(text, words[i]) == 0 ? 0 : names_distance(text, words[i]);
        if (distance > least || (best != NULL && distance == least)) continue;
        best = words[i];
        least = distance;
    }
    return best == NULL ? "" : arena_print(a, "; did you mean `%s`?", best);
}
