/* SPDX-License-Identifier: Apache-2.0 */
/* The platform's file: one statement that describes a board. */
#include "language/parser.h"

static void platform_cpuid(struct parser *p, struct platform *board)
{
    struct platform_cpuid *c = LIST_NEW(p->arena, &board->cpuids);
    c->leaf = parser_value(p);
    if (parser_take_word(p, "subleaf")) c->subleaf = parser_value(p);
    parser_need_word(p, "is");
    c->eax = parser_value(p);
    c->ebx = parser_value(p);
    c->ecx = parser_value(p);
    c->edx = parser_value(p);
}

static void platform_item(struct parser *p, struct platform *board)
{
    if (parser_take_word(p, "ram")) {
        parser_once(p, board->ram.lo.at, "the memory");
        board->ram = parser_range(p);
    } else if (parser_take_word(p, "trampoline")) {
        parser_once(p, board->trampoline.at, "the trampoline page");
        board->trampoline = parser_value(p);
    } else if (parser_take_word(p, "power_off")) {
        parser_once(p, board->power_port.at, "the way to power off");
        parser_need_word(p, "port");
        board->power_port = parser_value(p);
        parser_need_word(p, "value");
        board->power_value = parser_value(p);
    } else if (parser_take_word(p, "cache")) {
        parser_once(p, board->cache.at, "the cache");
        board->cache = parser_value(p);
        parser_need_word(p, "ways");
        board->cache_ways = parser_value(p);
    } else if (parser_take_word(p, "io_apic")) {
        parser_once(p, board->io_apic.at, "the I/O APIC");
        board->io_apic = parser_value(p);
    } else if (parser_take_word(p, "cpu")) {
        struct platform_cpu *cpu = LIST_NEW(p->arena, &board->cpus);
        cpu->number = parser_value(p);
        parser_need_word(p, "apic");
        cpu->apic = parser_value(p);
    } else if (parser_take_word(p, "serial")) {
        struct platform_serial *serial = LIST_NEW(p->arena, &board->serials);
        serial->name = parser_name(p, "the serial port's name");
        serial->ports = parser_range(p);
        if (parser_take_word(p, "line")) serial->line = parser_value(p);
    } else if (parser_take_word(p, "cpuid")) {
        platform_cpuid(p, board);
    } else {
        parser_expected(p, "`ram`, `trampoline`, `power_off`, `cache`, `io_apic`, `cpu`, `serial` or `cpuid`");
    }
    parser_need_mark(p, ";");
}

void parse_platform(struct parser *p)
{
    struct platform *board = &p->policy->platform;
    p->broken = &board->broken;
    parser_need_word(p, "platform");
    board->name = parser_name(p, "the platform's name");
    board->at = board->name.at;
    parser_need_mark(p, "{");
    if (p->failed) return;
    while (parser_more(p)) platform_item(p, board);
}
