/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first program of a subject that has the monitor `pc`: lays out the multiboot kernel that it was linked with (payload.S),
 * below itself, and has it started. It runs as any bare-metal subject; the kernel then has its memory, and may overwrite it.
 */
#include "guest/guest.h"
#include "guest/serial.h"
#include "pc/loader.h"
#include "pc/multiboot.h"

extern const uint8_t payload_kernel[], payload_kernel_end[], payload_module[], payload_module_end[];
extern const char payload_line[];
extern const uint8_t loader_begin[];  /* loader.ld */

static struct multiboot_file file(const uint8_t *begin, const uint8_t *end)
{
    return (struct multiboot_file){ begin, (uint64_t)(end - begin) };
}

static _Noreturn void tell_monitor(struct multiboot_start start)
{
    uint32_t leaf = LOADER_LEAF;
    __asm__ volatile("cpuid" : "+a"(leaf) : "b"(start.info), "c"(start.entry) : "edx", "memory");
    guest_fail();                     /* its monitor is another */
}

void guest_main(const struct subject_info *info)
{
    const struct multiboot_room room = { 0, (uint64_t)loader_begin, info->ram_size };
    struct multiboot_start start;
    const char *wrong = multiboot_lay_out(&room, file(payload_kernel, payload_kernel_end),
                                          file(payload_module, payload_module_end), payload_line, &start);
    if (wrong) {
        struct serial serial;
        serial_open(&serial, SERIAL_COM2);
        serial_print(&serial, "loader: cannot start the kernel: %s\n", wrong);
        start = (struct multiboot_start){ 0 };
    }
    tell_monitor(start);
}
