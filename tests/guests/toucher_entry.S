/* SPDX-License-Identifier: Apache-2.0 */
/*
 * toucher_try(act): calls `act`; returns 0 if it comes back, else the vector of the exception that ended it (6, 13 or 14).
 * The handlers drop what the act left on the stack and return from toucher_try() in its place.
 */
    .bss
    .balign 8
toucher_stack:
    .quad 0

    .text
    .globl toucher_try
toucher_try:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, toucher_stack(%rip)
    sub $8, %rsp
    call *%rdi
    xor %eax, %eax
toucher_return:
    mov toucher_stack(%rip), %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

    .globl toucher_undefined
toucher_undefined:
    mov $6, %eax
    jmp toucher_return

    .globl toucher_protection
toucher_protection:
    mov $13, %eax
    jmp toucher_return

    .globl toucher_page
toucher_page:
    mov $14, %eax
    jmp toucher_return

    .section .note.GNU-stack, "", @progbits
