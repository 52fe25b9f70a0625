/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long what has begun before a window's end may take: the way to the next window, and before it a message that is judged.
 * Whoever sends one just before its window ends has all of it done: the kernel looks at the clock between messages only. Each
 * number is at least the instructions that the kernel's code takes (test_starts.py sends the longest). One that has caches to
 * miss takes more ticks for them; its 20 us are tens of thousands.
 */
#include "compiler/margin.h"

#include "channels/message.h"

#include <stddef.h>

enum {
    SWITCH = 2500,                    /* an exit, the clearing of what the processor keeps, the way to the wait */
    WINDOW = 12,                      /* of the table, where another CPU's or plan's lies on this way */
    MESSAGE = 1500,                   /* the call, the copy's header, verdict, record and event, whatever the message is */
    BYTE = 2,                         /* copied in and out */
    FIELD = 80,                       /* one look at a field; only the first that is refused is looked at twice */
    TAG = 50,                         /* a tag, on the way to whether a field exists */
    ATOM = 60, GRANT = 16, RESTRICT = 120,
    STEP = 50, TIMEOUT = 40
};

/* How many tags decide whether a field exists; image_check(): a tag stands before what it governs. */
static uint64_t tags_above(const struct image_field *fields, const struct image_field *f)
{
    uint64_t count = 0;
    for (; f->tag != IMAGE_NONE; f = &fields[f->tag]) count++;
    return count;
}

static uint64_t type_ticks(const struct policy_tables *t, const struct image_type *type)
{
    const struct image_field *fields = &t->fields[type->first_field];
    uint64_t ticks = (uint64_t)ATOM * type->atom_count;
    for (const struct image_field *f = fields; f < fields + type->field_count; f++) {
        ticks += FIELD + 2 * TAG * tags_above(fields, f);
    }
    return ticks;
}

static uint64_t protocol_ticks(const struct image_protocol *p)
{
    return (uint64_t)STEP * p->step_count + (uint64_t)IMAGE_MAX_STATES * TIMEOUT * p->timeout_count;
}

static uint64_t rule_ticks(const struct policy_tables *t, const struct image_rule *r)
{
    uint64_t ticks = r->protocol != IMAGE_NONE ? protocol_ticks(&t->protocols[r->protocol]) : 0;
    for (;; r = &t->rules[r->next]) {
        ticks += RESTRICT + (uint64_t)ATOM * r->atom_count;
        if (r->next == 0) return ticks;
    }
}

/* The longest type that fits into the largest slot: whatever the channel, its sender may try any that fits. */
static uint64_t longest_type(const struct policy_tables *t)
{
    uint64_t most = 0, room = 0;
    for (uint32_t i = 0; i < t->channels_count; i++) {
        if (t->channels[i].slot_size > room) room = t->channels[i].slot_size;
    }
    for (uint32_t i = 0; i < t->types_count; i++) {
        uint64_t ticks = t->types[i].size + sizeof(struct message_header) <= room ? type_ticks(t, &t->types[i]) : 0;
        if (ticks > most) most = ticks;
    }
    return most;
}

/* A verdict of a protocol is made again when another CPU has moved the protocol meanwhile. */
static uint64_t channel_ticks(const struct policy_tables *t, const struct image_channel *c, uint64_t type)
{
    uint64_t rule = 0, tries = 1;
    for (uint32_t i = c->first_rule; i < c->first_rule + c->rule_count; i++) {
        uint64_t ticks = rule_ticks(t, &t->rules[i]);
        if (ticks > rule) rule = ticks;
        if (t->rules[i].protocol != IMAGE_NONE) tries = IMAGE_COMMIT_TRIES;
    }
    return MESSAGE + (uint64_t)BYTE * c->slot_size + tries * (type + rule + (uint64_t)GRANT * c->rule_count);
}

uint64_t margin_ticks(const struct policy_tables *t, uint32_t *channel)
{
    uint64_t way = SWITCH + (uint64_t)WINDOW * t->windows_count, most = IMAGE_MARGIN_LEAST, type = longest_type(t);
    uint32_t longest = IMAGE_NONE;
    if (most < way) most = way;
    for (uint32_t i = 0; i < t->channels_count; i++) {
        uint64_t ticks = way + channel_ticks(t, &t->channels[i], type);
        if (ticks <= most) continue;
        most = ticks;
        longest = i;
    }
    if (channel != NULL) *channel = longest;
    return most;
}
