/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual CPUs on Intel VMX: SDM volume 3, chapters 24 to 29. Lengths of instructions come from the exit. */
#include "channels/info.h"
#include "channels/monitor.h"
#include "core/compiler.h"
#include "core/status.h"
#include "x86/vmcs.h"

/* How far the TSC counts for each step of the preemption timer, as a power of two. */
SEALED uint8_t vmx_timer_rate;
static SEALED uint64_t open_map;      /* of MSRs, for those who have system call registers of their own */

STARTUP void vmx_set(uint8_t timer_rate, const uint8_t *msr_map)
{
    vmx_timer_rate = timer_rate;
    open_map = (uint64_t)msr_map;
}

/* ---- bringing in and putting away ---- */
static void make_current(const struct vmx_state *x)
{
    __asm__ volatile("vmptrld %0" : : "m"(x->region) : "cc", "memory");
}

/* What is cached of the old life's page tables goes, of one VPID: 29.4.3.3. */
static APART void flush(struct vcpu *c)
{
    const struct { uint64_t vpid, address; } old = { c->subject + 1u, 0 };
    __asm__ volatile("invvpid %0, %1" : : "m"(old), "r"(1ull) : "cc", "memory");
    vcpu_flushed(c);
}

/* A life begins: VMCLEAR makes the next entry a launch. */
static APART void write_fields(struct vcpu *c)
{
    struct vmx_state *x = c->vmx;
    __asm__ volatile("vmclear %0" : : "m"(x->region) : "cc", "memory");
    make_current(x);
    for (uint32_t i = 0; i < x->field_count; i++) vmx_write(x->fields[i].field, x->fields[i].value);
    vmx_write(VMCS_HOST_CR3, x86_read_cr3());     /* what stays of this CPU whatever runs on it: 25.5 */
    vmx_write(VMCS_HOST_CR4, x86_read_cr4());
    flush(c);
    x->written = 1;
}

static void change(struct vcpu *to)
{
    if (to->vmx->written) make_current(to->vmx);
    else write_fields(to);
}

/*
 * The system call registers, which VMX does not switch: STAR, LSTAR, CSTAR, SFMASK. They are zero for a subject until it writes
 * to one. Its monitor cannot use them, whosever they are.
 */
static bool is_monitor(const struct vcpu *c)
{
    return c->frame && !c->has_monitor;
}

void vmx_switch_calls(struct vcpu *c)
{
    if (!is_monitor(c)) vcpu_switch_calls(c->vmx->switched);
}

/* The first write to one, which is then done again. */
static bool opens_calls(struct vcpu *c)
{
    struct vmx_state *x = c->vmx;
    if (x->switched || (uint32_t)c->rcx - MSR_STAR >= VMX_SWITCHED || is_monitor(c)) return false;
    x86_cpu()->system_calls = x->switched = x->own;
    vmx_write(VMCS_MSR_MAP, open_map);
    return true;
}

/* ---- exits ---- */
static void inject_gp(UNUSED struct vcpu *c)
{
    vmx_write(VMCS_ENTRY_EVENT, VMCS_EVENT_VALID | VMCS_EVENT_ERROR_VALID | VMCS_EVENT_EXCEPTION | 13);
    vmx_write(VMCS_ENTRY_ERROR, 0);
}

/* An NMI's handler goes on with NMIs blocked. */
static void skip(void)
{
    vmx_write(VMCS_GUEST_RIP, vmx_read(VMCS_GUEST_RIP) + vmx_read(VMCS_EXIT_LENGTH));
    vmx_write(VMCS_GUEST_SHADOW, vmx_read(VMCS_GUEST_SHADOW) & VMCS_SHADOW_NMI);
}

/* 32-bit code that ends below 4 GiB goes on at 0, which the entry does not do by itself: 27.3.1.4. All else is a fault. */
static bool serve_failure(struct vcpu *c, uint32_t reason)
{
    uint64_t rip = vmx_read(VMCS_GUEST_RIP);
    if (rip >> 32 != 1) return subject_fault(c->subject, IMAGE_RULE_FAULT, reason, 0);
    vmx_write(VMCS_GUEST_RIP, (uint32_t)rip);
    return true;
}

/* An event that was being delivered when the exit came is delivered again, 28.2.4. Software ones are executed again. */
static void redeliver(void)
{
    uint32_t event = (uint32_t)vmx_read(VMCS_VECTORING);
    if (!(event & VMCS_EVENT_VALID) || (event & VMCS_EVENT_TYPE) >= VMCS_EVENT_SOFTWARE) return;
    vmx_write(VMCS_ENTRY_EVENT, event & ~(1u << 12));             /* undefined on exit, reserved on entry */
    vmx_write(VMCS_ENTRY_ERROR, vmx_read(VMCS_VECTORING_ERROR));
}

/* Accesses to control registers: 28.2.1, table 28-3. The record names them as SVM's exit codes do. */
static uint64_t register_code(uint32_t reason, uint64_t qualification)
{
    bool read = reason == VMX_EXIT_DR && qualification & 16;
    return (reason == VMX_EXIT_CR ? 0x10 : read ? 0x20 : 0x30) + (qualification & (reason == VMX_EXIT_CR ? 15 : 7));
}

/* EPT violation, 28.2.1, table 28-7: bit 1 write, bit 2 instruction fetch. */
static uint64_t nested_access(uint64_t qualification)
{
    return qualification & 4 ? IMAGE_EXECUTE : qualification & 2 ? IMAGE_WRITE : IMAGE_READ;
}

static void show(UNUSED const struct vcpu *c, uint64_t *values, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) __asm__ volatile("vmread %1, %0" : "=m"(values[i]) : "r"(vcpu_fields[i]) : "cc");
}

/* What is only to be read cannot be written either, which says so and does nothing. */
static void take(struct vcpu *c, const uint64_t *values, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        uint64_t here = vmx_read(vcpu_fields[i]);
        vmx_write(vcpu_fields[i], here ^ ((here ^ values[i]) & vcpu_may[i]));
    }
    if (count > MONITOR_FIELDS_FEW) flush(c);
}

/* One that the subject's monitor has open stays: it has its turn then, and the event comes after what it injects. */
static APART void turn_window(struct vmx_state *x)
{
    x->window ^= 1;
    vmx_write(VMCS_CONTROLS, vmx_read(VMCS_CONTROLS) ^ VMCS_INTERRUPT_WINDOW);
}

/* What the subject did by itself. */
static APART bool serve_act(struct vcpu *c, uint32_t reason)
{
    uint64_t q = vmx_read(VMCS_QUALIFICATION), value = reason, other = 0;
    uint32_t rule = IMAGE_RULE_INSTRUCTION;
    switch (reason) {
    case VMX_EXIT_EXCEPTION:          /* one that could loop */
        return subject_fault(c->subject, IMAGE_RULE_FAULT, 0x40 + (uint8_t)vmx_read(VMCS_EXIT_EVENT), 0);
    case VMX_EXIT_CPUID:
        skip();
        return vcpu_cpuid(c);
    case VMX_EXIT_HLT:
        skip();
        return subject_wait(c->subject, WAIT_FOR_INTERRUPT);
    case VMX_EXIT_EPT_VIOLATION: case VMX_EXIT_EPT_MISCONFIGURED:
        rule = IMAGE_RULE_MEMORY;
        value = vmx_read(VMCS_GUEST_PHYSICAL);
        other = nested_access(q);
        break;
    case VMX_EXIT_IO:                 /* table 28-5: port in bits 31 to 16, bit 3 in */
        rule = IMAGE_RULE_PORT;
        value = q >> 16 & 0xffff;
        other = q & 8 ? IMAGE_READ : IMAGE_WRITE;
        break;
    case VMX_EXIT_RDMSR: case VMX_EXIT_WRMSR:
        rule = IMAGE_RULE_MSR;
        value = (uint32_t)c->rcx;
        other = reason == VMX_EXIT_WRMSR ? IMAGE_WRITE : IMAGE_READ;
        break;
    case VMX_EXIT_CR: case VMX_EXIT_DR:
        rule = IMAGE_RULE_REGISTER;
        value = register_code(reason, q);
        break;
    default:
        break;
    }
    return vcpu_refuse(c, rule, value, other);
}

/* Calls are those that vmx_enter.S leaves to this: in the shadow of STI or MOV to SS, or not from CPL 0, the DPL of SS. */
bool vmx_exit(struct vcpu *c, uint32_t reason)
{
    uint32_t event;
    if (reason & VMCS_REASON_ENTRY_FAILED) return serve_failure(c, reason);
    redeliver();
    if (c->vmx->window) {
        turn_window(c->vmx);
        if (reason == VMX_EXIT_WINDOW) return true;
    }
    switch (reason) {
    case VMX_EXIT_VMCALL:             /* from user mode: vmx_enter.S */
        skip();
        return vcpu_user_call(c);
    case VMX_EXIT_EXCEPTION:
        event = (uint32_t)vmx_read(VMCS_EXIT_EVENT);
        if ((event & VMCS_EVENT_TYPE) == VMCS_EVENT_NMI) {
            vmx_unblock_nmi();
            return vcpu_due(c);
        }
        if ((uint8_t)event != 18) break;
        __attribute__((fallthrough)); /* machine check */
    case VMX_EXIT_INIT:               /* this CPU is wanted back by its platform */
        core_panic("machine check or INIT", __FILE_NAME__, __LINE__);
    case VMX_EXIT_INTERRUPT:
        return vcpu_interrupt(c);
    case VMX_EXIT_TIMER:
        return vcpu_due(c);
    case VMX_EXIT_TRIPLE_FAULT:
        return subject_fault(c->subject, IMAGE_RULE_FAULT, reason, 0);
    case VMX_EXIT_WRMSR:
        if (opens_calls(c)) return true;
        break;
    default:
        break;
    }
    return c->has_monitor ? subject_wait(c->subject, WAIT_FOR_MONITOR) : serve_act(c, reason);
}

/* ---- entries ---- */
/* Gives the subject an event if it can take one now; else it exits as soon as it can: 27.6.1, 26.2. */
void vmx_offer(struct vcpu *c)
{
    bool can = vmx_read(VMCS_GUEST_RFLAGS) & 1u << 9 && !(vmx_read(VMCS_GUEST_SHADOW) & VMCS_SHADOW_STI_MOVSS) &&
               !(vmx_read(VMCS_ENTRY_EVENT) & VMCS_EVENT_VALID);
    if (can) {
        c->taken = vcpu_next_event(c);
        vmx_write(VMCS_ENTRY_EVENT, VMCS_EVENT_VALID | (32u + c->taken));
        return;
    }
    if (!(vmx_read(VMCS_CONTROLS) & VMCS_INTERRUPT_WINDOW)) turn_window(c->vmx);
}

/*
 * What is wrong with a state that is refused is the subject's doing, or its monitor's: a fault like any other. On record with
 * the VM-instruction error, 31.4, which is no reason of an exit that has this bit: 7 is the controls, 8 the kernel's own state.
 */
bool vmx_refused(struct vcpu *c)
{
    return subject_fault(c->subject, IMAGE_RULE_FAULT, VMCS_REASON_ENTRY_FAILED | vmx_read(VMCS_INSTRUCTION_ERROR), 0);
}

STARTUP_CONST const struct backend vmx_backend = {
    change, vmx_run, inject_gp, show, take, vmx_take_interrupts, vmx_sleep, 1, ICR_NMI, INFO_CALL_VMCALL
};
