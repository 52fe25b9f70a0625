/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hypercalls: the numbers, arguments and answers are in channels/abi.h.
 *
 * Who may call: any code of the subject in kernel mode, handlers of interrupts too; from user mode the kernel refuses unless
 * the policy says otherwise. Nothing is kept here but which instruction it is. Memory order: what was written before a call the
 * kernel sees in it, and what it writes is there behind it; the compiler moves no access across.
 */
#pragma once

#include <stdint.h>

struct call_answer {
    uint64_t status;                  /* enum abi_status */
    uint64_t result;
};

/* Sets the instruction that calls the kernel: enum info_call of the info page. The runtime does it before guest_main(). */
void call_use(uint32_t instruction);

/*
 * Makes one call; `call` is an enum abi_call, arguments that it does not have are 0. What went wrong is the answer's status; a
 * call that there is not is answered by one as well. Only the calls that wait take a time that is not the call's own.
 */
struct call_answer call_make(uint32_t call, uint64_t a, uint64_t b, uint64_t c);
