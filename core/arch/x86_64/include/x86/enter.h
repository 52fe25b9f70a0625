/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What entering a subject has in common on SVM and VMX, for the assembler. RDI is the struct vcpu (x86/x86.h) where a macro
 * begins, except GO_ON, which takes it from the top of the stack.
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
    .endm

    .macro LOAD_KEPT                  /* these a call keeps (System V ABI), and nothing that enters again looks at them */
    mov 0x60(%rdi), %rbp
    mov 0x88(%rdi), %r12
    mov 0x90(%rdi), %r13
    mov 0x98(%rdi), %r14
    mov 0xa0(%rdi), %r15
    .endm

    .macro LOAD_OTHERS                /* but RAX; RDI last */
    mov 0x38(%rdi), %rbx
    mov 0x40(%rdi), %rcx
    mov 0x48(%rdi), %rdx
    mov 0x50(%rdi), %rsi
    mov 0x68(%rdi), %r8
    mov 0x70(%rdi), %r9
    mov 0x78(%rdi), %r10
    mov 0x80(%rdi), %r11
    mov 0x58(%rdi), %rdi
    .endm

    .macro STORE_OTHERS               /* but RAX and RDI */
    mov %rbx, 0x38(%rdi)
    mov %rcx, 0x40(%rdi)
    mov %rdx, 0x48(%rdi)
    mov %rsi, 0x50(%rdi)
    mov %r8, 0x68(%rdi)
    mov %r9, 0x70(%rdi)
    mov %r10, 0x78(%rdi)
    mov %r11, 0x80(%rdi)
    .endm

    /* After the exit was served, which says in AL whether to enter `again`; else `next` enters whom it was handed over to. */
    .macro GO_ON again, next
    mov (%rsp), %rdi
    test %al, %al
    jnz \again
    mov %rbp, 0x60(%rdi)
    mov %r12, 0x88(%rdi)
    mov %r13, 0x90(%rdi)
    mov %r14, 0x98(%rdi)
    mov %r15, 0xa0(%rdi)
    call vcpu_hand_over
    mov %rax, %rdi
    cmp %rax, (%rsp)
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
