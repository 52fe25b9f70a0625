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

    /* enter_long_mode(root, found): 64-bit code and back; of what it finds, four words. */
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

    .section .data
    .balign 8
    .globl gdt
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff          /* code, 32 bits */
    .quad 0x00cf93000000ffff          /* data */
    .quad 0x00af9b000000ffff          /* code, 64 bits */
gdt_pointer:
    .word . - gdt - 1
    .long gdt

    .section .bss
    .balign 16
    .skip 16384
stack_top:

    .section .note.GNU-stack, "", @progbits
