/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls by VMMCALL or VMCALL (AMD APM volume 2, 15.9; Intel SDM volume 3, 25.1.2): the other one raises #UD. */
#include "guest/call.h"
#include "channels/info.h"

static uint32_t call_instruction;

void call_use(uint32_t instruction)
{
    call_instruction = instruction;
}

struct call_answer call_make(uint32_t call, uint64_t a, uint64_t b, uint64_t c)
{
    struct call_answer answer = { call, c };

    if (call_instruction == INFO_CALL_VMCALL) {
        __asm__ volatile("vmcall" : "+a"(answer.status), "+d"(answer.result) : "D"(a), "S"(b) : "memory");
    } else {
        __asm__ volatile("vmmcall" : "+a"(answer.status), "+d"(answer.result) : "D"(a), "S"(b) : "memory");
    }
    return answer;
}
