/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes to the info page and to an inbox. low maps both writable for itself first, so that what refuses the write is the
 * nested page table alone.
 */
#include "guest/pages.h"
#include "hostile.h"

/* Ends this life, if the kernel does its work. */
static void hostile_write(struct low *low, const char *name, const void *where)
{
    volatile uint64_t *target = (volatile uint64_t *)(uintptr_t)where;

    pages_open((uintptr_t)where);
    *target = UINT64_MAX;
    serial_print(&low->serial, "attack %s tries=1 denied=0 accepted=1 status=0 rule=0\n", name);
}

void hostile_try_memory(struct low *low)
{
    const struct { const char *name; const void *where; } targets[] = {
        { "info-page", low->info }, { "inbox", low->notices.inbox }
    };
    uint32_t count = sizeof targets / sizeof targets[0], life = low->info->epoch;

    if (life > 0 && life <= count) {
        serial_print(&low->serial, "attack %s tries=1 denied=1 accepted=0 status=0 rule=0\n", targets[life - 1].name);
    }
    if (life < count) hostile_write(low, targets[life].name, targets[life].where);
}
