/* SPDX-License-Identifier: Apache-2.0 */
/* A multiboot kernel's first instructions: i386, protected mode, no paging. And an entry for each vector of its IDT. */
    .set MAGIC, 0x1badb002
    .set FLAGS, 3                     /* modules on pages; memory */

    .section .multiboot, "a"
    .balign 4
    .long MAGIC, FLAGS, -(MAGIC + FLAGS)

    .text
    .globl _start
_start:
    mov $stack_top, %esp
    cld
    push %ebx
    push %eax
    lgdt gdt_pointer
    ljmp $8, $1f
1:  mov $16, %edx
    mov %edx, %ds
    mov %edx, %es
    mov %edx, %fs
    mov %edx, %gs
    mov %edx, %ss
    call tester_main
2:  cli
    hlt
    jmp 2b

    /* All registers, the vector and an error code or 0: struct trap of tester.c. */
    .globl trap_entries
    .balign 16
trap_entries:
    .set vector, 0
    .rept 256
    .balign 16
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17)
    push $0
    .endif
    push $vector
    jmp trap_common
    .set vector, vector + 1
    .endr

trap_common:
    pusha
    push %esp
    call tester_trap
    add $4, %esp
    popa
    add $8, %esp
    iret

    /* enter_long_mode(root, found): 64-bit code and back; of what it finds, five words. */
    .globl enter_long_mode
enter_long_mode:
    push %ebp
    push %ebx
    push %esi
    push %edi
    mov 20(%esp), %eax
    mov 24(%esp), %edi
    mov $0x20, %ecx                   /* PAE */
    mov %ecx, %cr4
    mov %eax, %cr3
    mov $0xc0000080, %ecx
    rdmsr
    or $0x100, %eax                   /* LME */
    wrmsr
    mov %cr0, %eax
    or $0x80000000, %eax
    mov %eax, %cr0
    ljmp $24, $1f

    .code64
1:  mov $0xc0000080, %ecx
    rdmsr
    and $0x500, %eax
    mov %eax, (%rdi)
    movabs $0x123456789abcdef0, %rax
    movabs $0x1111111111111111, %rdx
    lea (%rax,%rdx), %r9
    shr $32, %r9
    mov %r9d, 4(%rdi)
    mov $0xfee00000, %r10d
    mov 0x30(%r10), %r11d
    mov %r11d, 8(%rdi)
    mov $5, %eax
    mov %rax, %cr8
    mov 0x80(%r10), %ecx              /* the APIC shows it */
    movl $0x30, 0x80(%r10)
    mov %cr8, %rax                    /* and the other way round */
    shl $8, %eax
    or %ecx, %eax
    mov %eax, 12(%rdi)
    movl $0, 0x80(%r10)
    mov %rdi, %r11
    movabs $0x100007000, %r8          /* the test device's memory */
    movabs $0x123456789abcdef0, %rax
    mov %rax, 8(%r8)
    lock xadd %rax, 8(%r8)
    lea 8(%r8), %rsi
    lea 64(%r8), %rdi
    mov $2, %ecx
    rep movsq
    lea 70(%r8), %rdi
    mov $0xe0, %edx                   /* its register */
    mov $0x5e, %al
    out %al, %dx
    mov $1, %ecx
    rep insb
    mov 64(%r8), %rax
    shr $32, %rax
    mov %eax, 16(%r11)
    mov %r11, %rdi
    lea 3f(%rip), %rax
    push $8
    push %rax
    lretq

    .code32
3:  mov %cr0, %eax
    and $0x7fffffff, %eax
    mov %eax, %cr0
    mov $0xc0000080, %ecx
    rdmsr
    and $~0x100, %eax
    wrmsr
    xor %eax, %eax
    mov %eax, %cr4
    pop %edi
    pop %esi
    pop %ebx
    pop %ebp
    ret

    /* enter_real_mode(found): 16-bit code at REAL, and back; of what it finds, five words. */
    .set REAL, 0x6000
    .set REAL_STACK, 0x7f00
    .set VECTOR_OWN, 0x40
    .set VECTOR_WAITING, 0x31
    .globl enter_real_mode
enter_real_mode:
    push %ebp
    push %ebx
    push %esi
    push %edi
    mov 20(%esp), %edi
    mov %esp, real_esp
    sidt idt_before
    lidt real_idt
    movl $REAL + real_interrupt - real_code, 4 * VECTOR_OWN
    movl $REAL + real_interrupt - real_code, 4 * VECTOR_WAITING
    ljmp $32, $REAL

    .globl real_code, real_code_end
    .code16
real_code:
    mov $40, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov %cr0, %eax
    and $~1, %eax
    mov %eax, %cr0
    ljmp $0, $REAL + 1f - real_code
1:  xor %ax, %ax
    mov %ax, %ds
    mov %ax, %ss
    mov $REAL_STACK, %sp
    mov $0x1000, %ax
    mov %ax, %ds
    movl $0x12340000 + REAL + real_word - real_code, %esi
    mov $0x10004, %ecx
    mov $0xe0, %dx                    /* the test device's register */
    cs rep outsb
    in %dx, %al
    mov %al, %cs:(REAL + real_string - real_code)
    shr $16, %esi
    mov %si, %cs:(REAL + real_string - real_code + 2)
    xor %ax, %ax
    mov %ax, %ds
    xor %esi, %esi
    int $VECTOR_OWN
    sti
    nop
    cli
    mov %cr0, %ebp
    mov $0x3ff, %dx                   /* the serial port's scratch register */
    mov $0xa7, %al
    out %al, %dx
    xor %eax, %eax
    in %dx, %al
    mov %eax, %ecx
    mov $REAL >> 4, %ax
    mov %ax, %es
    mov %es:(real_word - real_code), %ebx
    mov %cr0, %eax
    or $1, %eax
    mov %eax, %cr0
    ljmpl $8, $2f
real_interrupt:
    inc %si
    iret
real_word:
    .long 0x5e93e47
real_string:
    .long 0
real_code_end:

    .code32
2:  mov $16, %edx
    mov %edx, %ds
    mov %edx, %es
    mov %edx, %ss
    mov real_esp, %esp
    lidt idt_before
    mov %esi, (%edi)
    mov %ebp, 4(%edi)
    mov %ecx, 8(%edi)
    mov %ebx, 12(%edi)
    mov REAL + real_string - real_code, %ebx
    mov %ebx, 16(%edi)
    pop %edi
    pop %esi
    pop %ebx
    pop %ebp
    ret

    .section .data
    .balign 8
idt_before:
    .skip 8
real_idt:
    .word 0x3ff
    .long 0
    .balign 4
real_esp:
    .long 0
    .balign 8
    .globl gdt
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff          /* code, 32 bits */
    .quad 0x00cf93000000ffff          /* data */
    .quad 0x00af9b000000ffff          /* code, 64 bits */
    .quad 0x00009b000000ffff          /* code, 16 bits */
    .quad 0x000093000000ffff          /* data, 64 KiB */
gdt_pointer:
    .word . - gdt - 1
    .long gdt

    .section .bss
    .balign 16
    .skip 16384
stack_top:

    .section .note.GNU-stack, "", @progbits
