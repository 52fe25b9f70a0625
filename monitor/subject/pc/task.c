/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processor's switch from one task to another, which Intel's leaves to a monitor: SDM volume 3, 8.2, 8.3, 26.4.2. AMD's
 * does it itself. What the processor has checked before, the type and limit of the new task's state, is checked once more here,
 * for the subject's memory may say something else by now. The new task's T flag means nothing.
 */
#include "guest/memory.h"
#include "pc/pc.h"

enum { VECTOR_TASK = 10, VECTOR_NOT_PRESENT = 11, VECTOR_STACK = 12 };
enum { GENERALS = 8, STACK_POINTER = 4, SELECTORS = 6, SELECTORS_16 = 4, SIZE_32 = 104, SIZE_16 = 44, LINK_SIZE = 2 };
/* Bytes from the state's beginning: figures 8-2, 8-10. Between EIP and the LDT's selector lies what a switch saves. */
enum { CR3_32 = 0x1c, EIP_32 = 0x20, LDT_32 = 0x60, IP_16 = 0x0e, LDT_16 = 0x2a };

#define DR7_LOCAL 0x155ull             /* L0 to L3, LE: of the task that is left, SDM volume 3, 18.2.4 */
#define RFLAGS_ONE 2u
#define RFLAGS_NESTED (1u << 14)
#define RFLAGS_VIRTUAL_8086 (1u << 17)
#define RFLAGS_ALL 0x3f7fd5u
#define TYPE_BUSY 2u
#define TYPE_32 8u
#define TYPE_CODE 8u
#define TYPE_CONFORMING 4u            /* of code */
#define TYPE_USABLE 2u                /* code is read, data written */
#define TYPE_ACCESSED 1u
#define ATTRIBUTE_MEMORY 0x10u        /* S: no system's */
#define ATTRIBUTE_PRESENT 0x80u
#define ATTRIBUTES_8086 0xf3u
#define ATTRIBUTES_LDT 0x82u
#define SELECTOR_LDT 4u
#define SELECTOR_RIGHTS 3u
#define GRANULARITY 0x800u
#define HAS_ERROR 0x800u

struct task {
    uint32_t cr3, eip, eflags, general[GENERALS];
    uint16_t selectors[SELECTORS], ldt;           /* ES CS SS DS FS GS */
};

/* ---- descriptors: 3.4.5 ---- */
static bool find_descriptor(const struct exit *e, uint16_t selector, uint64_t *linear)
{
    struct segment_state table = processor->segment(e, selector & SELECTOR_LDT ? SEGMENT_LDTR : SEGMENT_GDTR);
    bool there = !(selector & SELECTOR_LDT) || table.attributes & ATTRIBUTE_PRESENT;
    *linear = table.base + (selector & ~7u);
    return there && (selector & ~SELECTOR_RIGHTS) != 0 && (selector | 7u) <= table.limit;
}

static bool read_descriptor(const struct exit *e, uint16_t selector, struct segment_state *s)
{
    uint64_t linear, d = 0;
    if (!find_descriptor(e, selector, &linear) || !walk_read(e, linear, &d, sizeof d)) return false;
    uint32_t high = (uint32_t)(d >> 32), limit = (uint32_t)((d & 0xffff) | (high & 0xf0000));
    *s = (struct segment_state){ selector, (high >> 8 & 0xff) | (high >> 12 & 0xf00), limit,
                                 (d >> 16 & 0xffffff) | (high & 0xff000000) };
    if (s->attributes & GRANULARITY) s->limit = limit << 12 | 0xfff;
    return true;
}

/* The byte with the type. */
static bool write_type(const struct exit *e, uint16_t selector, uint32_t attributes)
{
    uint64_t linear;
    uint8_t byte = (uint8_t)attributes;
    return find_descriptor(e, selector, &linear) && walk_write(e, linear + 5, &byte, sizeof byte);
}

/* ---- a task's state in memory ---- */
static void put(uint8_t *state, uint32_t at, uint32_t value, uint32_t size)
{
    memcpy(state + at, &value, size);
}

static uint32_t get(const uint8_t *state, uint32_t at, uint32_t size)
{
    uint32_t value = 0;
    memcpy(&value, state + at, size);
    return value;
}

/* Selectors have two bytes, of which the rest of their place is left alone. */
static bool save(const struct exit *e, const struct segment_state *tr, uint32_t eip, uint32_t eflags)
{
    bool wide = tr->attributes & TYPE_32;
    uint32_t unit = wide ? 4 : 2, at = wide ? EIP_32 : IP_16, first = at, end = wide ? LDT_32 : LDT_16;
    uint8_t state[SIZE_32] = { 0 };
    if (tr->limit < end || !walk_read(e, tr->base + first, state + first, end - first)) return false;
    put(state, at, eip, unit);
    put(state, at + unit, eflags, unit);
    at += 2 * unit;
    for (uint32_t i = 0; i < GENERALS; i++, at += unit) put(state, at, (uint32_t)*pc_register(e, i), unit);
    for (enum segment s = SEGMENT_ES; at < end; s++, at += unit) put(state, at, processor->segment(e, s).selector, 2);
    return walk_write(e, tr->base + first, state + first, end - first);
}

/* Of a state of 16 bits the upper halves of registers are ones, as processors leave them. */
static bool read_task(const struct exit *e, const struct segment_state *tr, struct task *t)
{
    bool wide = tr->attributes & TYPE_32;
    uint32_t unit = wide ? 4 : 2, at = wide ? EIP_32 : IP_16, size = wide ? SIZE_32 : SIZE_16;
    uint8_t state[SIZE_32];
    if (tr->limit < size - 1 || !walk_read(e, tr->base, state, size)) return false;
    *t = (struct task){ .cr3 = wide ? get(state, CR3_32, 4) : (uint32_t)*pc_field(e, FIELD_CR3), .eip = get(state, at, unit),
                        .eflags = get(state, at + unit, unit) };
    at += 2 * unit;
    for (uint32_t i = 0; i < GENERALS; i++, at += unit) t->general[i] = get(state, at, unit) | (wide ? 0 : 0xffff0000);
    for (uint32_t i = 0; i < (wide ? SELECTORS : SELECTORS_16); i++, at += unit) t->selectors[i] = (uint16_t)get(state, at, 2);
    t->ldt = (uint16_t)get(state, at, 2);
    return true;
}

/* ---- the new task's segments: 8.3, table 8-1; what is wrong with them is its own exception ---- */
static bool refuse(struct exit *e, uint8_t vector, uint16_t selector)
{
    pc_fault_error(e, vector, selector & ~SELECTOR_RIGHTS & 0xffff);
    return false;
}

static bool load_ldt(struct exit *e, uint16_t selector)
{
    struct segment_state s = { 0 };
    processor->set_segment(e, SEGMENT_LDTR, s);
    if ((selector & ~SELECTOR_RIGHTS) == 0) return true;
    if (selector & SELECTOR_LDT || !read_descriptor(e, selector, &s)) return refuse(e, VECTOR_TASK, selector);
    if ((s.attributes & 0xff & ~0x60u) != ATTRIBUTES_LDT) return refuse(e, VECTOR_TASK, selector);
    processor->set_segment(e, SEGMENT_LDTR, s);
    return true;
}

static bool may_load(enum segment segment, const struct segment_state *s, uint32_t level)
{
    uint32_t dpl = s->attributes >> 5 & 3, rpl = s->selector & SELECTOR_RIGHTS;
    bool code = s->attributes & TYPE_CODE, conforms = code && s->attributes & TYPE_CONFORMING;
    bool usable = s->attributes & TYPE_USABLE;
    if (!(s->attributes & ATTRIBUTE_MEMORY)) return false;
    if (segment == SEGMENT_CS) return code && (conforms ? dpl <= level : dpl == level);
    if (segment == SEGMENT_SS) return !code && usable && dpl == level && rpl == level;
    return (!code || usable) && (conforms || (dpl >= level && dpl >= rpl));
}

static bool load_segment(struct exit *e, enum segment segment, uint16_t selector, uint32_t level)
{
    struct segment_state s = { .selector = selector };
    bool needed = segment == SEGMENT_CS || segment == SEGMENT_SS;
    if ((selector & ~SELECTOR_RIGHTS) == 0 && !needed) return true;
    if (!read_descriptor(e, selector, &s) || !may_load(segment, &s, level)) return refuse(e, VECTOR_TASK, selector);
    if (!(s.attributes & ATTRIBUTE_PRESENT)) {
        return refuse(e, segment == SEGMENT_SS ? VECTOR_STACK : VECTOR_NOT_PRESENT, selector);
    }
    bool marked = s.attributes & TYPE_ACCESSED || write_type(e, selector, s.attributes | TYPE_ACCESSED);
    s.attributes |= TYPE_ACCESSED;
    processor->set_segment(e, segment, s);
    return marked || refuse(e, VECTOR_TASK, selector);
}

/* Until each is loaded none is; the exception of one that fails is delivered with that. CS and SS have the task's rights. */
static void clear_segments(const struct exit *e, const struct task *t)
{
    uint32_t level = t->selectors[SEGMENT_CS] & SELECTOR_RIGHTS, rights = ATTRIBUTE_PRESENT | ATTRIBUTE_MEMORY | level << 5;
    for (enum segment s = SEGMENT_ES; s <= SEGMENT_GS; s++) {
        struct segment_state none = { .selector = t->selectors[s] };
        if (s == SEGMENT_CS) none.attributes = rights | TYPE_CODE | TYPE_USABLE | TYPE_ACCESSED | ATTRIBUTES_32;
        if (s == SEGMENT_SS) none.attributes = rights | TYPE_USABLE | TYPE_ACCESSED | ATTRIBUTES_32;
        if (s == SEGMENT_SS) none.selector = (uint16_t)((none.selector & ~SELECTOR_RIGHTS) | level);
        processor->set_segment(e, s, none);
    }
}

static bool load_segments(struct exit *e, const struct task *t)
{
    static const uint8_t order[SELECTORS] = { SEGMENT_CS, SEGMENT_SS, SEGMENT_DS, SEGMENT_ES, SEGMENT_FS, SEGMENT_GS };
    if (t->eflags & RFLAGS_VIRTUAL_8086) {
        for (enum segment s = SEGMENT_ES; s <= SEGMENT_GS; s++) {
            processor->set_segment(e, s, (struct segment_state){ t->selectors[s], ATTRIBUTES_8086, 0xffff,
                                                                 (uint32_t)t->selectors[s] << 4 });
        }
        return load_ldt(e, t->ldt);
    }
    clear_segments(e, t);
    bool good = load_ldt(e, t->ldt);
    for (uint32_t i = 0; good && i < SELECTORS; i++) {
        good = load_segment(e, order[i], t->selectors[order[i]], t->selectors[SEGMENT_CS] & SELECTOR_RIGHTS);
    }
    return good;
}

/* ---- the switch ---- */
static void load(struct exit *e, const struct task *t, bool nested)
{
    if (*pc_field(e, FIELD_CR0) & CR0_PG) *pc_field(e, FIELD_CR3) = t->cr3;
    *pc_field(e, FIELD_CR0) |= CR0_TS;
    *pc_field(e, FIELD_DR7) &= ~DR7_LOCAL;
    *pc_field(e, FIELD_RFLAGS) = (t->eflags & RFLAGS_ALL) | RFLAGS_ONE | (nested ? RFLAGS_NESTED : 0);
    for (uint32_t i = 0; i < GENERALS; i++) *pc_register(e, i) = t->general[i];
    e->rip = t->eip;
    exit_skip(e, 0);
    pc_take_all(e);
}

/* The error code of the exception whose gate led here stands on the new task's stack. */
static uint64_t push(struct exit *e, uint32_t code, uint32_t size)
{
    struct segment_state stack = processor->segment(e, SEGMENT_SS);
    uint64_t *rsp = pc_field(e, FIELD_RSP), mask = stack.attributes & ATTRIBUTES_32 ? UINT32_MAX : 0xffff;
    uint64_t to = (*rsp - size) & mask;
    *rsp = (*rsp & ~mask) | to;
    return walk_write(e, stack.base + to, &code, size) ? PC_GO_ON : pc_page_fault(e, stack.base + to, true);
}

static bool is_task(const struct segment_state *s, bool busy)
{
    return (s->attributes & 0x97u & ~TYPE_BUSY) == (ATTRIBUTE_PRESENT | 1) && !(s->attributes & TYPE_BUSY) == !busy;
}

/* Returns whether all of it could be written. */
static bool leave(const struct exit *e, const struct segment_state *from, const struct segment_state *to, uint32_t eip)
{
    bool back = e->size == TASK_RETURN, nests = e->size == TASK_CALL || e->size == TASK_GATE;
    uint32_t eflags = (uint32_t)*pc_field(e, FIELD_RFLAGS) & ~(back ? RFLAGS_NESTED : 0);
    if (!save(e, from, eip, eflags)) return false;
    if (!nests && !write_type(e, from->selector, from->attributes & ~TYPE_BUSY)) return false;
    if (nests && !walk_write(e, to->base, &from->selector, LINK_SIZE)) return false;
    return back || write_type(e, to->selector, to->attributes | TYPE_BUSY);
}

uint64_t task_answer(struct exit *e)
{
    struct segment_state from = processor->segment(e, SEGMENT_TR), to;
    struct task task;
    bool nests = e->size == TASK_CALL || e->size == TASK_GATE;
    uint32_t error, event = e->size == TASK_GATE ? processor->delivered(e, &error) : 0;
    uint32_t eip = (uint32_t)e->rip + (event ? 0 : e->length);
    bool good = read_descriptor(e, (uint16_t)e->at, &to) && !(e->at & SELECTOR_LDT) && is_task(&to, e->size == TASK_RETURN) &&
                read_task(e, &to, &task);
    if (!good) {
        refuse(e, VECTOR_TASK, (uint16_t)e->at);
        return PC_GO_ON;
    }
    if (!leave(e, &from, &to, eip)) return pc_end_unknown(e);
    to.attributes |= TYPE_BUSY;
    processor->set_segment(e, SEGMENT_TR, to);
    load(e, &task, nests);
    good = load_segments(e, &task);
    pc_take_all(e);
    return good && event & HAS_ERROR ? push(e, error, to.attributes & TYPE_32 ? 4 : 2) : PC_GO_ON;
}
