/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `witness`: writes down all that it can see of the world, at each of its windows' starts: when it was, by its own
 * clock, set to 0 at the first of them, that it left off and began, and how long at most it was held up before; the messages
 * that came; the answer to a message, a notification, a refused call and a CPUID, and when each came; and what its registers
 * hold. At last it says all of it on COM3, a line each
 *
 *   trace KIND CLOCK VALUE
 *
 * (numbers in hexadecimal), and `witness done starts=N deviation=D missed=M`: by how many ticks the starts lie closer together
 * or wider apart than the plan has it, and how many frames had none. Parameters: frames to look at, the frame in microseconds
 * and, if that is not COM3, the port.
 *
 * One that can send on `told` is the witness's peer: it sends its clock there at each start, and reads `seen`. One without
 * channels looks at the starts alone, and sleeps between them, so that each reading follows the kernel's last step at once.
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/clock.h"
#include "guest/guest.h"
#include "guest/receiver.h"
#include "guest/sender.h"
#include "guest/serial.h"

enum {
    WITNESS_GAP_TICKS = 2000,         /* more than any step of the loop that looks for gaps, less than what a margin leaves */
    WITNESS_TRACE_MAX = 8192,
    WITNESS_FS_BASE = 0xc0000100, WITNESS_STAR = 0xc0000081, WITNESS_SYSENTER = 0x174, WITNESS_PAT = 0x277
};

enum witness_kind { WITNESS_LEFT, WITNESS_BEGAN, WITNESS_HEARD, WITNESS_SENT, WITNESS_NOTIFIED, WITNESS_REFUSED, WITNESS_LEAF,
                    WITNESS_XMM, WITNESS_X87, WITNESS_MXCSR, WITNESS_BASE, WITNESS_CR2, WITNESS_HELD, WITNESS_CALLS };

struct witness_entry { uint64_t kind, clock, value; };
struct witness_note { uint64_t number, clock; };

static struct witness_entry witness_trace[WITNESS_TRACE_MAX];
static uint32_t witness_entries;
static bool witness_vmx;
static uint64_t witness_origin;       /* clock at the first start: how long the firmware took is no subject's doing */

static uint64_t witness_clock(void)
{
    return clock_now() - witness_origin;
}

static void witness_see(enum witness_kind kind, uint64_t value)
{
    if (witness_entries == WITNESS_TRACE_MAX) return;
    witness_trace[witness_entries++] = (struct witness_entry){ kind, witness_clock(), value };
}

/* ---- registers that entering a subject does not switch by itself ---- */
static uint64_t witness_read(uint32_t msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return low | (uint64_t)high << 32;
}

/*
 * System calls and PAT, which it leaves as they are: one number of all. QEMU 7.2 keeps one PAT for all guests and its host,
 * though VMRUN should load it (AMD64 APM volume 2, 15.25.4): so it is looked at on VMX alone.
 */
static uint64_t witness_read_calls(void)
{
    uint64_t all = witness_vmx ? witness_read(WITNESS_PAT) : 0;

    for (uint32_t i = 0; i < 3; i++) all = all * 3 ^ witness_read(WITNESS_SYSENTER + i);
    for (uint32_t i = 0; i < 4; i++) all = all * 3 ^ witness_read(WITNESS_STAR + i);
    return all;
}

static void witness_fill_registers(uint64_t with)
{
    uint32_t mxcsr = 0x1f80 | (uint32_t)(with & 3) << 13;

    __asm__ volatile("wrmsr" : : "c"(WITNESS_FS_BASE), "a"((uint32_t)with), "d"(0));
    __asm__ volatile("ldmxcsr %1\n\tmovq %0, %%xmm0\n\tmovq %0, %%xmm15\n\tfninit\n\tfildq %2\n\tmov %0, %%cr2"
                     : : "r"(with), "m"(mxcsr), "m"(with));
}

static void witness_read_registers(void)
{
    uint64_t xmm0, xmm15, cr2;
    int64_t x87;
    uint32_t mxcsr;

    __asm__ volatile("movq %%xmm0, %0\n\tmovq %%xmm15, %1\n\tfistpq %2\n\tstmxcsr %3\n\tmov %%cr2, %4"
                     : "=r"(xmm0), "=r"(xmm15), "=m"(x87), "=m"(mxcsr), "=r"(cr2));
    witness_see(WITNESS_XMM, xmm0 ^ (xmm15 << 1));
    witness_see(WITNESS_X87, (uint64_t)x87);
    witness_see(WITNESS_MXCSR, mxcsr);
    witness_see(WITNESS_BASE, witness_read(WITNESS_FS_BASE));
    witness_see(WITNESS_CR2, cr2);
    witness_see(WITNESS_CALLS, witness_read_calls());
}

/* ---- what it does and hears ---- */
static void witness_hear(struct receiver *told)
{
    struct message_header header;
    struct witness_note note;

    while (receiver_take(told, &header, &note, sizeof note)) witness_see(WITNESS_HEARD, note.number ^ note.clock << 16);
    receiver_free(told);
}

static void witness_send(struct sender *sender, uint64_t number)
{
    struct witness_note *note = sender_claim(sender, 0, 1, sizeof *note);

    if (note == NULL) guest_fail();
    *note = (struct witness_note){ number, witness_clock() };
    struct sender_result result = sender_flush(sender, 1);
    witness_see(WITNESS_SENT, result.status ^ (uint64_t)result.accepted << 32);
}

static void witness_call(enum witness_kind kind, uint32_t call, uint64_t argument)
{
    struct call_answer answer = call_make(call, argument, 0, 0);
    witness_see(kind, answer.status ^ answer.result << 32);
}

static void witness_ask_leaf(void)
{
    uint32_t eax = 1, ebx, ecx = 0, edx;

    __asm__ volatile("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
    witness_see(WITNESS_LEAF, eax ^ (uint64_t)edx << 32);
}

/* ---- starts of windows ---- */
struct witness_starts { uint64_t first, last, early, late, count, major; };

static void witness_begin(struct witness_starts *s, uint64_t now)
{
    if (s->count++ == 0) s->first = now;
    uint64_t off = (now - s->first) % s->major;
    s->last = now;
    if (off > s->major / 2) s->early = s->early > s->major - off ? s->early : s->major - off;
    else s->late = s->late > off ? s->late : off;
}

struct witness_end { uint64_t left, held; };

/* Waits for the next window. Returns its first reading of the clock. */
static uint64_t witness_wait(struct witness_end *end)
{
    uint64_t last = clock_now();

    for (end->held = 0;;) {
        uint64_t now = clock_now(), step = now - last;
        end->left = last;
        if (step > WITNESS_GAP_TICKS) return now;
        if (step > end->held) end->held = step;
        last = now;
    }
}

static uint64_t witness_sleep(void)
{
    call_make(ABI_CALL_WAIT, 0, 0, 0);
    return clock_now();
}

static void witness_tell(const struct subject_info *info, const struct witness_starts *s)
{
    static struct serial serial;
    uint64_t frames = (s->last - s->first + s->major / 2) / s->major + 1;

    serial_open(&serial, info->param_count > 2 ? (enum serial_port)info->params[2] : SERIAL_COM3);
    for (uint32_t i = 0; i < witness_entries; i++) {
        const struct witness_entry *e = &witness_trace[i];
        serial_print(&serial, "trace %lu %lx %lx\n", e->kind, e->clock, e->value);
    }
    serial_print(&serial, "witness done starts=%lu deviation=%lu missed=%lu khz=%u\n", s->count, s->early + s->late,
                 frames - s->count, info->tsc_khz);
}

static void witness_look(struct sender *seen, struct receiver *told, uint64_t number)
{
    witness_read_registers();
    witness_hear(told);
    witness_send(seen, number);
    witness_call(WITNESS_NOTIFIED, ABI_CALL_NOTIFY, seen->channel->channel);
    witness_call(WITNESS_REFUSED, ABI_CALL_OPERATE, 0);
    witness_ask_leaf();
    witness_fill_registers(number * 0x9e3779b9 & 0x7fffffff);
}

/* Without room for more it goes on with the windows' starts alone. */
static void witness_watch(const struct subject_info *info, struct sender *seen, struct receiver *told)
{
    struct witness_starts starts = { .major = (uint64_t)info->params[1] * info->tsc_khz / 1000 };
    struct witness_end end;

    witness_sleep();                  /* the first window began with its own start-up */
    witness_fill_registers(0);
    while (starts.count < (uint64_t)info->params[0]) {
        uint64_t now = seen ? witness_wait(&end) : witness_sleep();
        witness_begin(&starts, now);
        if (!seen) continue;
        if (witness_origin == 0) witness_origin = now;
        witness_see(WITNESS_LEFT, end.left - witness_origin);
        witness_see(WITNESS_HELD, end.held);
        witness_see(WITNESS_BEGAN, now - witness_origin);
        witness_look(seen, told, starts.count);
    }
    witness_tell(info, &starts);
}

static void witness_tell_peer(struct sender *told, struct receiver *seen)
{
    struct witness_end end;

    for (uint64_t i = 0;; i++) {
        uint64_t now = witness_wait(&end);
        if (witness_origin == 0) witness_origin = now;
        witness_hear(seen);
        witness_send(told, i);
    }
}

void guest_main(const struct subject_info *info)
{
    static struct sender sender;
    static struct receiver receiver;

    witness_vmx = info->call == INFO_CALL_VMCALL;
    if (info->channel_count == 0) {
        witness_watch(info, NULL, NULL);
    } else if (sender_open(&sender, info, "seen") && receiver_open(&receiver, info, "told")) {
        witness_watch(info, &sender, &receiver);
    } else if (sender_open(&sender, info, "told") && receiver_open(&receiver, info, "seen")) {
        witness_tell_peer(&sender, &receiver);
    } else {
        guest_fail();
    }
}
