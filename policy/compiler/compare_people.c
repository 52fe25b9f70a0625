/* SPDX-License-Identifier: Apache-2.0 */
/* Who has to sign, before and after. */
#include "compiler/compare.h"

static uint32_t signers(const struct authority *a)
{
    return a != NULL && a->key.text != NULL ? a->signer_count : 0;
}

bool compare_keys(const struct authority *a, const struct authority *b)
{
    const struct name *n, *m;
    LIST_EACH (n, &a->key_ids) {
        bool found = false;
        LIST_EACH (m, &b->key_ids) found |= name_is(m, n->text);
        if (!found) return false;
    }
    return true;
}

/* By their keys, where both files were read; else by the files' names. */
static bool people_differ(const struct authority *a, const struct authority *b)
{
    if (a->key_ids.count == 0 || b->key_ids.count == 0) return !name_is(&a->key, b->key.text);
    return a->key_ids.count != b->key_ids.count || !compare_keys(a, b);
}

unsigned compare_authorities(const struct authority *old_one, const struct authority *new_one)
{
    uint32_t before = signers(old_one), after = signers(new_one);
    unsigned count = after < before ? CHANGE_WIDER : after > before ? CHANGE_NARROWER : CHANGE_SAME;
    bool others = before > 0 && after > 0 && people_differ(old_one, new_one);
    return count | (others ? CHANGE_WIDER : 0u);
}

static const char *authority_text(struct arena *a, const struct authority *authority)
{
    if (authority == NULL) return "root";
    uint32_t count = signers(authority);
    return count == 0 ? authority->name.text : arena_print(a, "%s, %u to sign", authority->name.text, count);
}

static struct handover *handover_find(struct changes *c, struct handovers *h, const struct authority *before,
                                      const struct authority *after)
{
    struct handover *one;
    LIST_EACH (one, &h->all) {
        if (one->before == before && one->after == after) return one;
    }
    one = LIST_NEW(c->arena, &h->all);
    *one = (struct handover){ .before = before, .after = after };
    return one;
}

void compare_speakers(struct changes *c, struct handovers *h, struct place before, struct place after)
{
    const struct authority *a = facts_speaker(c->old_policy, before), *b = facts_speaker(c->new_policy, after);
    bool same = a == NULL || b == NULL ? a == b : name_is(&a->name, b->name.text);
    if (same) return;
    struct handover *one = handover_find(c, h, a, b);
    if (one->count++ == 0) {
        unsigned way = compare_authorities(a, b);
        one->change = change_add(c, CHANGE_SIGNATURE, way, "what stands in their parts", c->new_policy, after);
        one->change->trait = "said by";
        one->change->before = authority_text(c->arena, a);
        one->change->after = authority_text(c->arena, b);
    }
    one->change->why = arena_print(c->arena, "%u of what the policy means, this is the first", one->count);
}
