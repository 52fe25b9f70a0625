/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What entering a subject has in common on SVM and VMX, for the assembler. RBX is the struct vcpu (x86/x86.h), which calls
 * keep; it is on the top of the stack too.
 */
#pragma once

    .macro ENTER_FRAME                /* what the caller wants back, and the struct vcpu */
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    push %rdi
    mov %rdi, %rbx
    .endm

    .macro LOAD_KEPT                  /* these a call keeps (System V ABI), and nothing that enters again looks at them */
    mov 0x60(%rbx), %rbp
    mov 0x88(%rbx), %r12
    mov 0x90(%rbx), %r13
    mov 0x98(%rbx), %r14
    mov 0xa0(%rbx), %r15
    .endm

    .macro STORE_KEPT
    mov %rbp, 0x60(%rbx)
    mov %r12, 0x88(%rbx)
    mov %r13, 0x90(%rbx)
    mov %r14, 0x98(%rbx)
    mov %r15, 0xa0(%rbx)
    .endm

    .macro LOAD_OTHERS                /* but RAX; RBX last */
    mov 0x40(%rbx), %rcx
    mov 0x48(%rbx), %rdx
    mov 0x50(%rbx), %rsi
    mov 0x58(%rbx), %rdi
    mov 0x68(%rbx), %r8
    mov 0x70(%rbx), %r9
    mov 0x78(%rbx), %r10
    mov 0x80(%rbx), %r11
    mov 0x38(%rbx), %rbx
    .endm

    .macro STORE_OTHERS               /* but RAX and RBX */
    mov %rcx, 0x40(%rbx)
    mov %rdx, 0x48(%rbx)
    mov %rsi, 0x50(%rbx)
    mov %rdi, 0x58(%rbx)
    mov %r8, 0x68(%rbx)
    mov %r9, 0x70(%rbx)
    mov %r10, 0x78(%rbx)
    mov %r11, 0x80(%rbx)
    .endm

    .macro HAND_OVER next             /* all is put away: the `next` one is entered, or whoever was is returned */
    mov %rbx, %rdi
    call vcpu_hand_over
    cmp %rax, %rbx
    mov %rax, %rbx
    mov %rax, (%rsp)
    jne \next
    pop %rax
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret
    .endm
