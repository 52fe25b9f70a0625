/* SPDX-License-Identifier: Apache-2.0 */
/* Names: each one that a policy declares is unique in it, whatever it names, so that no message or record can be misread. */
#pragma once

#include "language/model.h"

#define NAME_MAX_LONG 28u             /* two of them and a prefix fit into a catalogue entry */

enum name_kind {
    NAME_UNIT, NAME_CONSTANT, NAME_ENUM, NAME_TYPE, NAME_LEVEL, NAME_CATEGORY, NAME_INTEGRITY, NAME_EXTERNAL, NAME_SUBJECT,
    NAME_PLAN, NAME_CHANNEL, NAME_DIRECT, NAME_ALLOW, NAME_DIRECT_ALLOW, NAME_RESTRICT, NAME_PRIVILEGE, NAME_PROTOCOL,
    NAME_ORDER, NAME_ROLE, NAME_ROLE_RULE, NAME_PIPELINE, NAME_SAMPLE, NAME_RETIRED, NAME_KINDS
};

/* Enters all names of the policy; reports those that are declared twice, too long or words of the language. */
void names_collect(struct policy *p);

/* Whether the name has at most so many characters and is none of the language's own words; else it has been reported. */
bool names_check(struct policy *p, const struct name *name, size_t most);
/* The same of the system's name, by which the generated C calls its functions. */
void names_check_system(struct policy *p, size_t most);
/* Reports a name of a type or a field that the generated C cannot have. */
void names_check_c(struct policy *p, const struct name *name);

/* The thing of that kind, or NULL. Reports an unknown name, or one of another kind. A missing name is NULL without a report. */
void *names_find(struct policy *p, enum name_kind kind, const struct name *name);

/* The thing, if it is there; never reports. */
void *names_look(const struct policy *p, enum name_kind kind, const char *text);

/* Where a name is declared, whatever it names; PLACE_NOWHERE if nothing has it. */
struct place names_place(const struct policy *p, const char *text);

/* "; did you mean `x`?", or "" if nothing is near. */
const char *names_suggest(struct arena *a, const char *text, const char *const *words, size_t count);
/* The same of all names of the policy. */
const char *names_suggest_any(const struct policy *p, const char *text);
