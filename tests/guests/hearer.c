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

enum { HEARER_ENOUGH = 500, HEARER_MMX = 1 << 23, HEARER_SSE = 1 << 25, HEARER_SSE2 = 1 << 26 };

static uint32_t hearer_features(void)
{
    uint32_t eax = 1, ebx, ecx = 0, edx;

    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    return edx;
}

/* Each message carries its own number. */
static bool hearer_is_right(const struct message_header *header, const uint32_t tick[2])
{
    return header->type == 0 && header->length == 2 * sizeof *tick && tick[0] == (uint32_t)header->sequence && tick[1] == 0;
}

void guest_main(const struct subject_info *info)
{
    struct direct_receiver receiver;
    struct serial serial;
    uint64_t next = 0, odd = 0;

    serial_open(&serial, SERIAL_COM2);
    uint32_t features = hearer_features();
    serial_print(&serial, "hearer hides=%u shows=%u\n", features & (HEARER_MMX | HEARER_SSE2), (features & HEARER_SSE) != 0);
    if (!direct_receiver_open(&receiver, info, "beams")) return;
    while (receiver.taken < HEARER_ENOUGH) {
        struct message_header header;
        uint32_t tick[2];

        while (direct_take(&receiver, &header, tick, sizeof tick)) {
            odd += header.sequence < next || !hearer_is_right(&header, tick);
            next = header.sequence + 1;
        }
        call_make(ABI_CALL_WAIT, 0, 0, 0);
    }
    serial_print(&serial, "hearer taken=%lu missed=%lu odd=%lu corrupt=%lu\n", receiver.taken, receiver.lost, odd,
                 receiver.corrupt);
    serial_print(&serial, "hearer writes\n");
    pages_open(receiver.channel->gpa);
    *(volatile uint64_t *)receiver.channel->gpa = 0;
    serial_print(&serial, "hearer wrote\n");
    for (;;) call_make(ABI_CALL_WAIT, 0, 0, 0);
}
