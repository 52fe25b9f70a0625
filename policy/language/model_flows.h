/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy says about flows: labels, rules, assertions, audit, measuring, tests. The convention is model_values.h's. */
#pragma once

#include "language/model_layout.h"

/* ---- labels and wires ---- */
struct level { struct name name; uint32_t rank; };        /* of confidentiality or of integrity; the lowest has rank 0 */
typedef LIST(struct level) level_list;
struct category { struct name name; uint32_t number; };   /* in the order of the text */

enum label_part { LABEL_LEVEL, LABEL_CATEGORIES, LABEL_INTEGRITY };

/* How confidential: a level and the categories that come with it. */
struct sensitivity {
    struct place at;                  /* length 0: not said */
    struct name level;                /* absent where the policy has no levels */
    struct place braces;              /* around the categories; length 0: none */
    name_list categories;
};

/* Checked labels are numbers: what may flow to what is a subset of it, bit by bit (labels.h). */
struct label {
    struct name subject;              /* declares nothing: names a subject */
    struct sensitivity low, high;     /* `high` absent: the same */
    struct name integrity, integrity_high;
    bool broken;
    /* checked */
    bool known;
    uint64_t least, most;             /* the most: all that it may hold, so what counts for information in it */
};

struct external {
    struct name name;
    struct sensitivity sensitivity;
    struct name integrity;
    struct name subject, port;
    bool broken;
    /* checked */
    bool known;
    uint64_t label;
    struct subject *at_subject;
};

/* What `allow` and `privilege` say and mean of labels. */
struct rule_label {
    struct sensitivity down_from, down_to;        /* downgrade */
    struct name endorse_from, endorse_to;
    /* checked; of a privilege known only if it releases something */
    bool known;
    uint64_t from, to;                /* at which it is sent, at which it is received */
    uint64_t released;                /* bits of `from` that `to` may lack */
};

static inline bool label_downgrades(const struct rule_label *l)
{
    return l->down_from.at.length > 0;
}

static inline bool label_endorses(const struct rule_label *l)
{
    return l->endorse_from.text != NULL;
}

static inline bool label_releases(const struct rule_label *l)
{
    return label_downgrades(l) || label_endorses(l);
}

/* ---- allow and restrict ---- */
struct rate {
    struct place at;                  /* length 0: absent */
    bool unlimited;                   /* `rate none` */
    struct value count, burst;
    struct name per;
    /* checked */
    uint32_t per_ms;
};

struct rule_body {
    struct rate rate;
    struct cond *where;
    name_list plans;                  /* none: all */
    name_list requirements;           /* strings, free text, as everywhere */
};

struct restrict_rule;
struct order;

struct role {
    struct name name;
    name_list holders;
    bool used;
};

struct allow {
    struct name name;
    struct name from, to, on, type_name;
    struct name role;                 /* that one end is; `from`, `to` and `on` are then those of a holder */
    bool role_sends;
    struct place direct_at;           /* of the word `direct`; length 0: its messages are judged */
    struct rule_body body;
    struct rule_label label;
    /* checked */
    uint32_t index;                   /* among the allows as the image holds them; direct ones behind them, in no image */
    uint32_t letter, joined;          /* while orders are joined: its number among their rules, and whose they are */
    struct channel *channel;
    struct direct *on_direct;         /* a direct one: instead of `channel` */
    struct type *type;
    struct protocol *protocol;
    uint32_t plan_mask;               /* its restrictions' included */
    bool record, payload;
    bool contended;                   /* others can move its protocol as often as the kernel tries to */
    LIST(struct restrict_rule) restricts;
};

enum privilege_kind { PRIVILEGE_SWITCH, PRIVILEGE_RESTART, PRIVILEGE_STOP, PRIVILEGE_GIVE };     /* numbered as in the image */

/* Who may switch plans, restart or stop another, or give it the rest of a window. */
struct privilege {
    struct name name;
    struct name subject, object;
    enum privilege_kind kind;
    struct rule_body body;
    struct rule_label label;
    /* checked */
    uint32_t index;
    struct subject *actor, *target;   /* `target`: NULL for a switch */
    struct plan *plan;
    uint32_t plan_mask;               /* its restrictions' included */
};

/* allow NAME role ROLE -> TO on each TYPE: becomes an allow for each holder, named NAME.HOLDER. */
struct role_rule { struct name name; struct allow *allow; name_list made; };

struct exclusive { struct place at; name_list roles; };

struct restrict_rule {
    struct name name;
    struct name on;
    bool broken;
    struct rule_body body;
    /* checked */
    struct allow *allow;              /* what it narrows: one of both */
    struct privilege *privilege;
    uint32_t plan_mask;
};

/* ---- protocols ---- */
struct state { struct name name; };   /* where it is named first */

struct step {
    struct place at;
    name_list from;
    struct name on, to;
    struct name keep;                 /* absent: nothing is kept */
    struct name match, match_register;    /* where it.match == match_register */
    struct value after;               /* a timeout: instead of `on` */
    /* checked */
    uint32_t from_mask, to_state;
    struct allow *allow;
    const struct field *field;        /* kept or matched */
};

/* A way that joined orders can be, fewest messages first, and the state that stands for it. */
struct reached { uint64_t held; uint32_t state; };

struct protocol {
    struct name name;
    bool broken;
    struct name keeps;                /* the register, absent: none */
    uint32_t keeps_width;             /* bytes */
    LIST(struct step) steps;          /* timeouts among them */
    name_list resets;
    struct place reset_at;
    name_list requirements;
    /* checked */
    uint32_t index;
    LIST(struct state) states;        /* the first one is where it begins */
    uint32_t comes_to;                /* automaton_states by all its rules; 0: nobody has asked yet */
    LIST(struct subject) reset_by;
    LIST(struct order) orders;        /* that it stands for, by their names; none: it is written out */
    uint64_t held[32];                /* by state: bit o: the order of that index forbids what it forbids */
    LIST(struct reached) reached;     /* bits of `held` */
};

/* ---- orders ---- */
typedef LIST(struct allow) allow_list;

/* What must not pass until something has; again and again after `opens`. */
struct order {
    struct name name;
    struct place at;                  /* of what it says */
    bool broken, always;              /* `always A before B`: `bans` opens as well */
    bool alternates;                  /* `alternate UNTIL with NEVER`: as always, and UNTIL waits too */
    name_list after, never, until;    /* after AFTER never NEVER before UNTIL; always UNTIL before NEVER */
    name_list resets;
    struct place reset_at;
    name_list requirements;
    /* checked */
    bool good, spare;                 /* spare: the others forbid all that it forbids */
    uint32_t group;                   /* while orders are joined: the same for those that share rules */
    bool begins_held;
    allow_list opens, bans, frees;    /* bans: while it is held */
    allow_list waits;                 /* banned while it is not held: the first side of those that alternate */
    struct protocol *protocol;        /* that it became, alone or with others */
};

/* ---- trust ---- */
struct trust {                        /* a subject's image, pinned to the digest of its file */
    struct name subject;
    struct name image, reason;        /* strings */
    /* checked */
    uint8_t sha256[32];
};

struct retired { struct name name; }; /* a name that nothing may have again */

/* ---- assertions on the flow graph ---- */
struct exception {
    struct place at;
    struct name via;                  /* through this subject ... */
    name_list by;                     /* ... by these rules; none: by any */
    bool ring, backpressure;          /* or: by the audit ring, by its back-pressure */
    name_list same_code;              /* pipeline: or these stages may run the same */
};

struct assertion {                    /* never, pipeline */
    struct name name;                 /* pipeline */
    bool broken;
    struct place at;
    name_list from, to;               /* never */
    name_list stages;                 /* pipeline */
    LIST(struct exception) exceptions;
    name_list requirements;
};

struct limit {                        /* limit capacity, limit latency */
    struct place at;
    bool broken, is_latency;
    struct name from, to;
    struct value most;
    struct name per;                  /* capacity: s or min */
    name_list requirements;
};

/* ---- assertions on who has what: exact, both ways ---- */
enum claim_kind { CLAIM_POWER, CLAIM_SWITCH, CLAIM_RESTART, CLAIM_STOP, CLAIM_GIVE, CLAIM_RULES };

struct claim {                        /* only ... may, only ... from ... to, none ... */
    struct place at;
    bool broken;
    enum claim_kind kind;
    name_list names;                  /* subjects, or rules; none: `none` */
    struct name object;               /* the power, a plan or a subject; CLAIM_RULES: whom they are from */
    struct name to;                   /* CLAIM_RULES */
    name_list requirements;
};

enum ceiling_kind { CEILING_FEEDBACK, CEILING_RESTARTS, CEILING_BACKPRESSURE };

struct excess {                       /* those who have more than nothing, and how much */
    name_list names;
    enum feedback feedback;
    struct value restarts, period;    /* absent: none of its own */
    name_list by;                     /* privileges that let others restart it */
};

struct ceiling {                      /* limit feedback, restarts or backpressure none except */
    struct place at;
    bool broken;
    enum ceiling_kind kind;
    LIST(struct excess) excesses;
    name_list requirements;
};

/* ---- threats ---- */
struct threat {                       /* what may happen, and the requirements that see to it that it does no harm */
    struct name name, text;           /* strings */
    name_list countered_by;           /* strings; none: nothing counters it */
};

/* ---- audit and measuring ---- */
struct audit_class {
    struct name name;                 /* security, flow */
    struct value reserve;
    bool blocks;
    struct place full_at;
    /* checked */
    uint32_t index;                   /* enum image_audit_class */
};

struct audit_record_rule {
    struct name rule;
    bool payload;
};

struct audit {
    struct place at;                  /* length 0: absent */
    bool broken;
    struct value size;
    struct name subject;
    struct value kernel_reserve;
    LIST(struct audit_class) classes;
    LIST(struct audit_record_rule) records;
    struct place always_at;           /* length 0: `always audit` is not said */
    name_list always;                 /* `none` alone: nothing */
    /* checked */
    struct subject *reader;
    uint32_t always_bits;             /* enum image_audit_always */
};

struct measure {
    struct place at;                  /* length 0: absent */
    bool broken;
    uint32_t level;                   /* enum image_measure */
    name_list banks;
    struct value pcr, rollback;
};

/* ---- samples and tests ---- */
struct setting {
    struct name field;                /* or one element of it */
    struct value value;
    struct name string;               /* instead of a value: of a whole array */
    /* checked */
    const struct field *array;        /* that the string is for */
    const uint8_t *bytes;             /* what it says; what is missing of the array is zero */
    uint32_t byte_count;
};

struct message_text {                 /* TYPE { ... }, SAMPLE, or SAMPLE with { ... } */
    struct name name;
    bool of_sample;
    LIST(struct setting) settings;
    /* checked */
    struct type *type;
    const struct sample *sample;
};

struct sample {
    struct name name;
    struct message_text message;
};

enum test_step_kind { TEST_SEND, TEST_AFTER, TEST_RESTART, TEST_OPERATE };

struct test_step {
    enum test_step_kind kind;
    struct place at;
    struct value times;               /* of a send or a use; absent: once */
    struct name subject, on;
    struct message_text message;
    struct value after;
    struct name operation;            /* TEST_OPERATE: a privilege */
    bool expects_allow;
    struct place expect_at;
    struct name rule;                 /* as the catalogue names it */
    name_list audits;                 /* security, flow, payload or nothing; of a restart: restart or nothing */
    /* checked */
    struct subject *actor;
    struct channel *channel;
    struct privilege *privilege;
};

struct test {
    struct name title;                /* a string */
    bool broken, passed;              /* could not be read; when it was run */
    LIST(struct test_step) steps;
};
