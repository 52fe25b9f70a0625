/* SPDX-License-Identifier: Apache-2.0 */
/* A whole policy: what its files say, in their order. */
#pragma once

#include "language/model_flows.h"

struct authority {
    struct name name;
    name_list may;                    /* statement words */
    struct name key;                  /* a string: its file of public keys, relative to the root; absent: it signs nothing */
    struct value signers;             /* how many of them must sign each part; absent: 1 */
    /* checked */
    uint32_t signer_count;
    name_list key_ids;                /* of the keys in its file, where somebody has read it: compiler/signature.h */
};

struct part {
    struct name path;                 /* a string: as the root names it */
    struct name by;
    /* checked */
    uint32_t file;
    const struct authority *authority;
};

struct running;

struct policy {
    struct arena *arena;
    struct sources sources;           /* root, parts, platform */
    struct diag diag;
    struct names *names;
    struct name system;
    struct value version;
    LIST(struct authority) authorities;
    LIST(struct part) parts;
    struct name platform_path;
    struct platform platform;
    LIST(struct unit) units;
    LIST(struct constant) constants;
    LIST(struct enumeration) enumerations;
    LIST(struct type) types;
    level_list levels, integrities;         /* from the lowest */
    LIST(struct category) categories;
    struct place categories_at, integrities_at;   /* of these statements; length 0: absent */
    uint32_t labels_lack;             /* parts of labels that are said, and reported as absent: bits of enum label_part */
    LIST(struct label) labels;
    LIST(struct external) externals;
    LIST(struct subject) subjects;
    LIST(struct plan) plans;
    LIST(struct channel) channels;
    LIST(struct direct) directs;
    LIST(struct allow) allows;        /* those that judge messages */
    LIST(struct allow) direct_allows;
    LIST(struct role) roles;
    LIST(struct role_rule) role_rules;
    LIST(struct exclusive) exclusives;
    LIST(struct restrict_rule) restricts;
    LIST(struct privilege) privileges;
    LIST(struct protocol) protocols;  /* those that orders become behind the others */
    LIST(struct order) orders;
    LIST(struct trust) trusts;
    struct place trust_required_at;   /* length 0: only a release wants pins */
    LIST(struct retired) retirements;
    LIST(struct assertion) pipelines, nevers;
    LIST(struct limit) limits;
    LIST(struct claim) claims;
    LIST(struct ceiling) ceilings;
    LIST(struct threat) threats;
    struct audit audit;
    struct measure measure;
    LIST(struct sample) samples;
    LIST(struct test) tests;
    /* checked */
    uint32_t element_count;           /* of arrays, in all types */
    const struct running *running;    /* running.h; NULL: nobody has asked yet */
};

/*
 * Reads the root and all that it names, and checks everything that the text alone decides. Errors are in `diag`; if there is
 * none the policy is whole and every "checked" member is filled in. `path` and `read` say where files come from.
 */
void policy_read(struct policy *p, struct arena *a, const char *path, source_reader *read);

/*
 * Only reads it: statements as they are written, in the order of the text, with no "checked" member filled in and nothing
 * turned into anything else. False if there is no system, or too much of something.
 */
bool policy_parse(struct policy *p, struct arena *a, const char *path, source_reader *read);
