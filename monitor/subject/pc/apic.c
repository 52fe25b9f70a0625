/* SPDX-License-Identifier: Apache-2.0 */
/* AMD64 APM volume 2: 16.3 registers, 16.4 timer, 16.5 interrupts to others, 16.6 priorities. */
#include "pc/apic.h"
#include "pc/ioapic.h"

enum apic_register {
    ID = 0x20, VERSION = 0x30, TASK_PRIORITY = 0x80, ARBITRATION = 0x90, PROCESSOR_PRIORITY = 0xa0, END = 0xb0,
    LOGICAL = 0xd0, FORMAT = 0xe0, SPURIOUS = 0xf0, SERVED = 0x100, TRIGGER = 0x180, REQUESTED = 0x200, ERRORS = 0x280,
    COMMAND = 0x300, COMMAND_HIGH = 0x310, LVT_TIMER = 0x320, LVT_THERMAL = 0x330, LVT_COUNTERS = 0x340, LVT_LINT0 = 0x350,
    LVT_LINT1 = 0x360, LVT_ERROR = 0x370, INITIAL = 0x380, CURRENT = 0x390, DIVIDE = 0x3e0
};
enum { LVTS = 6, LINT0 = (LVT_LINT0 - LVT_TIMER) / 16, WORDS = 8, LOWEST_VECTOR = 16 };
enum { CLOCK_SHIFT = 6 };             /* the timer's clock: the counter's, by 64 */
#define VERSION_AND_LVTS 0x50014u
#define BASE_PAGES 0xfffff000ull
#define BASE_ENABLED 0x800ull
#define BASE_BOOT 0x100ull
#define SOFTWARE_ENABLED 0x100u
#define LVT_MASKED 0x10000u
#define LVT_MODE 0x700u
#define LVT_FIXED 0u
#define LVT_EXTERNAL 0x700u
#define LVT_PERIODIC 0x20000u
#define LVT_BITS 0x1a7ffu             /* all but delivery status and remote IRR; the timer has no delivery mode */
#define LVT_TIMER_BITS 0x300ffu
#define ERROR_SENT 0x20u
#define ERROR_RECEIVED 0x40u
#define ERROR_REGISTER 0x80u

static uint64_t base, started, clock;         /* the timer's count began at `started` */
static uint32_t lvt[LVTS], served[WORDS], requested[WORDS], levels[WORDS];
static uint32_t spurious, logical, format, command, command_high, errors, errors_shown, initial, divide;
static uint8_t task_priority, id;
static bool counting, nmi;

/* 16.3.2 */
static void reset_registers(void)
{
    for (uint32_t i = 0; i < LVTS; i++) lvt[i] = LVT_MASKED;
    for (uint32_t i = 0; i < WORDS; i++) served[i] = requested[i] = levels[i] = 0;
    spurious = 0xff;
    logical = command = command_high = errors = errors_shown = initial = divide = 0;
    format = UINT32_MAX;
    task_priority = id = 0;
    counting = nmi = false;
}

void apic_reset(void)
{
    base = APIC_PAGE | BASE_ENABLED | BASE_BOOT;
    reset_registers();
    lvt[LINT0] = LVT_EXTERNAL;        /* as firmware leaves it: the PIC's interrupts come through, NMI at LINT1 */
    lvt[LINT0 + 1] = 0x400;
    spurious = SOFTWARE_ENABLED | 0xff;
}

uint64_t apic_base(void)
{
    return base;
}

/* Below 4 GiB, and no x2APIC; that this processor boots it cannot change. One that is switched off and on begins anew. */
bool apic_set_base(uint64_t value)
{
    if (value & ~(BASE_PAGES | BASE_ENABLED | BASE_BOOT)) return false;
    if (!(value & BASE_ENABLED)) reset_registers();
    base = value | BASE_BOOT;
    return true;
}

bool apic_is_on(void)
{
    return base & BASE_ENABLED;
}

bool apic_has_address(uint64_t gpa)
{
    return apic_is_on() && gpa / 4096 == base / 4096;
}

/* ---- interrupts that wait or are served: bit by vector ---- */
static bool has(const uint32_t *bits, uint32_t vector)
{
    return bits[vector / 32] >> vector % 32 & 1;
}

/* The highest, 0: none; vectors below 16 do not come. */
static uint32_t highest(const uint32_t *bits)
{
    for (uint32_t word = WORDS; word-- > 0;) {
        if (bits[word]) return word * 32 + 31 - (uint32_t)__builtin_clz(bits[word]);
    }
    return 0;
}

/* 16.6.4 */
static uint32_t processor_priority(void)
{
    uint32_t of_served = highest(served) & 0xf0;
    return (task_priority & 0xf0) >= of_served ? task_priority : of_served;
}

static void set(uint32_t *bits, uint32_t vector, bool to)
{
    uint32_t bit = 1u << vector % 32;
    bits[vector / 32] = (bits[vector / 32] & ~bit) | (to ? bit : 0);
}

static void accept(uint32_t vector, bool is_level)
{
    if (vector < LOWEST_VECTOR) {
        errors |= ERROR_RECEIVED;
        return;
    }
    set(requested, vector, true);
    set(levels, vector, is_level);
}

bool apic_pending(uint8_t *vector)
{
    uint32_t next = highest(requested);
    if (!apic_is_on() || !(spurious & SOFTWARE_ENABLED) || next >> 4 <= processor_priority() >> 4) return false;
    *vector = (uint8_t)next;
    return true;
}

void apic_taken(uint8_t vector)
{
    set(requested, vector, false);
    set(served, vector, true);
}

bool apic_has_nmi(void)
{
    return nmi;
}

void apic_take_nmi(void)
{
    nmi = false;
}

bool apic_passes_pic(void)
{
    return !apic_is_on() || (lvt[LINT0] & (LVT_MASKED | LVT_MODE)) == LVT_EXTERNAL;
}

bool apic_hears_line(void)
{
    return apic_is_on() && (lvt[LINT0] & (LVT_MASKED | LVT_MODE)) == LVT_FIXED;
}

void apic_raise_line(void)
{
    if (apic_hears_line()) accept(lvt[LINT0] & 0xff, false);
}

uint8_t apic_task_priority(void)
{
    return task_priority;
}

void apic_set_task_priority(uint8_t value)
{
    task_priority = value;
}

/* ---- the timer ---- */
/* 16.4.1: the divide register's bits 3, 1 and 0 say by which power of two. */
static uint32_t shift(void)
{
    uint32_t power = (divide & 3) | (divide >> 1 & 4);
    return CLOCK_SHIFT + (power + 1) % 8;
}

static uint64_t elapsed(void)
{
    return (clock - started) >> shift();
}

void apic_run(uint64_t now)
{
    if (now > clock) clock = now;
    if (!counting || elapsed() < initial) return;
    if (!(lvt[0] & LVT_MASKED)) accept(lvt[0] & 0xff, false);
    if (lvt[0] & LVT_PERIODIC) started += (elapsed() / initial * initial) << shift();
    else counting = false;
}

uint64_t apic_due(void)
{
    if (!counting || (lvt[0] & LVT_MASKED) || has(requested, lvt[0] & 0xff)) return APIC_NEVER;
    return started + ((uint64_t)initial << shift());
}

static void timer_start(uint32_t count)
{
    initial = count;
    started = clock;
    counting = count != 0;
}

/* What has been counted stays so. */
static void timer_divide(uint32_t value)
{
    uint64_t before = elapsed();
    divide = value & 11;
    started = clock - (before << shift());
}

/* ---- interrupts to itself: there is nobody else ---- */
static bool is_meant(uint32_t to, bool by_logical)
{
    if (!by_logical) return to == id || to == 0xff;
    if (format >> 28 == 15) return to & logical >> 24;            /* flat model */
    return (to >> 4 == logical >> 28 || to >> 4 == 15) && (to & logical >> 24 & 15);
}

void apic_receive(uint8_t to, bool by_logical, uint8_t vector, bool is_level)
{
    if (apic_is_on() && is_meant(to, by_logical)) accept(vector, is_level);
}

static bool addressed(void)
{
    uint32_t shorthand = command >> 18 & 3;
    if (shorthand == 3) return false; /* all but itself */
    return shorthand != 0 || is_meant(command_high >> 24, command & 0x800);
}

static void send(uint32_t value)
{
    uint32_t mode = value >> 8 & 7, vector = value & 0xff;
    command = value & 0xccfff;
    if (mode <= 1 && vector < LOWEST_VECTOR) errors |= ERROR_SENT;
    else if (addressed() && mode <= 1) accept(vector, false);
    else if (addressed() && mode == 4) nmi = true;
}

/* 16.6.5: the end of one that is a level's goes on to where that came from. */
static void end_interrupt(void)
{
    uint32_t vector = highest(served);
    if (vector == 0) return;
    set(served, vector, false);
    if (has(levels, vector)) ioapic_end((uint8_t)vector);
}

/* ---- registers ---- */
static uint32_t lvt_index(uint32_t reg)
{
    return reg >= LVT_TIMER && reg <= LVT_ERROR ? (reg - LVT_TIMER) / 16 : LVTS;
}

static void write_lvt(uint32_t index, uint32_t value)
{
    lvt[index] = value & (index == 0 ? LVT_TIMER_BITS : LVT_BITS);
    if (!(spurious & SOFTWARE_ENABLED)) lvt[index] |= LVT_MASKED;
}

/* 16.4.7: while software has not enabled it, its local interrupts are masked. */
static void set_spurious(uint32_t value)
{
    spurious = value & 0x1ff;
    for (uint32_t i = 0; !(spurious & SOFTWARE_ENABLED) && i < LVTS; i++) lvt[i] |= LVT_MASKED;
}

uint32_t apic_read(uint32_t reg)
{
    if (lvt_index(reg) < LVTS) return lvt[lvt_index(reg)];
    if (reg >= SERVED && reg < ERRORS) {
        const uint32_t *bits = reg < TRIGGER ? served : reg < REQUESTED ? levels : requested;
        return bits[reg / 16 % WORDS];
    }
    switch (reg) {
    case ID: return (uint32_t)id << 24;
    case VERSION: return VERSION_AND_LVTS;
    case TASK_PRIORITY: return task_priority;
    case PROCESSOR_PRIORITY: return processor_priority();
    case ARBITRATION: case END: return 0;
    case LOGICAL: return logical;
    case FORMAT: return format;
    case SPURIOUS: return spurious;
    case ERRORS: return errors_shown;
    case COMMAND: return command;
    case COMMAND_HIGH: return command_high;
    case INITIAL: return initial;
    case CURRENT: return counting ? initial - (uint32_t)elapsed() : 0;
    case DIVIDE: return divide;
    default:
        errors |= ERROR_REGISTER;
        return 0;
    }
}

void apic_write(uint32_t reg, uint32_t value)
{
    if (lvt_index(reg) < LVTS) {
        write_lvt(lvt_index(reg), value);
        return;
    }
    switch (reg) {
    case ID: id = (uint8_t)(value >> 24); break;
    case TASK_PRIORITY: task_priority = (uint8_t)value; break;
    case END: end_interrupt(); break;
    case LOGICAL: logical = value & 0xff000000; break;
    case FORMAT: format = value | 0x0fffffff; break;
    case SPURIOUS: set_spurious(value); break;
    case ERRORS:
        errors_shown = errors;
        errors = 0;
        break;
    case COMMAND: send(value); break;
    case COMMAND_HIGH: command_high = value & 0xff000000; break;
    case INITIAL: timer_start(value); break;
    case DIVIDE: timer_divide(value); break;
    default: errors |= ERROR_REGISTER; break;
    }
}
