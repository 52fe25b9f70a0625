/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `toucher`: touches what it may not. Says on COM2 what became of each act:
 *
 *   touch NAME refused vector=V     an exception came instead
 *   touch NAME passed               nothing happened
 *
 * An act on memory ends the life, so each life tries one more of them and says before: `touch NAME epoch=E`. The policy gives
 * it COM2 and as many restarts as it has such acts; after them it says `touch done`.
 */
#include "guest/guest.h"
#include "guest/interrupt.h"
#include "guest/pages.h"
#include "guest/serial.h"

enum { TOUCHER_UNDEFINED = 6, TOUCHER_PROTECTION = 13, TOUCHER_PAGE = 14 };

typedef void toucher_act(void);

/* toucher_entry.S */
uint32_t toucher_try(toucher_act *act);
extern const uint8_t toucher_undefined[], toucher_protection[], toucher_page[];

#define TOUCHER_ACT(name, ...)                                                                                             \
    static void toucher_##name(void)                                                                                       \
    {                                                                                                                      \
        __asm__ volatile(__VA_ARGS__);                                                                                     \
    }

TOUCHER_ACT(port_in, "inb $0x70, %%al" : : : "rax")
TOUCHER_ACT(port_out, "outb %%al, %%dx" : : "a"(6), "d"(0xcf9))           /* the chipset's reset register */
TOUCHER_ACT(port_string, "push %%rsi; outsb; pop %%rsi" : : "d"(0x3f8), "S"("x") : "memory")      /* the kernel's console */
TOUCHER_ACT(port_edge, "inl %%dx, %%eax" : : "d"(0x2fe) : "rax")  /* the last two of its own ports, and two that are not */
TOUCHER_ACT(msr_read, "rdmsr" : : "c"(0xc0010117) : "rax", "rdx")         /* VM_HSAVE_PA: where the kernel's state is saved */
TOUCHER_ACT(msr_write, "wrmsr" : : "c"(0xc0010117), "a"(0), "d"(0))
TOUCHER_ACT(apic_base, "wrmsr" : : "c"(0x1b), "a"(0xfee00900), "d"(0))
TOUCHER_ACT(vmrun, "vmrun %%rax" : : "a"(0))
TOUCHER_ACT(vmload, "vmload %%rax" : : "a"(0))
TOUCHER_ACT(vmsave, "vmsave %%rax" : : "a"(0))
TOUCHER_ACT(stgi, "stgi")
TOUCHER_ACT(clgi, "clgi")
TOUCHER_ACT(skinit, "skinit %%eax" : : "a"(0))
TOUCHER_ACT(invlpga, "invlpga %%rax, %%ecx" : : "a"(0), "c"(0))
TOUCHER_ACT(vmxoff, "vmxoff")
TOUCHER_ACT(vmptrst, "vmptrst (%%rsp)" : : : "memory")
TOUCHER_ACT(vmread, "vmread %%rax, %%rdx" : : "a"(0x6c00) : "rdx")         /* the kernel's CR0 */
TOUCHER_ACT(vmwrite, "vmwrite %%rdx, %%rax" : : "a"(0x6c00), "d"(0))
TOUCHER_ACT(invept, "invept (%%rsp), %%rax" : : "a"(2ul) : "memory")
TOUCHER_ACT(invd, "invd")
TOUCHER_ACT(debug, "mov %0, %%dr7" : : "r"(0x402ul))

static const struct { const char *name; toucher_act *act; } toucher_acts[] = {
    { "port-in", toucher_port_in },     { "port-out", toucher_port_out },   { "port-string", toucher_port_string },
    { "port-edge", toucher_port_edge }, { "msr-read", toucher_msr_read },   { "msr-write", toucher_msr_write },
    { "apic-base", toucher_apic_base }, { "vmrun", toucher_vmrun },         { "vmload", toucher_vmload },
    { "vmsave", toucher_vmsave },       { "stgi", toucher_stgi },           { "clgi", toucher_clgi },
    { "skinit", toucher_skinit },       { "invlpga", toucher_invlpga },     { "vmxoff", toucher_vmxoff },
    { "vmptrst", toucher_vmptrst },     { "vmread", toucher_vmread },       { "vmwrite", toucher_vmwrite },
    { "invept", toucher_invept },       { "invd", toucher_invd },           { "debug", toucher_debug }
};

enum toucher_access { TOUCHER_READ, TOUCHER_WRITE, TOUCHER_EXECUTE };

struct toucher_target {
    const char *name;
    uint64_t gpa;
    enum toucher_access access;
};

#define TOUCHER_NOWHERE (1ull << 38)  /* far above all that any policy maps */

static struct toucher_target toucher_target;

static void toucher_reach(void)
{
    volatile uint64_t *where = (volatile uint64_t *)toucher_target.gpa;

    switch (toucher_target.access) {
    case TOUCHER_READ: (void)*where; break;
    case TOUCHER_WRITE: *where = 0; break;
    case TOUCHER_EXECUTE: __asm__ volatile("call *%0" : : "r"(where) : "memory"); break;
    }
}

static void toucher_tell(struct serial *serial, const char *name, uint32_t vector)
{
    if (vector == 0) {
        serial_print(serial, "touch %s passed\n", name);
    } else {
        serial_print(serial, "touch %s refused vector=%u\n", name, vector);
    }
}

/* Maps everything for itself first, so that the nested page table alone refuses. */
static void toucher_try_memory(const struct subject_info *info, struct serial *serial)
{
    const struct toucher_target targets[] = { { "memory-read", TOUCHER_NOWHERE, TOUCHER_READ },
                                              { "memory-write", (uintptr_t)info, TOUCHER_WRITE },
                                              { "memory-execute", (uintptr_t)info, TOUCHER_EXECUTE } };

    if (info->epoch >= sizeof targets / sizeof targets[0]) {
        serial_print(serial, "touch done\n");
        return;
    }
    toucher_target = targets[info->epoch];
    serial_print(serial, "touch %s epoch=%u\n", toucher_target.name, info->epoch);
    pages_open(toucher_target.gpa);
    toucher_tell(serial, toucher_target.name, toucher_try(toucher_reach));
}

static void toucher_try_acts(struct serial *serial)
{
    for (uint32_t i = 0; i < sizeof toucher_acts / sizeof toucher_acts[0]; i++) {
        toucher_tell(serial, toucher_acts[i].name, toucher_try(toucher_acts[i].act));
    }
}

void guest_main(const struct subject_info *info)
{
    struct serial serial;

    serial_open(&serial, SERIAL_COM2);
    interrupt_start();
    interrupt_set(TOUCHER_UNDEFINED, toucher_undefined);
    interrupt_set(TOUCHER_PROTECTION, toucher_protection);
    interrupt_set(TOUCHER_PAGE, toucher_page);
    if (info->epoch == 0) toucher_try_acts(&serial);
    toucher_try_memory(info, &serial);
}
