/* SPDX-License-Identifier: Apache-2.0 */
/* Checks channels: their ends, that both halves hold the messages that they carry, and that their rules are theirs. */
#include "channels/message.h"
#include "check.h"

/* Whether region `index` is of this kind, belongs to channel `channel` and has `size` bytes at least. */
static bool holds(const struct policy_tables *t, uint32_t index, uint32_t kind, uint32_t channel, uint64_t size)
{
    if (index >= t->regions_count) return false;
    const struct image_region *r = &t->regions[index];
    return r->kind == kind && r->owner == channel && r->size >= size;
}

static struct image_check_result check_ends(const struct policy_tables *t, uint32_t i)
{
    const struct image_channel *c = &t->channels[i];
    ENSURE(check_name(c->name, IMAGE_NAME), CHANNEL_NAME, i);
    ENSURE(check_stands_alone(t, c->sender) && check_stands_alone(t, c->receiver) && c->sender != c->receiver, CHANNEL_ENDS, i);
    ENSURE(c->depth >= 1 && c->slots >= 1, CHANNEL_SLOTS, i);
    ENSURE(c->slot_size >= sizeof(struct message_header) && c->slot_size <= IMAGE_MAX_MESSAGE, CHANNEL_SLOTS, i);
    ENSURE(c->slot_size % 16 == 0, CHANNEL_SLOTS, i);
    uint64_t outbox = (uint64_t)c->slots * c->slot_size;
    uint64_t inbox = sizeof(struct inbox_header) + (uint64_t)c->depth * c->slot_size;
    ENSURE(holds(t, c->outbox_region, IMAGE_REGION_OUTBOX, i, outbox), CHANNEL_OUTBOX, i);
    ENSURE(holds(t, c->inbox_region, IMAGE_REGION_INBOX, i, inbox), CHANNEL_INBOX, i);
    ENSURE(c->feedback <= IMAGE_FEEDBACK_FULL, CHANNEL_FEEDBACK, i);
    return CHECK_PASSED;
}

/* The channel's own rules: `allow` alone, one a type in rising order, each type small enough for a slot. */
static struct image_check_result check_allows(const struct policy_tables *t, uint32_t i)
{
    const struct image_channel *c = &t->channels[i];
    /*@ loop invariant c->first_rule <= k <= c->first_rule + c->rule_count;
        loop assigns k;
        loop variant c->first_rule + c->rule_count - k; */
    for (uint32_t k = c->first_rule; k < c->first_rule + c->rule_count; k++) {
        const struct image_rule *rule = &t->rules[k];
        ENSURE(rule->kind == IMAGE_RULE_ALLOW && rule->channel == i && rule->type < t->types_count, CHANNEL_ALLOW, i);
        ENSURE(k == c->first_rule || rule->type > rule[-1].type, CHANNEL_ALLOW, i);
        ENSURE(sizeof(struct message_header) + t->types[rule->type].size <= c->slot_size, CHANNEL_CARRIES, i);
    }
    return CHECK_PASSED;
}

/* Needs subjects, regions and types. */
struct image_check_result check_channels(const struct policy_tables *t)
{
    uint64_t events[IMAGE_MAX_SUBJECTS] = { 0 };          /* bits that each receiver has been given */
    uint32_t taken = 0;
    /*@ loop invariant 0 <= i <= t->channels_count && channels_pass(t, i);
        loop assigns i, taken, events[0 .. IMAGE_MAX_SUBJECTS - 1];
        loop variant t->channels_count - i; */
    for (uint32_t i = 0; i < t->channels_count; i++) {
        const struct image_channel *c = &t->channels[i];
        TRY(check_ends(t, i));
        ENSURE(c->event < IMAGE_MAX_EVENTS && (events[c->receiver] >> c->event & 1) == 0, CHANNEL_EVENT, i);
        events[c->receiver] |= 1ull << c->event;
        ENSURE(check_slice(&taken, c->first_rule, c->rule_count, t->rules_count), CHANNEL_RULES, i);
        TRY(check_allows(t, i));
        //@ assert channel_ok(t, i);
    }
    return CHECK_PASSED;
}

/* Needs subjects and regions. What lies in the region is between its two ends. */
struct image_check_result check_directs(const struct policy_tables *t)
{
    /*@ loop invariant 0 <= i <= t->directs_count;
        loop assigns i;
        loop variant t->directs_count - i; */
    for (uint32_t i = 0; i < t->directs_count; i++) {
        const struct image_direct *d = &t->directs[i];
        ENSURE(check_name(d->name, IMAGE_NAME), CHANNEL_NAME, i);
        ENSURE(check_stands_alone(t, d->sender) && check_stands_alone(t, d->receiver), CHANNEL_ENDS, i);
        ENSURE(d->sender != d->receiver, CHANNEL_ENDS, i);
        ENSURE(holds(t, d->region, IMAGE_REGION_DIRECT, i, IMAGE_PAGE), DIRECT_REGION, i);
        ENSURE(d->acknowledgement == IMAGE_NO_REGION ||
               holds(t, d->acknowledgement, IMAGE_REGION_ACKNOWLEDGEMENT, i, IMAGE_PAGE), DIRECT_REGION, i);
    }
    return CHECK_PASSED;
}
