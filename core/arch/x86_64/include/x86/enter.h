/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What entering the kernel and its subjects has in common on SVM and VMX, for the assembler. RBX is the struct vcpu
 * (x86/x86.h), which calls keep; it is on the top of the stack too.
 */
#pragma once

    .set CR0_KERNEL, 0x80010033       /* PG, WP, NE, ET, MP, PE: from the way into long mode on */
    .set STACK_SIZE, 8192             /* as x86/x86.h says */

    /* Where in it the general registers lie, in its order: AT_rbx and so on. */
    .set at, 0x38
    .irp register, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
    .set AT_\register, at
    .set at, at + 8
    .endr

    .macro LOAD registers:vararg
    .irp register, \registers
    mov AT_\register(%rbx), %\register
    .endr
    .endm

    .macro STORE registers:vararg
    .irp register, \registers
    mov %\register, AT_\register(%rbx)
    .endr
    .endm

    .macro ENTER_FRAME                /* what the caller wants back, and the struct vcpu */
    .irp register, rbx, rbp, r12, r13, r14, r15, rdi
    push %\register
    .endr
    mov %rdi, %rbx
    .endm

    .macro LOAD_KEPT                  /* these a call keeps (System V ABI), and nothing that enters again looks at them */
    LOAD rbp, r12, r13, r14, r15
    .endm

    .macro STORE_KEPT
    STORE rbp, r12, r13, r14, r15
    .endm

    .macro LOAD_OTHERS                /* but RAX; RBX last */
    LOAD rcx, rdx, rsi, rdi, r8, r9, r10, r11, rbx
    .endm

    .macro STORE_OTHERS               /* but RAX and RBX */
    STORE rcx, rdx, rsi, rdi, r8, r9, r10, r11
    .endm

    .macro HAND_OVER next             /* all is put away: the `next` one is entered, or whoever was is returned */
    mov %rbx, %rdi
    call vcpu_hand_over
    cmp %rax, %rbx
    mov %rax, %rbx
    mov %rax, (%rsp)
    jne \next
    .irp register, rax, r15, r14, r13, r12, rbp, rbx
    pop %\register
    .endr
    ret
    .endm
