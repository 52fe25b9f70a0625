/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states that a protocol comes to, and what it denies in them. Of the register is known which fields it may have come from,
 * so whether a comparison can hold at all: if the types let both have a value in common. Conditions of rules narrow nothing
 * here, so a state may be believed to be come to that never is, never the other way.
 */
#include "language/automaton.h"
#include "policy/image.h"

#define STATES IMAGE_MAX_STATES
#define SOURCES (2 + PROTOCOL_MAX_STEPS)

/* Where the register's value is from: the beginning, 0; what is not known; or a field, numbered from SOURCE_FIELD on. */
enum { SOURCE_BEGIN, SOURCE_ANY, SOURCE_FIELD };

struct reach {
    const struct running *running;    /* NULL: all do, and each comparison may hold */
    const struct field *sources[SOURCES];
    uint32_t source_count, count;
    bool seen[STATES][SOURCES];
    struct { uint16_t state, source; } queue[STATES * SOURCES];
};

static uint32_t source_of(struct reach *r, const struct field *f)
{
    uint32_t i = SOURCE_FIELD;
    if (f == NULL || r->running == NULL) return SOURCE_ANY;
    while (i < r->source_count && r->sources[i] != f) i++;
    if (i == SOURCES) return SOURCE_ANY;
    if (i == r->source_count) r->sources[r->source_count++] = f;
    return i;
}

/* Whether the register can be equal to the field of a message. */
static bool source_meets(const struct reach *r, uint32_t source, const struct field *f)
{
    struct span kept[DOMAIN_SPANS_MAX] = { { 0, 0 } }, compared[DOMAIN_SPANS_MAX];
    if (f == NULL || source == SOURCE_ANY) return true;
    uint32_t kept_count = source == SOURCE_BEGIN ? 1 : policy_domain(r->sources[source], kept);
    uint32_t compared_count = policy_domain(f, compared);
    for (uint32_t i = 0; i < kept_count * compared_count; i++) {
        const struct span *one = &kept[i / compared_count], *other = &compared[i % compared_count];
        if (one->lo <= other->hi && other->lo <= one->hi) return true;
    }
    return false;
}

static bool step_runs(const struct step *s, const struct running *running)
{
    if (s->allow == NULL || s->allow->channel == NULL || running == NULL) return true;
    return running_rule(running, s->allow) != 0;
}

static void reach_enter(struct reach *r, uint32_t state, uint32_t source)
{
    if (r->seen[state][source]) return;
    r->seen[state][source] = true;
    r->queue[r->count].state = (uint16_t)state;
    r->queue[r->count++].source = (uint16_t)source;
}

/* What a step compares with the register is there already. */
static void reach_step(struct reach *r, uint32_t state, uint32_t source, const struct step *s)
{
    bool compares = s->match.text != NULL;
    if ((s->from_mask >> state & 1) == 0 || !step_runs(s, r->running)) return;
    if (compares && !source_meets(r, source, s->field)) return;
    reach_enter(r, s->to_state, s->keep.text != NULL && !compares ? source_of(r, s->field) : source);
}

uint32_t automaton_states(const struct protocol *protocol, const struct running *running)
{
    struct reach r = { .running = running, .source_count = SOURCE_FIELD };
    const struct step *s;
    uint32_t reached = 0;
    if (protocol->broken) return 0;
    reach_enter(&r, 0, running != NULL ? SOURCE_BEGIN : SOURCE_ANY);
    for (uint32_t i = 0; i < r.count; i++) {
        reached |= 1u << r.queue[i].state;
        LIST_EACH (s, &protocol->steps) reach_step(&r, r.queue[i].state, r.queue[i].source, s);
    }
    return reached;
}

bool automaton_denies(const struct protocol *protocol, const struct allow *a, uint32_t reached)
{
    const struct step *s;
    uint32_t passes = 0;
    if (protocol->broken) return true;
    LIST_EACH (s, &protocol->steps) {
        if (s->allow == a && s->match.text == NULL) passes |= s->from_mask;
    }
    return (reached & ~passes) != 0;
}
