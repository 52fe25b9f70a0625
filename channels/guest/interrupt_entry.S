/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the virtual interrupts: 64 of 16 bytes each, then what they share. Saves what a C function may change. */
    .text
    .balign 16
    .globl interrupt_entries
interrupt_entries:
    .set event, 0
    .rept 64
    .balign 16
    pushq $event
    jmp interrupt_common
    .set event, event + 1
    .endr

    .balign 16
interrupt_common:
    push %rax
    push %rcx
    push %rdx
    push %rsi
    push %rdi
    push %r8
    push %r9
    push %r10
    push %r11
    mov 72(%rsp), %rdi                /* the event number, pushed by the entry */
    push %rbx
    mov %rsp, %rbx
    and $-16, %rsp
    cld
    call interrupt_handle
    mov %rbx, %rsp
    pop %rbx
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rdi
    pop %rsi
    pop %rdx
    pop %rcx
    pop %rax
    add $8, %rsp
    iretq

    .section .note.GNU-stack, "", @progbits
