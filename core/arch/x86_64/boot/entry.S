/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry from multiboot 1 and 2 loaders: 32-bit protected mode, paging off, EAX magic, EBX information. Builds an identity map
 * of the first 4 GiB and goes on in long mode. Also the page that other CPUs start on.
 */
#include "x86/enter.h"

    .globl boot_entry, boot_trampoline, boot_trampoline_end, boot_ap_stack
    .section .boot.header, "ax"
    /* Multiboot 1 (specification 0.6.96, 3.1): modules page-aligned, memory map wanted. */
    .balign 4
    .long 0x1badb002, 3, -(0x1badb002 + 3)
    /* Multiboot 2 (specification 2.0, 3.1): modules page-aligned, then the end tag. */
    .balign 8
multiboot2:
    .long 0xe85250d6, 0, multiboot2_end - multiboot2, -(0xe85250d6 + (multiboot2_end - multiboot2))
    .short 6, 0
    .long 8
    .short 0, 0
    .long 8
multiboot2_end:

    .code32
boot_entry:
    cli
    cld
    mov $boot_stack_top, %esp
    mov %eax, %ebp
    mov %ebx, %esi
    /* Long mode: AMD64 APM volume 3, CPUID Fn8000_0001_EDX[LM]. Without it nothing behind this could say so. */
    mov $0x80000000, %eax
    cpuid
    cmp $0x80000001, %eax
    jb no_long_mode
    mov $0x80000001, %eax
    cpuid
    bt $29, %edx
    jnc no_long_mode
    /* Page directories: 2048 entries of 2 MiB, present and writable. */
    mov $boot_directories, %edi
    mov $0x83, %eax
    mov $2048, %ecx
1:  mov %eax, (%edi)
    movl $0, 4(%edi)
    add $0x200000, %eax
    add $8, %edi
    loop 1b
    movl $boot_directories + 3, boot_pointers
    movl $boot_directories + 0x1003, boot_pointers + 8
    movl $boot_directories + 0x2003, boot_pointers + 16
    movl $boot_directories + 0x3003, boot_pointers + 24
    movl $boot_pointers + 3, boot_root
    mov %ebp, %edi
    mov $boot_main, %ebp
    jmp enter_long_mode

no_long_mode:                         /* on COM1, as it was left */
    mov $refusal, %esi
    mov $refusal_end - refusal, %ecx
1:  mov $0x3fd, %dx
2:  in %dx, %al
    test $0x20, %al
    jz 2b
    mov $0x3f8, %dx
    outsb
    loop 1b
3:  hlt
    jmp 3b

    /*
     * Calls the function in EBP with what is in EDI and ESI, on the stack in ESP. EFER: LME, and NXE where the processor knows
     * it (Fn8000_0001_EDX[NX]): without it, backends refuse by name.
     */
enter_long_mode:
    mov $0x80000001, %eax
    cpuid
    and $1 << 20, %edx
    shr $9, %edx
    mov %edx, %ebx
    mov %cr4, %eax
    or $0x220, %eax                   /* PAE, OSFXSR */
    mov %eax, %cr4
    mov $boot_root, %eax
    mov %eax, %cr3
    mov $0xc0000080, %ecx
    rdmsr
    or $0x100, %eax
    or %ebx, %eax
    wrmsr
    mov $CR0_KERNEL, %eax
    mov %eax, %cr0
    lgdt boot_gdtr
    ljmp $8, $entry64

    .code64
entry64:
    mov $16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    xor %eax, %eax
    mov %eax, %fs
    mov %eax, %gs
    mov %esp, %esp                    /* the upper halves are whatever the processor makes of them */
    mov %ebp, %ebp
    call *%rbp

    /* Other CPUs: copied to a page below 1 MiB, entered in real mode with CS = page >> 4, IP = 0. */
    .code16
boot_trampoline:
    cli
    mov %cs, %ax
    mov %ax, %ds
    lgdtl trampoline_gdtr - boot_trampoline
    mov %cr0, %eax
    or $1, %al
    mov %eax, %cr0
    ljmpl $24, $ap32
    .balign 4
trampoline_gdtr:
    .word 31
    .long boot_gdt
boot_trampoline_end:

    .code32
ap32:
    mov $16, %eax
    mov %eax, %ds
    mov boot_ap_stack, %esp
    mov %ds:-STACK_SIZE(%esp), %edi         /* lowest word of the stack: the CPU's index */
    mov $boot_ap_main, %ebp
    jmp enter_long_mode

    .section .boot.rodata, "a"
refusal: .ascii "processor refused: no long mode\r\n"
refusal_end:
    .balign 8
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff          /* 64-bit code */
    .quad 0x00cf93000000ffff          /* data */
    .quad 0x00cf9b000000ffff          /* 32-bit code */
boot_gdtr:
    .word 31
    .quad boot_gdt

    .section .boot.bss, "aw", @nobits
    .balign 8192                      /* the stack as all others, with zeros lowest: this is CPU 0 */
boot_root: .skip 4096
boot_pointers: .skip 4096
boot_directories: .skip 16384
boot_stack: .skip 16384
boot_stack_top:
boot_ap_stack: .skip 8
