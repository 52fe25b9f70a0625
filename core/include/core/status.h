/* SPDX-License-Identifier: Apache-2.0 */
/* A status that cannot be ignored, and the three macros that handle it. */
#pragma once

#include <stdint.h>

/* 0 is success; else module << 16 | check. What a subject may see is listed in channels/abi.h. */
typedef struct { uint32_t code; } status_t;

#define MUST_CHECK __attribute__((warn_unused_result))
#define STATUS_OK ((status_t){ 0 })

/* Passes a failure on to the caller. */
#define TRY(expr)                                                                                                          \
    do {                                                                                                                   \
        status_t try_status_ = (expr);                                                                                     \
        if (try_status_.code != 0) return try_status_;                                                                     \
    } while (0)

/* Fails the calling function with `err` unless the condition holds. */
#define ENSURE(cond, err)                                                                                                  \
    do {                                                                                                                   \
        if (!(cond)) return (status_t){ (err) };                                                                           \
    } while (0)

/* An invariant of the kernel itself, always checked; its failure stops the machine. Never reachable by a subject's act. */
#define CHECK(cond)                                                                                                        \
    do {                                                                                                                   \
        if (!(cond)) core_panic(#cond, __FILE_NAME__, __LINE__);                                                           \
    } while (0)

_Noreturn void core_panic(const char *what, const char *file, int line);
