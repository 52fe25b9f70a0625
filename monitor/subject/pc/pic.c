/* SPDX-License-Identifier: Apache-2.0 */
/* Intel 8259A data sheet: initialization by ICW1 to ICW4, then OCW1 to OCW3. The second one hangs on line 2 of the first. */
#include "pc/pic.h"

enum {
    MASTER = 0x20, SLAVE = 0xa0, CASCADE = 2, LINES = 8,
    ICW1 = 0x10, ICW1_NEEDS_ICW4 = 1, ICW4_AUTO_EOI = 2, OCW3 = 8, OCW3_READ = 2, OCW3_READ_SERVED = 1, OCW2_EOI = 0x20,
    OCW2_SPECIFIC = 0x40, BASE = 0xf8
};

struct pic {
    uint8_t requested, served, mask, base;
    uint8_t step;                     /* of the initialization: the command word that comes next; 0: none */
    bool needs_icw4, auto_eoi, shows_served;
};

static struct pic pics[2];            /* first, second */

void pic_reset(void)
{
    pics[0] = (struct pic){ .mask = 0xff, .base = 8 };
    pics[1] = (struct pic){ .mask = 0xff, .base = 0x70 };
}

bool pic_has_port(uint64_t port)
{
    return port / 2 == MASTER / 2 || port / 2 == SLAVE / 2;
}

static struct pic *pic_at(uint64_t port)
{
    return &pics[port >= SLAVE];
}

/* The line of the highest priority that is requested and not behind one in service; LINES: none. */
static uint32_t pic_next(const struct pic *p)
{
    uint32_t wanted = p->requested & ~p->mask & 0xffu;
    uint32_t line = wanted ? (uint32_t)__builtin_ctz(wanted) : LINES;
    return p->served == 0 || line < (uint32_t)__builtin_ctz(p->served) ? line : LINES;
}

/* The second one's request is a line of the first: that one's service of it does not hold back a higher one of the second. */
static void pic_cascade(void)
{
    if (pic_next(&pics[1]) != LINES) pics[0].requested |= 1u << CASCADE;
    else pics[0].requested &= (uint8_t)~(1u << CASCADE);
}

uint8_t pic_read(uint64_t port)
{
    const struct pic *p = pic_at(port);
    if (port & 1) return p->mask;
    return p->shows_served ? p->served : p->requested;
}

static void pic_end(struct pic *p, uint8_t command)
{
    if (command & OCW2_SPECIFIC) p->served &= (uint8_t)~(1u << (command & 7));
    else p->served &= (uint8_t)(p->served - 1);
}

static void pic_command(struct pic *p, uint8_t value)
{
    if (value & ICW1) {
        *p = (struct pic){ .step = 2, .needs_icw4 = value & ICW1_NEEDS_ICW4 };
    } else if (value & OCW3) {
        if (value & OCW3_READ) p->shows_served = value & OCW3_READ_SERVED;
    } else if (value & OCW2_EOI) {
        pic_end(p, value);
    }
}

static void pic_data(struct pic *p, uint8_t value)
{
    switch (p->step) {
    case 2:
        p->base = value & BASE;
        p->step = 3;
        break;
    case 3:
        p->step = p->needs_icw4 ? 4 : 0;
        break;
    case 4:
        p->auto_eoi = value & ICW4_AUTO_EOI;
        p->step = 0;
        break;
    default:
        p->mask = value;
        break;
    }
}

void pic_write(uint64_t port, uint8_t value)
{
    if (port & 1) pic_data(pic_at(port), value);
    else pic_command(pic_at(port), value);
    pic_cascade();
}

void pic_raise(uint32_t line)
{
    pics[line / LINES].requested |= (uint8_t)(1u << line % LINES);
    pic_cascade();
}

bool pic_listens(uint32_t line)
{
    const struct pic *p = &pics[line / LINES];
    bool open = !((p->mask | p->requested) >> line % LINES & 1);
    return open && (line < LINES || !(pics[0].mask >> CASCADE & 1));
}

bool pic_pending(uint8_t *vector)
{
    uint32_t line = pic_next(&pics[0]);
    if (line == LINES) return false;
    *vector = line == CASCADE ? (uint8_t)(pics[1].base + pic_next(&pics[1])) : (uint8_t)(pics[0].base + line);
    return true;
}

static void pic_serve(struct pic *p, uint32_t line)
{
    if (line == LINES) return;
    p->requested &= (uint8_t)~(1u << line);
    if (!p->auto_eoi) p->served |= (uint8_t)(1u << line);
}

void pic_acknowledge(void)
{
    uint32_t line = pic_next(&pics[0]);
    pic_serve(&pics[0], line);
    if (line == CASCADE) pic_serve(&pics[1], pic_next(&pics[1]));
    pic_cascade();
}
