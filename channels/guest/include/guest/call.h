/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls: the numbers, arguments and answers are in channels/abi.h. */
#pragma once

#include <stdint.h>

struct call_answer {
    uint64_t status;                  /* enum abi_status */
    uint64_t result;
};

/* Sets the instruction that calls the kernel: enum info_call, from the info page. Done once, before the subject's program. */
void call_use(uint32_t instruction);

/* Makes one call. Arguments that the call does not have are 0. */
struct call_answer call_make(uint32_t call, uint64_t a, uint64_t b, uint64_t c);
