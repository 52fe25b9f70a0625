/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entering a subject: Intel SDM volume 3, chapters 27 and 28. VM entries and exits switch RSP, RIP, RFLAGS, control and segment
 * registers; the general registers are switched here.
 */
#include "x86/enter.h"

    .set VMCS_TIMER, 0x482e
    .set VMCS_HOST_RSP, 0x6c14
    .set VMCS_HOST_SSP, 0x6c1a
    .set STACK_SIZE, 8192
    .set VMX_STATE, 8                 /* in struct vcpu */
    .set VMX_LAUNCHED, 0x14           /* in struct vmx_state */

    .text
    .globl vmx_run
    .type vmx_run, @function
vmx_run:                              /* rdi: struct vcpu * */
    ENTER_FRAME
0:  mov $VMCS_HOST_RSP, %eax
    vmwrite %rsp, %rax
    mov $VMCS_HOST_SSP, %eax          /* without shadow stacks neither is done: the first is a NOP, the second fails */
    rdsspq %rcx
    vmwrite %rcx, %rax
    LOAD_KEPT
1:  call vmx_prepare
    mov (%rsp), %rdi
    mov VMX_STATE(%rdi), %rax
    cmpb $0, VMX_LAUNCHED(%rax)
    mov 0x30(%rdi), %rax
    LOAD_OTHERS
    je 2f
    vmresume
    jmp vmx_exit_entry
2:  vmlaunch
    .globl vmx_exit_entry
vmx_exit_entry:                       /* CF and ZF are clear, unless the entry was refused outright: 28.5.3, 31.2 */
    xchg %rdi, (%rsp)
    mov %rax, 0x30(%rdi)
    STORE_OTHERS
    mov (%rsp), %rax
    mov %rax, 0x58(%rdi)
    mov %rdi, (%rsp)
    mov VMX_STATE(%rdi), %rax
    movb $1, VMX_LAUNCHED(%rax)
    setbe %al
    movzbl %al, %esi
    call vmx_exit
    GO_ON 1b, 0b

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
vmx_take_interrupts:                  /* trap.S says in RAX what came */
    xor %eax, %eax
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
