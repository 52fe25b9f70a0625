/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the way to run subjects by what the processor has; what both ways set up alike. */
#include "boot.h"
#include "channels/monitor.h"

extern uint8_t svm_code[], svm_code_end[], vmx_code[], vmx_code_end[];

const struct backend_start *backend_chosen;
bool backend_has_shadow_stacks, backend_has_giant_pages;
struct nested nested[IMAGE_MAX_SUBJECTS];

status_t backend_refuse(const char *what, uint32_t code)
{
    console_print("processor refused: %s", what);
    return (status_t){ code };
}

status_t backend_choose(void)
{
    if (svm_start.present()) backend_chosen = &svm_start;
    else if (vmx_start.present()) backend_chosen = &vmx_start;
    else return backend_refuse("neither AMD SVM nor Intel VMX", BOOT_NO_SVM);
    TRY(backend_chosen->probe());
    backend = *backend_chosen->resident;
    console_print("subjects run by %s, in pages of up to %s", backend_chosen->name,
                  backend_has_giant_pages ? "1 GiB" : "2 MiB");
    return STATUS_OK;
}

struct code_range backend_code(bool used)
{
    if (used == (backend_chosen == &svm_start)) return (struct code_range){ svm_code, svm_code_end, 0 };
    return (struct code_range){ vmx_code, vmx_code_end, 0 };
}

uint64_t *nested_tables(const struct policy_tables *policy, uint32_t subject, uint32_t flags)
{
    uint64_t *root = pool_take_sealed(1);
    if (backend_has_giant_pages) flags |= PAGING_GIANT;
    for (uint32_t i = 0; i < policy->mappings_count; i++) {
        const struct image_mapping *m = &policy->mappings[i];
        const struct image_region *r = &policy->regions[m->region];
        if (m->subject != subject) continue;
        paging_map_region(root, m->gpa, policy, r, flags | (m->access & PAGING_RIGHTS));
    }
    nested[subject] = (struct nested){ (uint64_t)root, flags };
    return root;
}

void backend_show(uint64_t field, uint64_t may)
{
    CHECK(vcpu_field_count < MONITOR_FIELDS_MAX);
    vcpu_fields[vcpu_field_count] = field;
    vcpu_may[vcpu_field_count++] = may;
}

uint8_t *backend_io_map(const struct policy_tables *policy, const struct image_subject *s, uint32_t pages)
{
    if (s->serves != IMAGE_NONE) s = &policy->subjects[s->serves];
    uint8_t *map = pool_take_sealed(pages);
    memset(map, 0xff, pages * PAGE_SIZE);
    for (uint32_t i = s->first_port; i < s->first_port + s->port_count; i++) {
        for (uint32_t port = policy->ports[i].first; port <= policy->ports[i].last; port++) {
            map[port / 8] &= (uint8_t)~(1u << port % 8);
        }
    }
    return map;
}

/* What is an exception to the subject: by enum image_violation. */
static uint32_t injecting_rules(const struct image_subject *s)
{
    const uint32_t others = 1u << IMAGE_RULE_PORT | 1u << IMAGE_RULE_MSR | 1u << IMAGE_RULE_REGISTER |
                            1u << IMAGE_RULE_INSTRUCTION;
    if (s->on_violation == IMAGE_VIOLATION_MIXED) return others;
    return s->on_violation == IMAGE_VIOLATION_INJECT ? others | 1u << IMAGE_RULE_MEMORY : 0;
}

/* What the CPU's handler of device interrupts needs: at most one of its subjects has any, and the handler runs for no other. */
static void give_lines(struct vcpu *fresh, const struct image_subject *s, uint32_t lines)
{
    struct x86_cpu *cpu = (struct x86_cpu *)(smp_cpus[s->cpu].stack_top - STACK_SIZE);
    fresh->priority = lines != 0 ? PRIORITY_ALL : PRIORITY_KERNEL;
    uint32_t *events = (uint32_t *)&event_words[fresh->subject] + IMAGE_LINE_EVENT / 32;
    if (lines != 0) cpu->device = (struct x86_device){ events, lines };
}

void backend_init_vcpu(struct vcpu *fresh, const struct policy_tables *policy, uint32_t subject)
{
    const struct image_subject *s = &policy->subjects[subject];
    uint16_t monitor = s->monitor;
    fresh->subject = subject;
    fresh->loads = LOADS_ALL;
    fresh->peer = monitor != IMAGE_NONE ? monitor : s->serves;
    fresh->has_monitor = monitor != IMAGE_NONE;
    if (fresh->peer != IMAGE_NONE) {
        uint8_t *memory = core_region(policy->subjects[fresh->has_monitor ? monitor : subject].ram_region);
        fresh->frame = (struct monitor_frame *)(memory + MONITOR_FRAME);
    }
    fresh->alarm = fresh->has_monitor ? &fresh->frame->alarm : &vcpu_no_alarm;
    give_lines(fresh, s, policy_lines(policy, s));
    fresh->injects = injecting_rules(s);
    fresh->rdi = s->info_gpa;
    fresh->fpu[0] = 0x7f;             /* FCW 0x037f, MXCSR 0x1f80: the values after reset and FNINIT */
    fresh->fpu[1] = 0x03;
    fresh->fpu[24] = 0x80;
    fresh->fpu[25] = 0x1f;
}
