/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entering a subject: AMD64 APM volume 2, 15.5. VMRUN switches RAX, RSP, RIP, RFLAGS, control and segment registers; VMLOAD and
 * VMSAVE switch FS, GS, TR, LDTR and the system call registers (15.5.2): the kernel's TR says where the stack of its double
 * faults lies, and that must never be a subject's word. The other general registers are switched here.
 *
 * #VMEXIT loads the kernel's CR0, but QEMU 7.2 does so as MOV would, before CR4 and EFER: after a subject with EFER.LME set,
 * CR0.PG and CR4.PAE clear, which is legal, it finds the way into long mode shut and leaves the subject's CR0. The kernel would
 * run on without paging, hence without W^X, and perhaps without protection: so it loads CR0 once more.
 */
#include "x86/enter.h"

    .set VMCB, 4096                   /* the control block lies in the page behind struct vcpu */

    .text
    .globl svm_run, svm_take_interrupts, svm_sleep
svm_run:                              /* rdi: struct vcpu * */
    ENTER_FRAME
0:  LOAD_KEPT
1:  mov 0x10(%rbx), %eax
    cmpq $0, event_words(,%rax,8)
    jne 3f
2:  lea VMCB(%rbx), %rax
    LOAD_OTHERS
    vmload %rax
    vmrun %rax
    push %rbx
    mov $CR0_KERNEL, %ebx             /* see above; before all else, since without protection VMSAVE is undefined */
    mov %rbx, %cr0
    vmsave %rax
    lea -VMCB(%rax), %rbx
    pop AT_rbx(%rbx)
    mov 0xb8(%rbx), %rax              /* this CPU's own */
    vmload %rax
    STORE_OTHERS
    mov %rbx, %rdi
    call svm_exit
    test %al, %al
    jnz 1b
    STORE_KEPT
    HAND_OVER 0b
3:  mov %rbx, %rdi
    call svm_offer
    jmp 2b

    /* IF is set and GIF clear while the kernel runs: what STGI lets in comes at once. */
svm_take_interrupts:                  /* trap.S says in RAX what came */
    xor %eax, %eax
    stgi
    nop
    clgi
    ret

    /* With IF clear, STGI lets nothing in; STI delays interrupts past HLT, so that none is lost between the two. */
svm_sleep:
    cli
    stgi
    sti
    hlt
    clgi
    ret
