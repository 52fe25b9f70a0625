/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attempt_enter(frame, registers): goes where the frame says. Whatever interrupt or exception ends that, its stub returns from
 * attempt_enter() with the vector, on the stack of before.
 */
    .bss
    .balign 8
attempt_stack:
    .quad 0
attempt_used:
    .quad 0

    .text
    .globl attempt_enter
attempt_enter:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, attempt_stack(%rip)
    mov %rsi, attempt_used(%rip)
    push 32(%rdi)
    push 24(%rdi)
    push 16(%rdi)
    push 8(%rdi)
    push (%rdi)
    mov 32(%rdi), %eax
    mov %eax, %ds
    mov %eax, %es
    mov 16(%rdi), %r11                /* SYSRET takes the flags from there */
    mov 0(%rsi), %rax
    mov 8(%rsi), %rbx
    mov 16(%rsi), %rcx
    mov 24(%rsi), %rdx
    mov 40(%rsi), %rdi
    mov 32(%rsi), %rsi
    iretq

    .balign 16
    .globl attempt_stubs
attempt_stubs:
    .set vector, 0
    .rept 256
    .balign 16
    pushq $vector
    jmp attempt_end
    .set vector, vector + 1
    .endr

attempt_end:
    cld
    push %rdi
    mov attempt_used(%rip), %rdi
    mov %rax, 0(%rdi)
    mov %rbx, 8(%rdi)
    mov %rcx, 16(%rdi)
    mov %rdx, 24(%rdi)
    mov %rsi, 32(%rdi)
    mov (%rsp), %rax
    mov %rax, 40(%rdi)
    mov 8(%rsp), %rax
    mov $16, %ecx
    mov %ecx, %ds
    mov %ecx, %es
    mov %ecx, %ss
    mov attempt_stack(%rip), %rsp
    movzbl %al, %eax                  /* PUSH extends the sign of what is above 127 */
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

    .section .note.GNU-stack, "", @progbits
