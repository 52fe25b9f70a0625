/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subject `bell`: has its serial port, COM3, interrupt it by what it has sent, or by what it hears of itself in its loopback
 * mode (National Semiconductor PC16550D, 8.6.2, 8.6.6). Says on COM3
 *
 *   bell interrupt ticks=N            the shortest time from the port's edge to the handler's first instruction
 *   bell ready
 *
 * then takes a secret, sixteen hexadecimal digits, and if that is not 0 behaves by it for the rest of its life: has the port
 * interrupt it at once, with interrupts on or off, or after a while, which may be in another's window; sleeps until it does, or
 * loops. What comes in from outside interrupts it too.
 */
#include "channels/abi.h"
#include "guest/call.h"
#include "guest/clock.h"
#include "guest/guest.h"
#include "guest/interrupt.h"
#include "guest/serial.h"
#include "random.h"

enum { DATA = 0, ENABLE = 1, FIFO = 2, LINE = 3, MODEM = 4, STATUS = 5, SCRATCH = 7 };
enum {
    ENABLE_RECEIVED = 1, ENABLE_SENT = 2, FIFO_ON = 0xc1, LINE_8N1 = 3, LINE_DIVISOR = 0x80, MODEM_OPEN = 0x0b,
    MODEM_LOOPED = 0x1b, STATUS_RECEIVED = 1, BELL_LINES = 32, BELL_ROUNDS = 64, BELL_PATIENCE = 100000, BELL_DIGITS = 16,
    BELL_STRETCH = 3000, BELL_DIVISORS = 3
};

extern const uint8_t bell_entry[];
extern volatile uint32_t bell_low, bell_high, bell_count;

/* When it began, and that it did: the port is read by whoever rang it, and until then it raises no other edge. */
__asm__(".pushsection .text\n"
        ".globl bell_entry\n"
        "bell_entry:\n\t"
        "push %rax\n\t"
        "push %rdx\n\t"
        "rdtsc\n\t"
        "mov %eax, bell_low(%rip)\n\t"
        "mov %edx, bell_high(%rip)\n\t"
        "incl bell_count(%rip)\n\t"
        "pop %rdx\n\t"
        "pop %rax\n\t"
        "iretq\n"
        ".popsection");
volatile uint32_t bell_low, bell_high, bell_count;

static uint64_t bell_random;

static void bell_out(uint16_t reg, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"((uint16_t)(SERIAL_COM3 + reg)) : "memory");
}

static uint8_t bell_in(uint16_t reg)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"((uint16_t)(SERIAL_COM3 + reg)) : "memory");
    return value;
}

static uint64_t bell_min(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t bell_below(uint64_t bound)
{
    return random_next(&bell_random) % bound;
}

/* ---- how long it takes ---- */
static uint64_t bell_overhead(void)
{
    uint64_t before = clock_now();
    bell_out(SCRATCH, 0);
    return clock_now() - before;
}

/* Nothing is being sent, and the port says so as soon as it may. The handler saves two registers before it reads the clock. */
static uint64_t bell_ring(void)
{
    uint32_t count = bell_count, looks = 0;
    uint64_t before = clock_now();

    bell_out(ENABLE, ENABLE_SENT);
    while (bell_count == count) {
        if (looks++ == BELL_PATIENCE) guest_fail();
        __builtin_ia32_pause();
    }
    bell_out(ENABLE, 0);
    return (bell_low | (uint64_t)bell_high << 32) - before - 2;
}

static void bell_measure(struct serial *serial)
{
    uint64_t best = UINT64_MAX, overhead = UINT64_MAX;

    bell_out(FIFO, 0);
    bell_out(MODEM, MODEM_LOOPED);
    for (uint32_t i = 0; i < BELL_ROUNDS; i++) {
        overhead = bell_min(overhead, bell_overhead());
        best = bell_min(best, bell_ring());
    }
    serial_open(serial, SERIAL_COM3);
    serial_print(serial, "bell interrupt ticks=%lu\n", best - overhead);
}

/* ---- what it does, one step each ---- */
static void bell_drain(void)
{
    while (bell_in(STATUS) & STATUS_RECEIVED) bell_in(DATA);
}

/* The FIFO tells of less than it waits for after the time of four characters, which the divisor makes long. */
static void bell_later(void)
{
    bell_drain();
    bell_out(LINE, LINE_DIVISOR);
    bell_out(DATA, (uint8_t)(1 + bell_below(BELL_DIVISORS)));
    bell_out(LINE, LINE_8N1);
    bell_out(FIFO, FIFO_ON);
    bell_out(ENABLE, ENABLE_RECEIVED);
    bell_out(DATA, 'y');
}

static void bell_now(void)
{
    bell_drain();
    bell_out(FIFO, 0);
    bell_out(ENABLE, ENABLE_RECEIVED | ENABLE_SENT);
    bell_out(DATA, 'z');
}

static void bell_masked(void)
{
    interrupt_disable();
    bell_now();
    for (uint64_t i = bell_below(BELL_STRETCH); i > 0; i--) __asm__ volatile("");
    interrupt_enable();
}

static void bell_loop(void)
{
    for (uint64_t i = bell_below(BELL_STRETCH); i > 0; i--) __asm__ volatile("");
}

static void bell_sleep(void)
{
    bell_later();
    __asm__ volatile("hlt" : : : "memory");
}

static void bell_wait(void)
{
    bell_later();
    call_make(ABI_CALL_WAIT, 0, 0, 0);
}

static void (*const bell_acts[])(void) = { bell_later, bell_now, bell_masked, bell_loop, bell_sleep, bell_wait };

/* ---- its secret ---- */
static uint64_t bell_digit(char c)
{
    return c >= 'a' ? (uint64_t)(c - 'a') + 10 : (uint64_t)(c - '0');
}

static void bell_learn(struct serial *serial)
{
    char c;

    serial_print(serial, "bell ready\n");
    for (uint32_t digits = 0; digits < BELL_DIGITS;) {
        if (serial_read(serial, &c, 1) == 0) continue;
        bell_random = bell_random << 4 | bell_digit(c);
        digits++;
    }
    serial_print(serial, "bell knows %lx\n", bell_random);
}

void guest_main(const struct subject_info *info)
{
    static struct serial serial;

    (void)info;
    interrupt_start();
    for (uint32_t i = 0; i < BELL_LINES; i++) interrupt_set((uint8_t)(2 * INTERRUPT_FIRST + i), bell_entry);
    interrupt_enable();
    bell_measure(&serial);
    bell_learn(&serial);
    if (bell_random == 0) return;
    bell_out(MODEM, MODEM_LOOPED);
    for (;;) bell_acts[bell_below(sizeof bell_acts / sizeof *bell_acts)]();
}
