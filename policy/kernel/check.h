/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside image_check: how a check reports, and the parts that it is split into. Each part takes the tables of an image whose
 * header, components and table bounds have passed.
 */
#pragma once

#include <stdbool.h>
#include "image_check_list.h"
#include "policy/tables.h"

#define CHECK_PASSED ((struct image_check_result){ 0, 0 })

/* Passes a failed check on to the caller. */
#define TRY(expr)                                                                                                          \
    do {                                                                                                                   \
        struct image_check_result try_result_ = (expr);                                                                    \
        if (try_result_.code != 0) return try_result_;                                                                     \
    } while (0)

/* Fails the calling function with check `id` at entry `at` unless the condition holds. */
#define ENSURE(cond, id, at)                                                                                               \
    do {                                                                                                                   \
        if (!(cond)) return (struct image_check_result){ IMAGE_CHECK_MODULE << 16 | IMAGE_CHECK_##id, (at) };              \
    } while (0)

/* Whether [offset, offset + size) lies within [0, total). */
static inline bool check_inside(uint64_t offset, uint64_t size, uint64_t total)
{
    return offset <= total && size <= total - offset;
}

/*
 * Whether entries [first, first + count) lie in a table of `total` entries and behind all slices taken before; moves `taken`.
 * That each slice begins behind the one before bounds the work on all of them by the table's length.
 */
static inline bool check_slice(uint32_t *taken, uint32_t first, uint32_t count, uint32_t total)
{
    if (!check_inside(first, count, total)) return false;
    if (count == 0) return true;
    if (first < *taken) return false;
    *taken = first + count;
    return true;
}

/* Whether that is a subject with time of its own, which may have channels and privileges: no monitor. */
static inline bool check_stands_alone(const struct policy_tables *t, uint32_t subject)
{
    return subject < t->subjects_count && t->subjects[subject].serves == IMAGE_NONE;
}

/* Whether `rule` can be reported: a built-in denial or one of the policy's own. Rule 0 would read as "allowed". */
static inline bool check_rule_index(uint32_t rule)
{
    return (rule > IMAGE_RULE_NONE && rule < IMAGE_BUILTIN_COUNT) ||
           (rule >= IMAGE_RULE_FIRST && rule < IMAGE_RULE_FIRST + IMAGE_MAX_TABLE);
}

/* Whether a name is 1 to `size` characters that can stand on a console and in a log unescaped, padded with NULs. */
bool check_name(const char *name, uint32_t size);

/* Atoms [first, first + count) of the conditions on a type of `size` bytes. The slice has been checked. */
struct image_check_result check_atoms(const struct policy_tables *t, uint32_t first, uint32_t count, uint32_t size);

/* The parts in the order in which image_check() runs them: each may rely on those before it. */
#define CHECK_PARTS(X)                                                                                                     \
    X(cpus) X(plans) X(subjects) X(ports) X(windows) X(regions) X(audit) X(mappings) X(loads) X(types)                     \
    X(channels) X(directs) X(rules) X(operations) X(protocols)
#define CHECK_PART(name) struct image_check_result check_##name(const struct policy_tables *t);
CHECK_PARTS(CHECK_PART)
