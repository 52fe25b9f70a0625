/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What entering a subject has in common on SVM and VMX, for the assembler. RDI is the struct vcpu (x86/x86.h) where a macro
 * begins, except GO_ON, which takes it from the top of the stack.
 */
#pragma once

    /* Where in it the general registers lie, in its order: AT_rbx and so on. */
    .set at, 0x38
    .irp register, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
    .set AT_\register, at
    .set at, at + 8
    .endr

    .macro LOAD registers:vararg
    .irp register, \registers
    mov AT_\register(%rdi), %\register
    .endr
    .endm

    .macro STORE registers:vararg
    .irp register, \registers
    mov %\register, AT_\register(%rdi)
    .endr
    .endm

    .macro ENTER_FRAME                /* what the caller wants back, and the struct vcpu */
    .irp register, rbx, rbp, r12, r13, r14, r15, rdi
    push %\register
    .endr
    .endm

    .macro LOAD_KEPT                  /* these a call keeps (System V ABI), and nothing that enters again looks at them */
    LOAD rbp, r12, r13, r14, r15
    .endm

    .macro LOAD_OTHERS                /* but RAX; RDI last */
    LOAD rbx, rcx, rdx, rsi, r8, r9, r10, r11, rdi
    .endm

    .macro STORE_OTHERS               /* but RAX and RDI */
    STORE rbx, rcx, rdx, rsi, r8, r9, r10, r11
    .endm

    /* After the exit was served, which says in AL whether to enter `again`; else `next` enters whom it was handed over to. */
    .macro GO_ON again, next
    mov (%rsp), %rdi
    test %al, %al
    jnz \again
    STORE rbp, r12, r13, r14, r15
    call vcpu_hand_over
    mov %rax, %rdi
    cmp %rax, (%rsp)
    mov %rax, (%rsp)
    jne \next
    .irp register, rax, r15, r14, r13, r12, rbp, rbx
    pop %\register
    .endr
    ret
    .endm
