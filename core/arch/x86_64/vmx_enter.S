/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entering a subject: Intel SDM volume 3, chapters 27 and 28. VM entries and exits switch RSP, RIP, RFLAGS, control and segment
 * registers; the general registers are switched here.
 */
    .set VMCS_TIMER, 0x482e
    .set VMCS_HOST_RSP, 0x6c14
    .set VMCS_HOST_SSP, 0x6c1a
    .set STACK_SIZE, 8192

    .text
    .globl vmx_run
    .type vmx_run, @function
vmx_run:                              /* rdi: struct vcpu *, rsi: whether it has been launched */
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    push %rsi
    push %rsi                         /* keeps the stack aligned for the call below */
    push %rdi
    mov $VMCS_HOST_RSP, %eax
    vmwrite %rsp, %rax
    mov $VMCS_HOST_SSP, %eax          /* without shadow stacks neither is done: the first is a NOP, the second fails */
    rdsspq %rcx
    vmwrite %rcx, %rax
    mov 0x28(%rdi), %rbp              /* these vmx_exit() keeps (System V ABI), and nothing that enters again looks at them */
    mov 0x50(%rdi), %r12
    mov 0x58(%rdi), %r13
    mov 0x60(%rdi), %r14
    mov 0x68(%rdi), %r15
1:  mov 8(%rsp), %rax
    cmpb $0, (%rax)
    mov 0x70(%rdi), %rax
    mov 0x00(%rdi), %rbx
    mov 0x08(%rdi), %rcx
    mov 0x10(%rdi), %rdx
    mov 0x18(%rdi), %rsi
    mov 0x30(%rdi), %r8
    mov 0x38(%rdi), %r9
    mov 0x40(%rdi), %r10
    mov 0x48(%rdi), %r11
    mov 0x20(%rdi), %rdi
    je 2f
    vmresume
    jmp vmx_broken                    /* only if the entry was refused outright */
2:  vmlaunch
    jmp vmx_broken
    .globl vmx_exit_entry
vmx_exit_entry:
    xchg %rdi, (%rsp)
    mov %rax, 0x70(%rdi)
    mov %rbx, 0x00(%rdi)
    mov %rcx, 0x08(%rdi)
    mov %rdx, 0x10(%rdi)
    mov %rsi, 0x18(%rdi)
    mov %r8, 0x30(%rdi)
    mov %r9, 0x38(%rdi)
    mov %r10, 0x40(%rdi)
    mov %r11, 0x48(%rdi)
    mov (%rsp), %rax
    mov %rax, 0x20(%rdi)
    mov %rdi, (%rsp)
    mov 8(%rsp), %rax
    movb $1, (%rax)
    call vmx_exit
    mov (%rsp), %rdi
    test %al, %al
    jnz 1b
    mov %rbp, 0x28(%rdi)
    mov %r12, 0x50(%rdi)
    mov %r13, 0x58(%rdi)
    mov %r14, 0x60(%rdi)
    mov %r15, 0x68(%rdi)
    add $24, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

    /*
     * A kick. Where it comes between the last look at the CPU's flag and the entry, the timer that it sets to zero makes the
     * subject exit before its first instruction; where it comes before, the flag does. The flag lies above the CPU's index.
     */
    .globl vmx_nmi
vmx_nmi:
    push %rax
    push %rdx
    mov %rsp, %rax
    and $-STACK_SIZE, %rax
    movl $1, 4(%rax)
    mov $VMCS_TIMER, %eax
    xor %edx, %edx
    vmwrite %rdx, %rax
    pop %rdx
    pop %rax
    iretq

    .globl vmx_unblock_nmi
    .type vmx_unblock_nmi, @function
vmx_unblock_nmi:                      /* by the IRET of an interrupt that does nothing */
    int $0xff
    ret

    /* IF is clear while the kernel runs. */
    .globl vmx_take_interrupts
    .type vmx_take_interrupts, @function
vmx_take_interrupts:
    sti
    nop
    cli
    ret

    /* STI delays interrupts past HLT, so that none is lost between the two. */
    .globl vmx_sleep
    .type vmx_sleep, @function
vmx_sleep:
    sti
    hlt
    cli
    ret

    .section .note.GNU-stack, "", @progbits
