/* SPDX-License-Identifier: Apache-2.0 */
/* The files that a loader is linked with: PAYLOAD_KERNEL, PAYLOAD_MODULE and PAYLOAD_LINE name them. */
    .section .rodata, "a"
    .balign 16
    .globl payload_kernel, payload_kernel_end, payload_module, payload_module_end, payload_line
payload_kernel:
    .incbin PAYLOAD_KERNEL
payload_kernel_end:
    .balign 16
payload_module:
    .incbin PAYLOAD_MODULE
payload_module_end:
payload_line:
    .incbin PAYLOAD_LINE
    .byte 0

    .section .note.GNU-stack, "", @progbits
