/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A checked policy as facts: everything that it means, each thing once and in one form, so that two policies can be compared
 * whatever files, order, units and constants they are written with. A fact is known by its key; its traits say how wide it is.
 */
#pragma once

#include "language/capacity.h"

/* Which way a trait is wider: lets more pass, or proves or records less. */
enum trait_sense {
    TRAIT_MORE,                       /* a greater number */
    TRAIT_SOME,                       /* a number, where there was none */
    TRAIT_LESS,                       /* a smaller number */
    TRAIT_SET_MORE, TRAIT_SET_LESS,   /* a name more; a name less */
    TRAIT_KEYS,                       /* a name more, where both have any */
    TRAIT_ANY,                        /* any change: what cannot be compared counts as wider */
    TRAIT_MIXED,                      /* any change: something more is open, and something less */
    TRAIT_BITS,                       /* a bit of `number` more */
    TRAIT_POWERS,                     /* a name more; who may shut down less leaves all open */
    TRAIT_OFTEN,                      /* `number` times in `period` */
    TRAIT_PEOPLE,                     /* who has to sign: `authority` */
    TRAIT_NEUTRAL,                    /* none */
    TRAIT_TIME,                       /* another number, or a name more or less: what comes later is held longer */
    TRAIT_NAME,                       /* a name that was another's, or now is: whatever refers to it now means this one */
    TRAIT_NUMBERED,                   /* none; names with numbers in their order, which further ones behind them leave alone */
    TRAIT_RATES,                      /* of `allow` or `privilege` */
    TRAIT_MESSAGES,                   /* of `allow` */
    TRAIT_PROTOCOL, TRAIT_ORDER,
    TRAIT_REBUILD,                    /* as TRAIT_MIXED, where both have it; said by others, so that `expand` leaves it out */
    TRAIT_STEPS,                      /* of a test: one less at the end, or any other edit; `runs` */
    TRAIT_DERIVED                     /* follows from others: shown by `expand`, not compared */
};

/* Equal steps of a test, one after the other. */
struct step_run {
    const char *text;
    uint32_t times;
};

struct trait {
    const char *name, *text;
    enum trait_sense sense;
    struct place at;
    wide number, period;
    bool instant;                     /* decides when a restart resets: such ones of a subject are told together */
    name_list set;
    const struct authority *authority;
    const struct allow *allow;
    const struct privilege *privilege;
    const struct protocol *protocol;
    const struct order *order;
    LIST(struct step_run) runs;
};

enum fact_kind {
    FACT_FLOW,                        /* one more is wider */
    FACT_BOUND,                       /* a protocol or an order: one less is wider */
    FACT_LIMIT,                       /* a channel, a label or a wire: what its traits say limits flows */
    FACT_ASSERTION, FACT_EVIDENCE, FACT_TEST, FACT_PIN, /* what proves, records or ties: one less is wider */
    FACT_PEOPLE,                      /* an authority: one more or less, and others decide */
    FACT_OTHER, FACT_KINDS
};

struct fact {
    enum fact_kind kind;
    const char *key;
    struct place at;
    const struct type *type;          /* a type that no rule uses; NULL: none */
    LIST(struct trait) traits;
};

struct facts {
    struct arena *arena;
    const struct policy *policy;
    LIST(struct fact) all;            /* sorted by key, then by what the traits say */
};

/* What the policy says, as far as names could be resolved. */
void facts_collect(struct facts *f, const struct policy *p);
/* What reads the same stays once. */
void facts_sort(struct facts *f);
/* facts_others.c, facts_place.c, facts_proofs.c */
void facts_collect_others(struct facts *f, const struct policy *p);
void facts_collect_orders(struct facts *f, const struct policy *p);
void facts_collect_place(struct facts *f, const struct policy *p);
void facts_collect_proofs(struct facts *f, const struct policy *p);

/* ---- for those who collect ---- */
struct fact *fact_add(struct facts *f, enum fact_kind kind, struct place at, const char *key);
struct trait *fact_trait(struct facts *f, struct fact *fact, enum trait_sense sense, const char *name, struct place at,
                         const char *text);
struct trait *fact_number(struct facts *f, struct fact *fact, enum trait_sense sense, const char *name, const struct value *v);
/* So many times in so long; never, if there is no number. */
void fact_often(struct facts *f, struct fact *fact, enum trait_sense sense, const char *name, const struct value *times,
                const struct value *period);
/* Sorts the names and joins them; of none: "none". */
const char *facts_names(struct facts *f, name_list *names);
/* Copies the names, sorted. */
struct trait *fact_set(struct facts *f, struct fact *fact, enum trait_sense sense, const char *name, struct place at,
                       const name_list *names);

/* Whether protocols begin anew when it restarts, its monitor with it: that may open something, and may close it. */
bool facts_resets(const struct policy *p, const struct subject *s);
/* When they do: what is rebuilt, `image` being the sense of that one without resets; and in which windows. facts_rebuild.c */
void facts_rebuilt(struct facts *f, struct fact *fact, const struct subject *s, enum trait_sense image);
void facts_rebuild_time(struct facts *f, struct fact *fact, const struct subject *s);

/* The authority in whose part a place stands, or who names the platform's file; NULL where nobody but the root speaks. */
const struct authority *facts_speaker(const struct policy *p, struct place at);
/* Its name, or "root". */
const char *facts_authority(const struct policy *p, struct place at);
