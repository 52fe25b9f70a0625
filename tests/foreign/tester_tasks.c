/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `tester` looks at of tasks that the processor switches: by call, jump and return, by gates for an interrupt, an NMI, an
 * exception and its error code; with page tables of their own, in 16 bits, in virtual 8086 mode; and a task that cannot be.
 */
#include "tester.h"

#define AT 0xe0000000u
enum { MAIN = 48, OTHER = 56, NARROW = 64, NARROW_CODE = 72, VIRTUAL = 80, LOCAL = 88, ENTRIES = 12, DATA = 16, CODE = 8 };
enum { FREE = 0x89, BUSY = 0x8b, FREE_16 = 0x81, LDT = 0x82, GATE = 0x8500 };
enum { STACK = 1024, LARGE = 1 << 22, VIRTUAL_CODE = 0x5003, BLOCK = AT / (2 << 20) % 512 };
#define LOCAL_BREAKPOINTS 0x455u      /* L0 to L3 */
#define NESTED 0x4000u
#define VIRTUAL_FLAG 0x20000u

struct task {
    uint32_t link, stacks[6], cr3, eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi, es, cs, ss, ds, fs, gs, ldt, trap_map;
};
struct narrow_task { uint16_t link, stacks[6], ip, flags, general[8], es, cs, ss, ds, ldt; };

extern uint64_t gdt[];                /* tester_entry.S: six entries */
extern char task_counts[], task_jumps[], task_returns[], task_fails[], task_narrow[];
extern volatile uint32_t task_came, task_error, task_saw;

static uint64_t table[ENTRIES], local[2];
static struct task main_task, task, virtual_task;
static struct narrow_task narrow;
static uint8_t stack[STACK];
static uint32_t first_directory[1024] __attribute__((aligned(4096))), second_directory[1024] __attribute__((aligned(4096)));
static uint64_t blocks[2][512] __attribute__((aligned(4096)));
static uint64_t pointers[2][4] __attribute__((aligned(32)));

/* Each is entered anew where it has been left. */
__asm__(
    ".text\n"
    "task_counts: incl task_came; mov %ds, %ax; mov 0xe0000000, %ebx; mov %ebx, task_saw; iret\n"
    "             add $100, %edx; incl task_came; iret; jmp task_counts\n"
    "task_jumps:  incl task_came; ljmp $48, $0; jmp task_jumps\n"
    "task_returns: incl task_came; iret; jmp task_returns\n"
    "task_fails:  pop task_error; incl task_came; movl $1f, main_task + 0x20; iret; jmp task_fails\n"
    "1:           mov $0x900d, %eax; jmp *%ebx\n"
    "task_narrow: incw %ax; iret; jmp task_narrow\n"
    ".data\n"
    "task_came:   .long 0\n"
    "task_error:  .long 0\n"
    "task_saw:    .long 0\n"
    ".text\n");

static uint64_t descriptor(const void *at, uint32_t limit, uint32_t access)
{
    uint64_t base = (uint32_t)at;
    return (base & 0xffffff) << 16 | (base >> 24) << 56 | (uint64_t)access << 40 | limit;
}

static void set_task(struct task *t, const void *eip, uint32_t cr3)
{
    *t = (struct task){ .cr3 = cr3, .eip = (uint32_t)eip, .eflags = 2, .edx = 5, .esp = (uint32_t)(stack + STACK), .es = DATA,
                        .cs = CODE, .ss = DATA, .ds = DATA, .fs = DATA, .ldt = LOCAL };
}

static uint32_t cr3(void)
{
    uint32_t value;
    __asm__ volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}

static uint32_t access_of(uint32_t selector)
{
    return (uint32_t)(table[selector / 8] >> 40) & 0xff;
}

static void set_tables(void)
{
    const struct { uint16_t limit; uint32_t base; } __attribute__((packed)) pointer = { sizeof table - 1, (uint32_t)table };
    for (uint32_t i = 0; i < 6; i++) table[i] = gdt[i];
    table[MAIN / 8] = descriptor(&main_task, sizeof main_task - 1, FREE);
    table[OTHER / 8] = descriptor(&task, sizeof task - 1, FREE);
    table[NARROW / 8] = descriptor(&narrow, sizeof narrow - 1, FREE_16);
    table[NARROW_CODE / 8] = descriptor(task_narrow, 0xffff, 0x9b);
    table[VIRTUAL / 8] = descriptor(&virtual_task, sizeof virtual_task - 1, BUSY);
    table[LOCAL / 8] = descriptor(local, sizeof local - 1, LDT);
    local[1] = gdt[2];
    main_task.cr3 = cr3();
    __asm__ volatile("lgdt %0\n\tltr %w1" : : "m"(pointer), "r"(MAIN) : "memory");
}

static void call_other(void)
{
    __asm__ volatile("lcall %0, $0xf4f4f4f4" : : "i"(OTHER) : "memory");
}

static void set_gate(uint32_t vector, uint32_t selector)
{
    uint64_t gate = (uint64_t)selector << 16 | (uint64_t)GATE << 32;
    tester_set_gate(vector, gate);
}

/* Each time from its beginning. Breakpoints of the task that is left are off: none of them is where anything runs. */
static void look_at_calls(void)
{
    uint32_t dr7;
    task_came = 0;
    set_task(&task, task_counts, cr3());
    task.gs = 12;                     /* the second entry of its LDT */
    __asm__ volatile("mov %0, %%dr7" : : "r"(LOCAL_BREAKPOINTS));
    call_other();
    __asm__ volatile("mov %%dr7, %0" : "=r"(dr7));
    say_value("task called", task_came);
    say_value("its breakpoints", dr7);
    say_value("its link", task.link);
    say_value("its data", task.eax & 0xffff);
    say_value("its flags", task.eflags & NESTED);
    say_value("free again", access_of(OTHER));
    say_value("ours is busy", access_of(MAIN));
    call_other();
    say_value("it goes on", task_came);
    say_value("its register", task.edx);
    uint32_t cr0;
    __asm__ volatile("mov %%cr0, %0\n\tclts" : "=r"(cr0));
    say_value("TS", cr0 & CR0_TS);
    set_task(&task, task_jumps, cr3());
    __asm__ volatile("ljmp %0, $0xf4f4f4f4" : : "i"(OTHER) : "memory");
    say_value("jumped there and back", task_came);
    say_value("no link of it", task.link);
    say_value("what a jump leaves is free", access_of(OTHER));
}

static void look_at_gates(void)
{
    task_came = 0;
    set_task(&task, task_returns, cr3());
    set_gate(SELF, OTHER);
    __asm__ volatile("int %0" : : "i"(SELF) : "memory");
    say_value("task by INT", task_came);
    apic_write(COMMAND, TO_SELF | SELF);
    interrupts_on();
    interrupts_off();
    say_value("task by an interrupt", task_came);
    apic_write(END, 0);
    set_gate(NMI, OTHER);
    for (uint32_t i = 0; i < 2; i++) {
        apic_write(COMMAND, TO_SELF | 0x400);
        for (uint32_t k = 0; k < 1000; k++) __asm__ volatile("pause" : : : "memory");
        say_value("task by an NMI", task_came);
    }
    tester_set_gate(NMI, 0);
    tester_set_gate(SELF, 0);
    set_task(&task, task_fails, cr3());
    set_gate(PROTECTION, OTHER);
    uint32_t result = 0;
    __asm__ volatile("mov $1f, %%ebx\n\tmov %1, %%es\n1:" : "+a"(result) : "r"(0x7ffc) : "ebx", "memory");
    tester_set_gate(PROTECTION, 0);
    say_value("task by an exception", task_came);
    say_value("error code", task_error);
    say_value("it goes on where the task says", result);
}

/* A segment that is none: its own exception, in its own registers. */
static void look_at_failures(void)
{
    static volatile uint32_t linked;
    set_task(&task, task_returns, cr3());
    task.fs = 0x7ff8;
    __asm__ volatile("movl $1f, %0\n\tlcall %2, $0\n\tjmp 2f\n1:\tpushf\n\tpopl %1\n\tiret\n2:"
                     : "=m"(task.ebx), "=m"(linked) : "i"(OTHER) : "memory");
    say_value("a task without a segment raises", last_vector);
    say_value("nested", linked & NESTED);
    table[OTHER / 8] = descriptor(&task, sizeof task - 2, FREE);
    say_value("a short task raises", TRY("lcall %0, $0", "i"(OTHER)));
    table[OTHER / 8] = descriptor(&task, sizeof task - 1, BUSY);
    say_value("a busy task raises", TRY("lcall %0, $0", "i"(OTHER)));
    table[OTHER / 8] = descriptor(&task, sizeof task - 1, FREE & 0x7f);
    say_value("an absent task raises", TRY("lcall %0, $0", "i"(OTHER)));
    table[OTHER / 8] = descriptor(&task, sizeof task - 1, FREE);
}

static void look_at_narrow(void)
{
    narrow = (struct narrow_task){ .flags = 2, .general = { 41 }, .es = DATA, .cs = NARROW_CODE, .ss = DATA, .ds = DATA };
    __asm__ volatile("lcall %0, $0" : : "i"(NARROW) : "memory");
    say_value("a task of 16 bits", narrow.general[0]);
    say_value("its link", narrow.link);
}

/* Into virtual 8086 mode by IRET; UD2 there comes back by a gate. */
static void look_at_virtual(void)
{
    *(volatile uint16_t *)VIRTUAL_CODE = 0x0b0f;
    virtual_task = (struct task){ .cr3 = cr3(), .eflags = VIRTUAL_FLAG | 2, .eip = VIRTUAL_CODE & 15, .cs = VIRTUAL_CODE >> 4,
                                  .ds = 0x1234, .es = 0x2345, .ss = 0x100, .esp = 0x100 };
    main_task.link = VIRTUAL;
    set_gate(UNDEFINED, MAIN);
    __asm__ volatile("pushf\n\torl %0, (%%esp)\n\tpopf\n\tiret" : : "i"(NESTED) : "memory");
    __asm__ volatile("pushf\n\tandl %0, (%%esp)\n\tpopf" : : "i"(~NESTED) : "memory");
    tester_set_gate(UNDEFINED, 0);
    say_value("virtual 8086 mode and back", virtual_task.eip);
    say_value("its segments", virtual_task.ds << 16 | virtual_task.es);
}

static void turn_paging(uint32_t root, uint32_t cr4, bool on)
{
    __asm__ volatile("mov %%cr0, %%eax\n\tand $0x7fffffff, %%eax\n\tmov %%eax, %%cr0\n\tmov %0, %%cr4\n\tmov %1, %%cr3\n\t"
                     "or %2, %%eax\n\tmov %%eax, %%cr0" : : "r"(cr4), "r"(root), "r"((uint32_t)on << 31) : "eax", "memory");
}

/* A task with page tables of its own; the word that it reads is another there. */
static void look_at_pages(const char *what, uint32_t root, uint32_t other_root, uint32_t cr4)
{
    turn_paging(root, cr4, true);
    set_tables();
    set_task(&task, task_counts, other_root);
    call_other();
    say_value(what, task_saw);
    say_value("and here", *(volatile uint32_t *)AT);
    turn_paging(0, 0, false);
}

/* There it is one word or the other. */
static void set_pages(void)
{
    volatile uint32_t *words[2] = { (volatile uint32_t *)(uint32_t)LARGE, (volatile uint32_t *)(2u * LARGE) };
    for (uint32_t i = 0; i < 1024; i++) first_directory[i] = second_directory[i] = i * LARGE | 0x87;
    for (uint32_t i = 0; i < 512; i++) blocks[0][i] = (uint64_t)i << 21 | 0x83;
    first_directory[AT / LARGE] = (uint32_t)words[0] | 0x87;
    second_directory[AT / LARGE] = (uint32_t)words[1] | 0x87;
    blocks[0][BLOCK] = (uint32_t)words[0] | 0x83;
    blocks[1][BLOCK] = (uint32_t)words[1] | 0x83;
    pointers[0][0] = pointers[1][0] = pointers[0][3] = (uint32_t)blocks[0] | 1;
    pointers[1][3] = (uint32_t)blocks[1] | 1;
    *words[0] = 0x900d;
    *words[1] = 0x0ddba11;
}

void look_at_tasks(void)
{
    set_pages();
    turn_paging((uint32_t)first_directory, 0x10, true);
    set_tables();
    look_at_calls();
    look_at_gates();
    look_at_failures();
    look_at_narrow();
    look_at_virtual();
    look_at_pages("a task's own pages", (uint32_t)first_directory, (uint32_t)second_directory, 0x10);
    look_at_pages("wide pages", (uint32_t)pointers[0], (uint32_t)pointers[1], 0x20);
}
