/* SPDX-License-Identifier: Apache-2.0 */
/* The platform's description: complete, and within what the image format can say. */
#include "language/check.h"
#include "policy/image.h"

#define COM1_FIRST 0x3f8              /* the kernel's own console */
#define COM1_LAST 0x3ff
#define SERIALS_MAX 32u
/* The rest as image_check() allows. */
#define RAM_MIN ((wide)8 << 20)       /* the kernel lies below */
#define RAM_MAX ((wide)IMAGE_MAX_RAM)
#define TRAMPOLINE_MAX (0xa0000 - IMAGE_PAGE)      /* video memory and firmware lie above */
#define SERIAL_PORTS 8                /* of a UART */
#define SERIAL_NONE 3
#define LINE_MAX 11
#define LINES_ALLOWED (1u << 3 | 1u << 4 | 1u << 5 | 1u << 7 | 1u << 10 | 1u << 11)
#define IO_APIC_MIN 0xfec00000        /* where chipsets have them */
#define IO_APIC_MAX 0xfecff000

static void platform_ram(struct policy *p, struct platform *board)
{
    bool lo = policy_check_value(p, &board->ram.lo, DIMENSION_BYTES, RAM_MIN, RAM_MAX, "the memory's start");
    bool hi = policy_check_value(p, &board->ram.hi, DIMENSION_BYTES, RAM_MIN, RAM_MAX,
                                 "the end of the memory, of which the kernel uses none above 4 GiB,");
    if (board->ram.lo.at.length == 0 && !board->broken)
        diag_error(&p->diag, BH_PLATFORM, board->at, "the platform has no `ram`");
    else if (lo && hi && (board->ram.lo.number % IMAGE_LARGE_PAGE != 0 || board->ram.hi.number % IMAGE_LARGE_PAGE != 0 ||
                          board->ram.lo.number >= board->ram.hi.number))
        diag_error(&p->diag, BH_PLATFORM, place_span(board->ram.lo.at, board->ram.hi.at),
                   "memory begins and ends at multiples of 2 MiB, and does not end before it begins");
}

static void platform_cpus(struct policy *p, struct platform *board)
{
    struct platform_cpu *cpu;
    LIST_EACH(cpu, &board->cpus) {
        policy_check_value(p, &cpu->number, DIMENSION_PLAIN, 0, IMAGE_MAX_CPUS - 1, "the CPU's number");
        policy_check_value(p, &cpu->apic, DIMENSION_PLAIN, 0, 254, "the APIC id");
        for (uint32_t i = 0; i < cpu_at; i++) {
            const struct platform_cpu *other = board->cpus.items[i];
            if (other->number.number != cpu->number.number && other->apic.number != cpu->apic.number) continue;
            diag_error(&p->diag, BH_PLATFORM, cpu->number.at, "this CPU or its APIC id is there already");
            break;
        }
    }
}

/* Which of COM2 to COM4 the ports belong to; SERIAL_NONE: they are not within one of them. */
static uint32_t serial_device(const struct range *ports)
{
    static const wide first[] = { 0x2f8, 0x3e8, 0x2e8 };
    uint32_t d = 0;
    while (d < SERIAL_NONE && (ports->lo.number < first[d] || ports->hi.number >= first[d] + SERIAL_PORTS)) d++;
    return d;
}

static void serial_ports(struct policy *p, struct platform_serial *s)
{
    bool lo = policy_check_value(p, &s->ports.lo, DIMENSION_PLAIN, 0, UINT16_MAX, "the first port");
    bool hi = policy_check_value(p, &s->ports.hi, DIMENSION_PLAIN, 0, UINT16_MAX, "the last port");
    if (!lo || !hi) return;
    if (s->ports.lo.number > s->ports.hi.number)
        diag_error(&p->diag, BH_VALUE_EMPTY, s->name.at, "the range of ports is empty: its ends are swapped");
    else if (s->ports.lo.number <= COM1_LAST && s->ports.hi.number >= COM1_FIRST)
        diag_error(&p->diag, BH_PLATFORM, s->name.at, "ports 0x3f8 to 0x3ff are the kernel's console");
    else if (serial_device(&s->ports) == SERIAL_NONE)
        diag_error(&p->diag, BH_PLATFORM, s->name.at,
                   "a subject's serial port lies within 0x2f8 to 0x2ff, 0x3e8 to 0x3ef or 0x2e8 to 0x2ef");
}

static void serial_line(struct policy *p, struct platform_serial *s)
{
    if (!policy_check_value(p, &s->line, DIMENSION_PLAIN, 0, LINE_MAX, "the line")) return;
    if ((LINES_ALLOWED >> s->line.number & 1) == 0)
        diag_error(&p->diag, BH_PLATFORM, s->line.at, "a serial port interrupts at line 3, 4, 5, 7, 10 or 11: others are of "
                   "the timer, the keyboard, the clock and the like");
}

static void platform_io_apic(struct policy *p, struct platform *board)
{
    if (!policy_check_value(p, &board->io_apic, DIMENSION_PLAIN, IO_APIC_MIN, IO_APIC_MAX, "the I/O APIC's address")) return;
    if (board->io_apic.number % IMAGE_PAGE != 0)
        diag_error(&p->diag, BH_PLATFORM, board->io_apic.at, "the I/O APIC is not on a page boundary");
    else if (board->ram.lo.known && board->ram.hi.known && board->io_apic.number >= board->ram.lo.number &&
             board->io_apic.number < board->ram.hi.number)
        diag_error(&p->diag, BH_PLATFORM, board->io_apic.at, "the I/O APIC lies in the memory");
}

static void platform_serials(struct policy *p, struct platform *board)
{
    struct platform_serial *s;
    LIST_EACH(s, &board->serials) {
        serial_ports(p, s);
        serial_line(p, s);
        for (uint32_t i = 0; i < s_at; i++) {
            const struct platform_serial *other = board->serials.items[i];
            if (s->name.text == NULL || other->name.text == NULL) continue;
            bool overlap = other->ports.lo.number <= s->ports.hi.number && s->ports.lo.number <= other->ports.hi.number;
            uint32_t device = serial_device(&s->ports);
            overlap |= device != SERIAL_NONE && device == serial_device(&other->ports);
            if (!name_is(&other->name, s->name.text) && !overlap) continue;
            diag_error(&p->diag, BH_PLATFORM, s->name.at, "the serial port `%s` has the name or the device of one before",
                       s->name.text);
            break;
        }
    }
}

static void platform_cpuids(struct policy *p, struct platform *board)
{
    struct platform_cpuid *c;
    LIST_EACH(c, &board->cpuids) {
        struct value *values[] = { &c->leaf, &c->subleaf, &c->eax, &c->ebx, &c->ecx, &c->edx };
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
            policy_check_value(p, values[i], DIMENSION_PLAIN, 0, UINT32_MAX, "the value");
        for (uint32_t i = 0; i < c_at; i++) {
            const struct platform_cpuid *other = board->cpuids.items[i];
            if (other->leaf.number != c->leaf.number || other->subleaf.number != c->subleaf.number) continue;
            diag_error(&p->diag, BH_PLATFORM, c->leaf.at, "this leaf is there already");
            break;
        }
    }
}

void policy_check_platform(struct policy *p)
{
    struct platform *board = &p->platform;
    if (board->at.length == 0) return;          /* no platform file: reported where it was to be read */
    platform_ram(p, board);
    if (!policy_check_count(p, board->at, board->cpus.count, IMAGE_MAX_CPUS, "CPUs") ||
        !policy_check_count(p, board->at, board->serials.count, SERIALS_MAX, "serial ports") ||
        !policy_check_count(p, board->at, board->cpuids.count, IMAGE_MAX_LEAVES, "CPUID leaves"))
        return;
    platform_cpus(p, board);
    platform_serials(p, board);
    platform_io_apic(p, board);
    platform_cpuids(p, board);
    if (board->trampoline.at.length == 0 && !board->broken)
        diag_error(&p->diag, BH_PLATFORM, board->at, "the platform has no `trampoline` page");
    else if (policy_check_value(p, &board->trampoline, DIMENSION_PLAIN, IMAGE_PAGE, TRAMPOLINE_MAX,
                                "the trampoline page") &&
             board->trampoline.number % IMAGE_PAGE != 0)
        diag_error(&p->diag, BH_PLATFORM, board->trampoline.at, "the trampoline is not on a page boundary");
    policy_check_value(p, &board->power_port, DIMENSION_PLAIN, 1, UINT16_MAX, "the port");
    policy_check_value(p, &board->power_value, DIMENSION_PLAIN, 0, UINT16_MAX, "the value");
}
