/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of a bare-metal subject: long mode, interrupts off, RDI = info page, stack set by the kernel. */
    .section .text.start, "ax"
    .globl _start
_start:
    cld
    xor %ebp, %ebp
    and $-16, %rsp
    call guest_start

    .section .note.GNU-stack, "", @progbits
