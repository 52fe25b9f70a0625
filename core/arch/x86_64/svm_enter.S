/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entering a subject: AMD64 APM volume 2, 15.5. VMRUN switches RAX, RSP, RIP, RFLAGS, control and segment registers; VMLOAD and
 * VMSAVE switch FS, GS, TR, LDTR and the system call registers (15.5.1): the kernel's TR says where the stack of its double
 * faults lies, and that must never be a subject's word. The other general registers are switched here.
 */
    .set VMCB, 4096                   /* the control block lies in the page behind struct vcpu */

    .text
    .globl svm_run
    .type svm_run, @function
svm_run:                              /* rdi: struct vcpu * */
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    push %rdi
0:  mov 0x60(%rdi), %rbp              /* these svm_exit() keeps (System V ABI), and nothing that enters again looks at them */
    mov 0x88(%rdi), %r12
    mov 0x90(%rdi), %r13
    mov 0x98(%rdi), %r14
    mov 0xa0(%rdi), %r15
1:  movzwl 0x10(%rdi), %eax
    cmpq $0, event_words(,%rax,8)
    jne 3f
2:  lea VMCB(%rdi), %rax
    mov 0x38(%rdi), %rbx
    mov 0x40(%rdi), %rcx
    mov 0x48(%rdi), %rdx
    mov 0x50(%rdi), %rsi
    mov 0x68(%rdi), %r8
    mov 0x70(%rdi), %r9
    mov 0x78(%rdi), %r10
    mov 0x80(%rdi), %r11
    mov 0x58(%rdi), %rdi
    vmload %rax
    vmrun %rax
    vmsave %rax
    push %rdi
    lea -VMCB(%rax), %rdi
    pop 0x58(%rdi)
    mov 0x28(%rdi), %rax              /* this CPU's own */
    vmload %rax
    mov %rbx, 0x38(%rdi)
    mov %rcx, 0x40(%rdi)
    mov %rdx, 0x48(%rdi)
    mov %rsi, 0x50(%rdi)
    mov %r8, 0x68(%rdi)
    mov %r9, 0x70(%rdi)
    mov %r10, 0x78(%rdi)
    mov %r11, 0x80(%rdi)
    call svm_exit
    mov (%rsp), %rdi
    test %al, %al
    jnz 1b
    mov %rbp, 0x60(%rdi)
    mov %r12, 0x88(%rdi)
    mov %r13, 0x90(%rdi)
    mov %r14, 0x98(%rdi)
    mov %r15, 0xa0(%rdi)
    call vcpu_hand_over
    mov %rax, %rdi
    mov %rax, (%rsp)
    test %rax, %rax
    jnz 0b
    pop %rdi
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret
3:  call svm_offer
    mov (%rsp), %rdi
    jmp 2b

    /* IF is set and GIF clear while the kernel runs: what STGI lets in comes at once. */
    .globl svm_take_interrupts
    .type svm_take_interrupts, @function
svm_take_interrupts:
    stgi
    nop
    clgi
    ret

    /* With IF clear, STGI lets nothing in; STI delays interrupts past HLT, so that none is lost between the two. */
    .globl svm_sleep
    .type svm_sleep, @function
svm_sleep:
    cli
    stgi
    sti
    hlt
    clgi
    ret

    .section .note.GNU-stack, "", @progbits
