/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entering a subject: Intel SDM volume 3, chapters 27 and 28. VM entries and exits switch RSP, RIP, RFLAGS, control and segment
 * registers; the general registers are switched here.
 */
#include "x86/enter.h"

    .set VMCS_INSTRUCTION_ERROR, 0x4400
    .set NOT_LAUNCHED, 5
    .set VMCS_TIMER, 0x482e
    .set VMCS_HOST_RSP, 0x6c14
    .set VMCS_HOST_SSP, 0x6c1a
    .set STACK_SIZE, 8192
    .set KICKED, 4                    /* in struct x86_cpu, */
    .set TIMER_END, 0x20

    .text
    .globl vmx_run, vmx_exit_entry, vmx_nmi, vmx_unblock_nmi, vmx_take_interrupts, vmx_sleep
vmx_run:                              /* rdi: struct vcpu * */
    ENTER_FRAME
0:  mov $VMCS_HOST_RSP, %eax
    vmwrite %rsp, %rax
    mov $VMCS_HOST_SSP, %eax          /* without shadow stacks neither is done: the first is a NOP, the second fails */
    rdsspq %rcx
    vmwrite %rcx, %rax
    LOAD_KEPT
1:  mov 0x10(%rdi), %eax
    cmpq $0, event_words(,%rax,8)
    jne 5f

    /* The preemption timer, 26.5.1, runs in the subject alone: what is left is new for each entry. */
2:  mov %rsp, %rsi
    and $-STACK_SIZE, %rsi
    rdtsc
    shl $32, %rdx
    or %rdx, %rax
    mov TIMER_END(%rsi), %rdx
    sub %rax, %rdx
    cmp vmx_timer_limit, %rdx
    jae 6f
    mov vmx_timer_rate, %cl
    shr %cl, %rdx
3:  mov $VMCS_TIMER, %eax
    vmwrite %rdx, %rax
    cmpl $0, KICKED(%rsi)
    jne 7f

    mov 0x30(%rdi), %rax
    LOAD_OTHERS
    vmresume
    push %rax                         /* what is not launched yet was not resumed: table 31-1. All else is refused, and stays */
    mov $VMCS_INSTRUCTION_ERROR, %eax
    vmread %rax, %rax                 /* the error of VMRESUME, which VMLAUNCH would replace */
    cmp $NOT_LAUNCHED, %al
    pop %rax
    stc
    jne vmx_exit_entry
    vmlaunch
vmx_exit_entry:                       /* CF and ZF are clear, unless the entry was refused outright: 28.5.3, 31.2 */
    push %rdi
    mov 8(%rsp), %rdi
    pop AT_rdi(%rdi)
    mov %rax, 0x30(%rdi)
    STORE_OTHERS
    jbe 8f
    call vmx_exit
4:  GO_ON 1b, 0b
5:  call vmx_offer
    mov (%rsp), %rdi
    jmp 2b
6:  cmp TIMER_END(%rsi), %rax         /* further than the timer counts, or past */
    sbb %edx, %edx
    jmp 3b
7:  movl $0, KICKED(%rsi)
    xor %edx, %edx
    jmp 3b
8:  call vmx_refused
    jmp 4b

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
