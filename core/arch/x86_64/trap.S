/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptor tables and the kernel's own interrupts. An exception in the kernel is a defect: it prints and halts. Interrupts
 * are acknowledged and nothing else: what timer and kick mean is read from the clock and from memory.
 */
#include "x86/enter.h"

    .text
    .globl trap_entries, trap_interrupt, trap_event, trap_device, trap_spurious, trap_nmi, idt, gdt
    /*
     * Exceptions: two bytes of push, two of jump. Whether an error code was pushed does not matter to a panic. All from 22 on,
     * which no processor raises here (AMD64 APM volume 2, table 8-1), say that they are the first of these.
     */
    .balign 8
trap_entries:
    .set vector, 0
    .rept 23
    .byte 0x6a, vector                /* push $vector */
    .byte 0xeb, trap_common - . - 1   /* jmp trap_common */
    .set vector, vector + 1
    .endr
trap_common:
    pop %rdi
    mov (%rsp), %rsi
    mov 8(%rsp), %rdx
    and $-16, %rsp
    call trap_panic

    /*
     * Interrupts come where the kernel takes them alone, within a call: RAX tells its caller whether this was one that its core
     * is to look for, and RCX and RDX are nobody's.
     */
trap_interrupt:
    mov $0xfee000b0, %eax             /* APIC_EOI */
    movl $0, (%rax)
    iretq

trap_event:                           /* what is raised stands in the subject's event word */
    mov $0xfee000b0, %ecx
    movl $0, (%rcx)
    iretq

    /*
     * An edge of a device: bit n of this word of the in-service register (AMD64 APM volume 2, 16.6.3) is line n, and of those
     * that take this way there is one at a time.
     */
trap_device:
    mov $0xfee00120, %ecx             /* vectors 0x40 to 0x5f */
    mov (%rcx), %edx
    movl $0, 0xb0 - 0x120(%rcx)       /* APIC_EOI */
    mov %rsp, %rcx
    and $-STACK_SIZE, %rcx
    and 0x18(%rcx), %edx              /* struct x86_device: lines, events */
    mov 0x10(%rcx), %rcx
    lock or %edx, (%rcx)
    iretq

    /* Non-maskable interrupts and spurious ones carry nothing that this kernel acts on. */
trap_spurious:
trap_nmi:
    iretq

    /* Written by start-up, read-only afterwards. */
    .section .sealed, "aw"
    .balign 16
idt: .skip 4096

    .section .rodata
    .balign 8
gdt:
    .quad 0
    .quad 0x00af9b000000ffff          /* 64-bit code, accessed */
    .quad 0x00cf93000000ffff          /* data, accessed */
