/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entering a subject: Intel SDM volume 3, chapters 27 and 28. VM entries and exits switch RSP, RIP, RFLAGS, control and segment
 * registers; the general registers are switched here.
 */
#include "x86/enter.h"

    .set VMCS_INSTRUCTION_ERROR, 0x4400
    .set VMCS_EXIT_REASON, 0x4402
    .set VMCS_SS_RIGHTS, 0x4818
    .set VMCS_SHADOW, 0x4824
    .set VMCS_TIMER, 0x482e
    .set VMCS_RIP, 0x681e
    .set VMCS_HOST_RSP, 0x6c14
    .set VMCS_HOST_SSP, 0x6c1a
    .set NOT_LAUNCHED, 5
    .set EXIT_VMCALL, 18
    .set MSR_KERNEL_GS_BASE, 0xc0000102
    .set KICKED, 4                    /* in struct x86_cpu, which GS is the base of: */
    .set TIMER_END, 0x20
    .set SYSTEM_CALLS, 0x28
    .set RUN_STACK, 0x30
    .set REGION, 0x2c0                /* in struct vmx_state, behind struct vcpu: */
    .set CR2, 0x2c8
    .set KERNEL_GS, 0x2d0
    .set SWITCHED, 0x2d8

    .text
    .globl vmx_run, vmx_exit_entry, vmx_nmi, vmx_unblock_nmi, vmx_take_interrupts, vmx_sleep
vmx_run:                              /* rdi: struct vcpu * */
    ENTER_FRAME
    mov %rsp, %rax                    /* one stack at each call: a launch writes it for the whole life */
    xchg %rax, %gs:RUN_STACK
    test %rax, %rax
    je 0f
    cmp %rsp, %rax
    je 0f
    ud2
0:  mov SWITCHED(%rbx), %rax
    cmp %rax, %gs:SYSTEM_CALLS
    jne 9f
10: vmptrld REGION(%rbx)
    mov CR2(%rbx), %rax
    mov %rax, %cr2
    mov $MSR_KERNEL_GS_BASE, %ecx
    mov KERNEL_GS(%rbx), %eax
    mov KERNEL_GS + 4(%rbx), %edx
    wrmsr
    LOAD_KEPT
1:  mov 0x10(%rbx), %eax
    cmpq $0, event_words(,%rax,8)
    jne 5f

    /* The preemption timer, 26.5.1, runs in the subject alone: what is left, below 2^32, is new for each entry. */
2:  rdtsc
    sub %gs:TIMER_END, %eax
    sbb %gs:TIMER_END + 4, %edx
    jns 6f
    neg %eax
    mov vmx_timer_rate, %cl
    shr %cl, %eax
3:  mov $VMCS_TIMER, %edx
    vmwrite %rax, %rdx
    cmpl $0, %gs:KICKED
    jne 7f

    mov 0x30(%rbx), %rax
    LOAD_OTHERS
    vmresume
    push %rax                         /* what is not launched yet was not resumed: table 31-1. All else is refused, and stays */
    push %rcx
    mov $VMCS_INSTRUCTION_ERROR, %eax
    vmread %rax, %rax                 /* the error of VMRESUME, which VMLAUNCH would replace */
    cmp $NOT_LAUNCHED, %al
    jne 11f
    lea 16(%rsp), %rcx
    mov $VMCS_HOST_RSP, %eax
    vmwrite %rcx, %rax
    mov $VMCS_HOST_SSP, %eax          /* without shadow stacks neither is done: the first is a NOP, the second fails */
    rdsspq %rcx
    vmwrite %rcx, %rax
    pop %rcx
    pop %rax
    vmlaunch
    jmp 12f
11: add $16, %rsp
12: mov (%rsp), %rbx
    mov %rbx, %rdi
    call vmx_refused
    jmp 4f

    /* FS is the struct vcpu. Of the calls, in most no more than RIP is to be written: vmx_exit() serves the others. */
vmx_exit_entry:
    mov %rbx, %fs:AT_rbx
    mov (%rsp), %rbx
    mov %rax, 0x30(%rbx)
    STORE_OTHERS
    mov $VMCS_EXIT_REASON, %r9d
    vmread %r9, %r9
    cmp $EXIT_VMCALL, %r9d
    jne 8f
    mov $VMCS_SS_RIGHTS, %ecx
    vmread %rcx, %rcx
    test $0x60, %cl                   /* CPL is the DPL of SS */
    jne 8f
    mov $VMCS_SHADOW, %r9d
    vmread %r9, %rcx
    test $3, %cl                      /* by STI, by MOV to SS: ends with the call; an NMI's handler goes on with NMIs blocked */
    je 13f
    and $8, %ecx
    vmwrite %rcx, %r9
13: mov $VMCS_RIP, %ecx
    vmread %rcx, %r8
    add $3, %r8
    vmwrite %r8, %rcx
    mov %rdx, %r8
    mov %rsi, %rcx
    mov %rdi, %rdx
    mov %rax, %rsi
    mov 0x10(%rbx), %edi
    call subject_call
4:  test %al, %al
    jnz 1b
    STORE_KEPT
    mov %cr2, %rax
    mov %rax, CR2(%rbx)
    mov $MSR_KERNEL_GS_BASE, %ecx
    rdmsr
    mov %eax, KERNEL_GS(%rbx)
    mov %edx, KERNEL_GS + 4(%rbx)
    HAND_OVER 0b
5:  mov %rbx, %rdi
    call vmx_offer
    jmp 2b
6:  mov %gs:TIMER_END + 4, %eax       /* past, or never */
    add $1, %eax
    sbb %eax, %eax
    jmp 3b
7:  movl $0, %gs:KICKED
    xor %eax, %eax
    jmp 3b
8:  mov %r9d, %esi
    mov %rbx, %rdi
    call vmx_exit
    jmp 4b
9:  mov %rbx, %rdi
    call vmx_switch_calls
    jmp 10b

    /*
     * A kick. Where it comes between the last look at the CPU's flag and the entry, the timer that it sets to zero makes the
     * subject exit before its first instruction; where it comes before, the flag does.
     */
vmx_nmi:
    push %rax
    push %rdx
    mov %rsp, %rax
    and $-STACK_SIZE, %rax
    movl $1, KICKED(%rax)
    mov $VMCS_TIMER, %eax
    xor %edx, %edx
    vmwrite %rdx, %rax
    pop %rdx
    pop %rax
    iretq

vmx_unblock_nmi:                      /* by the IRET of an interrupt that does nothing */
    int $0xff
    ret

    /* IF is clear while the kernel runs. */
vmx_take_interrupts:                  /* trap.S says in RAX what came */
    xor %eax, %eax
    sti
    nop
    cli
    ret

    /* STI delays interrupts past HLT, so that none is lost between the two. */
vmx_sleep:
    sti
    hlt
    cli
    ret
