/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `hearer`: reads the direct channel `beams`. Says on COM2
 *
 *   hearer hides=H shows=S                      bits of CPUID leaf 1, EDX: of what the policy hides, and whether SSE is seen
 *   hearer taken=T missed=M odd=O corrupt=C     once it has T messages; M went by unread; O came out of order or were not right
 *   hearer writes                               and then does, past its own page tables, which ends its life
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/direct.h"
#include "guest/guest.h"
#include "guest/pages.h"
#include "guest/serial.h"

enum { HEARER_TYPE = 0, HEARER_ENOUGH = 500, HEARER_MMX = 1 << 23, HEARER_SSE = 1 << 25, HEARER_SSE2 = 1 << 26 };

static uint32_t hearer_features(void)
{
    uint32_t eax = 1, ebx, ecx = 0, edx;

    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    return edx;
}

void guest_main(const struct subject_info *info)
{
    struct direct_receiver receiver;
    struct serial serial;
    uint64_t next = 0, odd = 0, taken = 0;

    serial_open(&serial, SERIAL_COM2);
    uint32_t features = hearer_features();
    serial_print(&serial, "hearer hides=%u shows=%u\n", features & (HEARER_MMX | HEARER_SSE2), (features & HEARER_SSE) != 0);
    if (!direct_receiver_open(&receiver, info, "beams")) return;
    while (taken < HEARER_ENOUGH) {
        enum direct_result result;
        uint32_t tick[2];

        while ((result = direct_pop(&receiver, HEARER_TYPE, tick, sizeof tick)) != DIRECT_EMPTY) {
            uint64_t number = direct_number(&receiver.ring) - 1;
            if (result != DIRECT_TAKEN) continue;
            odd += number < next || tick[0] != (uint32_t)number || tick[1] != 0;      /* each carries its own number */
            next = number + 1;
            taken++;
        }
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
    serial_print(&serial, "hearer taken=%lu missed=%lu odd=%lu corrupt=%lu\n", taken, receiver.lost, odd,
                 receiver.corrupt + receiver.refused);
    serial_print(&serial, "hearer writes\n");
    pages_open((uint64_t)receiver.ring.stamps);
    *(volatile uint64_t *)(void *)receiver.ring.stamps = 0;
    serial_print(&serial, "hearer wrote\n");
    for (;;) call_make(ABI_CALL_WAIT, 0, 0, 0);
}
