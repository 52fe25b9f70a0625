/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel that goes to sleep, in a way that the first byte of its module says; an interrupt waits in its local APIC, except
 * where nothing may. Nothing wakes it:
 *
 *   o   global interrupts off, yet the instructions before HLT are those that let interrupts in: jumped over. To who looks from
 *       outside it has overslept, as a CPU whose interrupt the emulator lost
 *   g   global interrupts off, and nothing before HLT that would let them in
 *   i   interrupts off
 *   t   the task priority holds the interrupt back
 *   n   no interrupt waits
 */
    .set MAGIC, 0x1badb002
    .set FLAGS, 1                     /* modules on pages */
    .set MODULES, 24                  /* where the loader tells of modules: multiboot 1, 3.3 */
    .set EFER, 0xc0000080
    .set SVME, 1 << 12
    .set APIC, 0xfee00000             /* AMD64 APM volume 2, 16.3 */
    .set TPR, 0x80
    .set SPURIOUS, 0xf0
    .set ICR, 0x300
    .set TO_SELF, 0x44000
    .set VECTOR, 0xf0

    .text
    .balign 4
    .long MAGIC, FLAGS, -(MAGIC + FLAGS)
    .globl _start
_start:
    mov $EFER, %ecx                   /* CLGI is SVM's */
    rdmsr
    or $SVME, %eax
    wrmsr
    mov $0xff, %al                    /* the firmware leaves a timer's interrupts on */
    out %al, $0x21
    out %al, $0xa1
    movl $0x1ff, APIC + SPURIOUS
    mov MODULES(%ebx), %eax
    mov (%eax), %eax
    mov (%eax), %al
    cmp $'n', %al
    je sleep
    cmp $'t', %al
    jne 1f
    movl $VECTOR, APIC + TPR
1:  cmp $'o', %al
    je 2f
    cmp $'g', %al
    jne 3f
2:  clgi
3:  movl $TO_SELF + VECTOR, APIC + ICR
    cmp $'t', %al
    je sleep
    cmp $'i', %al
    je sleep_deaf
    sti
    nop
    cmp $'o', %al
    je sleep_now
    hlt
sleep:
    cli
    stgi
    sti
sleep_now:
    hlt
sleep_deaf:
    hlt

    .section .note.GNU-stack, "", @progbits
