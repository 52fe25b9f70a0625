/* SPDX-License-Identifier: Apache-2.0 */
/* See entry.h. Every byte is untrusted. */
#include "entry.h"
#include <string.h>

#define ELEMENT "[bulkhead@32473"
#define START " - - bulkhead - start " ELEMENT " "

struct parameter { struct slice name, value; };

/* Takes characters up to the next space or the end; they are printable ASCII, and there is one at least. */
static bool take_word(struct slice *s, struct slice *word)
{
    size_t size = 0;
    while (size < s->size && s->data[size] > ' ' && s->data[size] <= '~') size++;
    *word = (struct slice){ s->data, size };
    *s = (struct slice){ s->data + size, s->size - size };
    return size > 0 && (s->size == 0 || s->data[0] == ' ');
}

/* Takes `name="value"`; a value ends at the first quote that is not escaped. */
static bool take_parameter(struct slice *s, struct parameter *p)
{
    size_t size = 0;
    while (size < s->size && s->data[size] >= 'a' && s->data[size] <= 'z') size++;
    p->name = (struct slice){ s->data, size };
    *s = (struct slice){ s->data + size, s->size - size };
    if (size == 0 || !slice_take(s, "=\"")) return false;
    for (size = 0; size < s->size && s->data[size] != '"'; size++) {
        if (s->data[size] == '\\' && size + 1 < s->size) size++;
    }
    if (size >= s->size) return false;
    p->value = (struct slice){ s->data, size };
    *s = (struct slice){ s->data + size + 1, s->size - size - 1 };
    return true;
}

static struct slice *name_field(struct entry *e, struct slice name)
{
    if (slice_is(name, "subject")) return &e->subject;
    if (slice_is(name, "channel")) return &e->channel;
    if (slice_is(name, "type")) return &e->type;
    if (slice_is(name, "field")) return &e->field;
    if (slice_is(name, "rule")) return &e->rule;
    if (slice_is(name, "at")) return &e->place;
    return NULL;
}

/* The parameters of the element, up to its end. Whether their text agrees with the record is checked later, as a whole. */
static const char *parse_element(struct slice *s, struct entry *e, bool *has_record)
{
    struct parameter p;
    while (!slice_take(s, "]")) {
        if (!slice_take(s, " ") || !take_parameter(s, &p)) return "its structured data is damaged";
        struct slice *field = name_field(e, p.name);
        if (field != NULL) *field = p.value;
        if (!slice_is(p.name, "record")) continue;
        if (*has_record || !slice_take_hex(&p.value, &e->record, sizeof e->record) || p.value.size != 0) {
            return "its record is damaged";
        }
        *has_record = true;
    }
    return s->size == 0 || s->data[0] == ' ' ? NULL : "its structured data is damaged";
}

static bool take_head(struct slice *s, struct entry *e, struct slice *message_id)
{
    struct slice word;
    if (!slice_take(s, "<") || !slice_take_number(s, &e->priority) || !slice_take(s, ">1 ")) return false;
    if (!take_word(s, &word) || !slice_take(s, " ") || !take_word(s, &word) || !slice_take(s, " ")) return false;
    e->body = *s;
    if (!slice_take(s, "bulkhead ") || !take_word(s, &word) || !slice_take(s, " ")) return false;
    return take_word(s, message_id) && slice_take(s, " ");
}

static const char *parse(struct slice s, struct entry *e)
{
    struct slice id = { 0 };
    bool has_record = false;
    if (!take_head(&s, e, &id)) return "it is no line of the audit subject";
    if (slice_take(&s, ELEMENT)) {
        const char *damage = parse_element(&s, e, &has_record);
        if (damage != NULL) return damage;
    } else if (!slice_begins(s, "-")) {
        return "its structured data is damaged";
    }
    if (has_record) {
        e->kind = ENTRY_RECORD;
    } else if (slice_is(id, "start")) {
        e->kind = ENTRY_START;
    } else if (slice_is(id, "status") || slice_is(id, "remark")) {
        e->kind = ENTRY_REMARK;
    } else {
        return "it carries no record";
    }
    return NULL;
}

struct entry entry_parse(struct slice line)
{
    struct entry e = { .kind = ENTRY_DAMAGED };
    e.damage = parse(line, &e);
    if (e.damage != NULL) e.kind = ENTRY_DAMAGED;
    return e;
}

bool entry_cut_before_start(struct slice *line)
{
    for (size_t i = 1; i < line->size; i++) {
        struct slice rest = { line->data + i, line->size - i };
        uint64_t priority;
        struct slice start = rest;
        if (!slice_take(&start, "<") || !slice_take_number(&start, &priority) || !slice_take(&start, ">1" START)) continue;
        *line = rest;
        return true;
    }
    return false;
}
