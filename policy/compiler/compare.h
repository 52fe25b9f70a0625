/* SPDX-License-Identifier: Apache-2.0 */
/* Two policies compared by what they mean: what is gained, lost and changed, whether that is wider, and whose part says it. */
#pragma once

#include "compiler/facts.h"

enum change_section {
    CHANGE_GAINED, CHANGE_LOST, CHANGE_LIMIT, CHANGE_ASSERTION, CHANGE_EVIDENCE, CHANGE_TEST, CHANGE_SIGNATURE, CHANGE_OTHER,
    CHANGE_SECTIONS
};
/* Bits. Neither: it is as wide as before. Both: some of it is wider, some narrower. */
enum change_way { CHANGE_SAME = 0, CHANGE_WIDER = 1, CHANGE_NARROWER = 2 };

struct change {
    enum change_section section;
    unsigned way;
    const char *key, *trait;          /* trait NULL: the whole fact */
    const char *before, *after;       /* of the trait */
    const char *why;                  /* an example of what is wider or narrower; NULL: none */
    bool instant;                     /* when a restart resets: one change for each subject and authority */
    const char *authority;            /* whose part says so */
    const struct policy *in;          /* the policy that the place belongs to */
    struct place at;
};

/* A unit, a constant, an enumeration or a sample. */
struct word {
    const char *key, *says;
    struct place at;
};
struct words { LIST(struct word) all; };

struct changes {
    struct arena *arena;
    const struct policy *old_policy, *new_policy;
    LIST(struct change) all;          /* by section, authority, key */
    unsigned way;
    struct words words;               /* those that say something else in the new policy, where it says so */
    LIST(const char) signers;         /* who has to sign anew, each once: compare_signers.c */
};

void compare_policies(struct changes *c, const struct policy *old_policy, const struct policy *new_policy);

/* ---- compare.c to its other files ---- */
struct change *change_add(struct changes *c, enum change_section section, unsigned way, const char *key,
                          const struct policy *in, struct place at);

/* Statements that another authority says now: one change for each two, however many there are. compare_people.c */
struct handover {
    const struct authority *before, *after;
    struct change *change;
    uint32_t count;
};
struct handovers { LIST(struct handover) all; };
void compare_speakers(struct changes *c, struct handovers *h, struct place before, struct place after);
/* Whether the other one's signature is easier to have: fewer people, or others. NULL: nobody. */
unsigned compare_authorities(const struct authority *old_one, const struct authority *new_one);
/* Whether each of the first one's keys is one of the other's. */
bool compare_keys(const struct authority *a, const struct authority *b);

/* Fills `signers`. */
void compare_signers(struct changes *c);

/* Fills `words`. compare_words.c */
void compare_words(struct changes *c);
/* The change told last: if its own file is the same in both, it is of those whose words say something else now. */
void compare_share(struct changes *c, struct change *told);

/* The ways of single traits that need more than a look at numbers; `why` as in struct change. compare_rules.c */
unsigned compare_rates(const struct policy *p, const struct trait *a, const struct policy *q, const struct trait *b);
unsigned compare_messages(const struct policy *p, const struct allow *a, const struct policy *q, const struct allow *b,
                          const char **why);
/* Whether both types take the same messages, whatever else their rules demand. */
bool compare_types(const struct policy *p, const struct type *a, const struct policy *q, const struct type *b);
/* Where and in which of both policies a statement says what changed the messages or the rate of a rule: traits that name it. */
const struct policy *compare_place(const struct policy *p, const struct trait *before, const struct policy *q,
                                   const struct trait *after, struct place *at);
/* Of tests. compare_steps.c */
unsigned compare_steps(const struct trait *before, const struct trait *after);
unsigned compare_orders(const struct order *old_one, const struct order *new_one);
unsigned compare_protocols(struct arena *a, const struct protocol *old_one, const struct protocol *new_one, const char **why);

/*
 * The way of a change to what may close something else, of the old policy: that less of it passes is wider as well, and why.
 * compare_closing.c. Of a rule NULL: none.
 */
unsigned compare_closing(struct arena *a, unsigned way, const struct allow *rule, const char **why);
unsigned compare_closing_order(struct arena *a, unsigned way, const struct policy *old_policy, const struct order *new_one,
                               const char **why);
unsigned compare_closing_privilege(struct arena *a, unsigned way, const struct privilege *v, const char **why);
