/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks that follow parsing. Each works on what the ones before it have filled in, tolerates whatever they could not
 * resolve, and reports only what stays true whatever else is wrong.
 */
#pragma once

#include "language/names.h"

/* ---- check_values.c ---- */
/*
 * Computes what a value means. True if it is there, exact, of that dimension and within [lo, hi]; else it has been reported
 * (`what` names it in the message), or was missing.
 */
bool policy_check_value(struct policy *p, struct value *v, enum dimension dimension, wide lo, wide hi, const char *what);
/* A decimal number, for messages. */
const char *policy_check_number_text(struct arena *a, wide number);
void policy_check_units_and_constants(struct policy *p);

/* ---- check_sets.c: named values ---- */
void policy_check_set(struct policy *p, struct constant *c);
void policy_check_enumerations(struct policy *p);
/* A value of the field, which may be a name of its enumeration. As policy_check_value() in all else. */
bool policy_check_field_value(struct policy *p, struct value *v, const struct field *f, wide lo, wide hi, const char *what);
/* `in NAME`: the domain that an enumeration or a set gives the field. */
void policy_check_named_domain(struct policy *p, struct field *f);
/* The name of a value of the field's enumeration; NULL: it has none. */
const char *policy_value_name(const struct field *f, wide value);

/* ---- check_arrays.c ---- */
/* How many elements an array has, and which field says how many count. False: it has been reported. */
bool policy_check_array(struct policy *p, const struct type *t, struct field *f);
/* Once an array has its place: its elements, as fields of the type. */
void policy_make_elements(struct policy *p, struct field *f);
/* What the monitor has to look at for a field or element; appended to the type's checks. False: they are too many. */
bool policy_add_checks(struct policy *p, struct type *t, struct field *f);
/* The value that a string gives to a whole array. */
void policy_check_string(struct policy *p, struct setting *s);

/* ---- in this order ---- */
/* Before names are collected: rules for a role become those of its holders, whoever names them then names these. */
bool policy_expand_roles(struct policy *p);            /* roles.c; false: too many */
/* Once names are collected: things stand by their names, not in the order of the text. */
void policy_sort_names(struct policy *p);              /* by_name.c */
void policy_check_types(struct policy *p);             /* check_types.c */
void policy_check_platform(struct policy *p);          /* check_platform.c */
void policy_check_monitors(struct policy *p);
/* Reports, and is true, if the subject that is named is a monitor, where one with time and label of its own has to stand. */
bool policy_refuse_monitor(struct policy *p, const struct name *name, const struct subject *s);
/* Whose life it lives: a monitor its subject's, all others their own. How often that restarts is said there. */
const struct subject *policy_life(const struct subject *s);
/* Whether anything starts it again: a fault or a privilege. */
bool policy_restarts(const struct policy *p, const struct subject *s);
void policy_check_subjects(struct policy *p);          /* check_subjects.c */
void policy_check_plan(struct policy *p);              /* check_plan.c */
void policy_check_labels(struct policy *p);            /* check_labels.c; from here on labels are numbers: labels.h */
void policy_check_colours(struct policy *p);           /* check_colours.c */
void policy_check_trust(struct policy *p);             /* check_trust.c */
void policy_check_channels(struct policy *p);          /* check_channels.c */
void policy_check_interrupts(struct policy *p);        /* check_interrupts.c; needs plans and privileges */
void policy_check_rules(struct policy *p);             /* check_rules.c */
void policy_check_directs(struct policy *p);           /* check_directs.c */
void policy_check_direct_rules(struct policy *p);
void policy_check_rates(struct policy *p);             /* check_rates.c */
void policy_check_roles(struct policy *p);             /* roles.c */
void policy_check_orders(struct policy *p);            /* check_orders.c */
void policy_check_protocols(struct policy *p);         /* check_protocols.c */
void policy_check_everything(struct policy *p);        /* check_everything.c */
void policy_check_closing(struct policy *p);           /* closing.c */
void policy_check_assurance(struct policy *p);         /* check_assurance.c */
void policy_check_tests(struct policy *p);             /* check_tests.c */
void policy_check_assertions(struct policy *p);        /* check_assertions.c */
void policy_check_limits(struct policy *p);            /* check_limits.c, with the graph's nodes bounded */

void policy_check_claims(struct policy *p);            /* check_claims.c */
void policy_check_twice(struct policy *p);             /* check_twice.c */
void policy_check_threats(struct policy *p);           /* check_threats.c */
void policy_check_narrowing(struct policy *p);         /* check_narrowing.c; only of a whole policy */

/* ---- shared pieces ---- */
/* How often a subject may restart, and within what time. */
void policy_check_restarts(struct policy *p, struct value *restarts, struct value *period);
/* Resolves fields and ranges of a condition on a message. `within` is the case of a union that it stands in, or NULL. */
void policy_check_cond(struct policy *p, struct cond *c, const struct type *t, const struct type_case *within);
/* Makes NAME[CONSTANT] the element's name, NAME[NUMBER]; false: the constant is none, which is reported. */
bool policy_check_element(struct policy *p, struct name *name);
/* The field, element or array of that name, or NULL. */
const struct field *policy_find_field(const struct type *t, const char *name);
/* The field or element of that name, or NULL; reports if it is missing. */
const struct field *policy_check_field(struct policy *p, const struct type *t, const struct name *name);
/* "1, 2": the values in a set of a union's tag, by their names if they have some. */
const char *policy_check_tags_text(struct arena *a, const struct field *tag, uint64_t set);
/* What a message says of one field, element or array. */
void policy_check_setting(struct policy *p, const struct type *t, struct setting *s);
/* Reports each field of a message that is set twice, or would be taken for another one: by its tag it is of another case. */
void policy_check_fields(struct policy *p, const struct message_text *m);
/* Whether there are not too many of something; else it is reported. Keeps checks that compare pairs fast on any input. */
bool policy_check_count(struct policy *p, struct place at, uint32_t count, uint32_t most, const char *what);
/* Index of a word in a list, or -1 after a report: "there is no WHAT `word`". */
int policy_check_word(struct policy *p, const struct name *word, const char *const *words, size_t count, const char *what);
/* Least and greatest value that a field's width can hold. */
wide policy_check_field_least(const struct field *f);
wide policy_check_field_greatest(const struct field *f);
/* Whether a subject can tell one plan from another: by its windows, by its rules, or as one who switches. */
bool policy_feels_plans(const struct policy *p, const struct subject *s);
/* Whether a switch changes its time: some plan may give it none; and with a CPU of its own every switch begins a new window. */
bool policy_plans_differ(const struct policy *p, const struct subject *s);
/* Whether what holds in the plans of the mask does not hold in all. */
bool policy_some_plans(const struct policy *p, uint32_t mask);
/*
 * Whether messages in the channel may be of the subject's making: its sender's, and of whoever shares its outbox and can change
 * what is sent from there before it is copied. check_channels.c
 */
bool policy_produces(const struct channel *c, const struct subject *s);
/* Where a plan runs a subject; NULL: nowhere. */
const struct plan_cpu *policy_plan_cpu(const struct plan *plan, const struct subject *s);
/* Whether labels permit what a rule or a channel says: check_flows.c. A rule whose ends are not labelled stays unknown. */
void policy_check_allow_label(struct policy *p, struct allow *a);
void policy_check_direct_label(struct policy *p, struct allow *a);
void policy_check_acknowledged_label(struct policy *p, const struct direct *d);
void policy_check_privilege_label(struct policy *p, struct privilege *v);

/* Whether both handle the same; so it seems as well while one's label is not known. check_rules.c */
bool policy_same_label(const struct subject *a, const struct subject *b);

void policy_check_channel_label(struct policy *p, const struct channel *c);
/* Resolves a label's level and categories; false if they could not be. check_labels.c */
bool policy_check_sensitivity(struct policy *p, const struct sensitivity *s, uint64_t *bits);
bool policy_check_integrity(struct policy *p, const struct name *name, uint64_t *bits);
/* Resolves a rule's rate and its plans; the plans' bits. check_rules.c */
uint32_t policy_check_body(struct policy *p, struct rule_body *b);
/* Once all rules and privileges are checked. check_restricts.c */
void policy_check_restricts(struct policy *p);
/* Whether a rate bounds anything and is sound: check_rates.c. */
bool policy_check_rate_limits(const struct rate *r);
/* Longest time that a subject does not run, in microseconds; -1 if the plan does not tell. */
int64_t policy_check_absence(const struct policy *p, const struct subject *s);

/* What a place of the policy says, without comments and with one space where there is any. check_twice.c */
const char *policy_said_text(const struct policy *p, struct place at);

/* ---- domain.c ---- */
#define DOMAIN_SPANS_MAX 32u          /* a set of 64 bits has no more */
struct span { wide lo, hi; };

/* How many spans the field's values are; 0: its declaration is broken. */
uint32_t policy_domain(const struct field *f, struct span spans[DOMAIN_SPANS_MAX]);
const char *policy_domain_text(struct arena *a, const struct field *f);
