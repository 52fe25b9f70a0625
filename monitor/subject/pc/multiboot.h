/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lays out a kernel that a multiboot loader can start (Multiboot specification 0.6.96), and what it is told. The files are
 * untrusted: whatever they say, nothing is written outside the room. Also compiled on the host, where it is tested.
 */
#pragma once

#include <stdint.h>

#define MULTIBOOT_LOWEST 0x1000u      /* below it lies what firmware keeps */
#define MULTIBOOT_INFO 0x9e000u       /* a page of what the kernel is told, as far up in low memory as firmware leaves it */

struct multiboot_file { const uint8_t *bytes; uint64_t size; };

struct multiboot_room {
    uint64_t base;                    /* where guest-physical address 0 is to be found; in a guest: 0 */
    uint64_t end;                     /* the kernel and its module end below this address */
    uint64_t ram_size;                /* what the kernel is told */
};

struct multiboot_start { uint32_t entry, info; };

/* A module of size 0: there is none. `line`: at most 2,000 bytes. Null if all went well, else what is wrong. */
const char *multiboot_lay_out(const struct multiboot_room *room, struct multiboot_file kernel, struct multiboot_file module,
                              const char *line, struct multiboot_start *start);
