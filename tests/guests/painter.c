/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `painter`: fills all of its memory that its program does not use, each word with what no other word of any subject
 * gets, and looks at it again after the others have had their windows. Then it fails, and in its second life does the same, if
 * nothing is left of the first. One that sends gives the number of each look to the one that receives. What is not so ends a
 * life; once all is done, it asks for a privilege, which goes on record. Parameters: which one it is; the serial port where it
 * says
 *
 *   paint epoch=E words=N stale=N odd=N heard=N
 *   paint done
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/guest.h"
#include "guest/receiver.h"
#include "guest/sender.h"
#include "guest/serial.h"

enum { PAGE = 4096, STACK_ROOM = 16 * PAGE, LOOKS = 4, WINDOWS_BETWEEN = 4, FRESH = 0x1234 };

struct canvas { uint64_t *from, *end; };

extern uint8_t guest_end[];
static uint64_t fresh = FRESH;        /* from the image: a life changes it, the next one has it again */

/* Below the program, and between the program and the stack. */
static struct canvas canvas(uint32_t part)
{
    uintptr_t above = ((uintptr_t)guest_end + PAGE - 1) / PAGE * PAGE;
    uintptr_t stack = (uintptr_t)__builtin_frame_address(0) / PAGE * PAGE - STACK_ROOM;
    if (part == 0) return (struct canvas){ (uint64_t *)PAGE, (uint64_t *)0x100000 };
    return (struct canvas){ (uint64_t *)above, (uint64_t *)stack };
}

static uint64_t shade(const uint64_t *at, uint64_t who, uint64_t look)
{
    return ((uintptr_t)at ^ who << 56 ^ look << 48) * 0x9e3779b97f4a7c15ull;
}

/* Words that are not as the look before left them; 0: nothing was there before. Leaves the next one. */
static uint64_t paint(uint64_t who, uint64_t look)
{
    uint64_t odd = 0;
    for (uint32_t part = 0; part < 2; part++) {
        struct canvas c = canvas(part);
        for (uint64_t *at = c.from; at < c.end; at++) odd += *at != (look == 0 ? 0 : shade(at, who, look));
        for (uint64_t *at = c.from; at < c.end; at++) *at = shade(at, who, look + 1);
    }
    return odd;
}

static void rest(void)
{
    for (uint32_t i = 0; i < WINDOWS_BETWEEN; i++) call_make(ABI_CALL_WAIT, 0, 0, 0);
}

static void tell(struct sender *sender, uint32_t look)
{
    uint64_t *number = sender_claim(sender, 0, 1, sizeof *number);
    if (!number) return;
    *number = look;
    sender_flush(sender, sender_allowance(sender));
}

static uint64_t hear(struct receiver *receiver)
{
    struct message_header header;
    uint64_t heard = 0, number;
    while (receiver_take(receiver, &header, &number, sizeof number)) {
        if (number == 0 || number > LOOKS) guest_fail();
        heard++;
    }
    receiver_free(receiver);
    return heard;
}

static void say(const struct subject_info *info, uint64_t stale, uint64_t odd, uint64_t heard)
{
    struct canvas low = canvas(0), high = canvas(1);
    uint64_t words = (uint64_t)(low.end - low.from + high.end - high.from);
    struct serial serial;
    if (info->params[1] == 0) return;
    serial_open(&serial, (enum serial_port)info->params[1]);
    serial_print(&serial, "paint epoch=%u words=%lu stale=%lu odd=%lu heard=%lu\n", info->epoch, words, stale, odd, heard);
    if (info->epoch > 0) serial_print(&serial, "paint done\n");
}

void guest_main(const struct subject_info *info)
{
    static struct sender sender;
    static struct receiver receiver;
    bool sends = sender_open(&sender, info, "looks"), hears = receiver_open(&receiver, info, "looks");
    uint64_t who = (uint64_t)info->params[0], stale = paint(who, 0), odd = 0, heard = 0;
    stale += fresh++ != FRESH;
    for (uint32_t look = 1; look <= LOOKS; look++) {
        rest();
        odd += paint(who, look);
        if (sends) tell(&sender, look);
        if (hears) heard += hear(&receiver);
    }
    say(info, stale, odd, heard);
    if (stale + odd > 0 || info->epoch == 0) guest_fail();
    call_make(ABI_CALL_OPERATE, 0, 0, 0);
    for (;;) {
        rest();
        if (sends) tell(&sender, LOOKS);
    }
}
