/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `server` of the bench: gives each window that it is given back at once, by the one privilege that it has. Three
 * instructions a round are its own.
 */
#include "channels/abi.h"
#include "channels/info.h"
#include "guest/guest.h"

enum { SERVER_REPLY = 1 };            /* the second of the policy's privileges, in the order of their names */

#define SERVER_ROUNDS(call)                                                                                                \
    __asm__ volatile("1: mov %0, %%eax\n\t" call "\n\tjmp 1b" : : "i"(ABI_CALL_OPERATE), "D"(SERVER_REPLY))

void guest_main(const struct subject_info *info)
{
    if (info->call == INFO_CALL_VMCALL) SERVER_ROUNDS("vmcall");
    else SERVER_ROUNDS("vmmcall");
}
