/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done to the valid gateway of image_builder.h, and which check must answer at which entry: key, check, entry, act.
 * BUILD_CASES act on the builder `b` before it packs; PACKED_CASES on the packed image: header `h`, components `c`, bytes
 * `size` that are given to the check. Every check of image_check_list.h has a case at least; the test counts.
 */
#pragma once

/* Mappings of the gateway, in their order. */
enum case_mapping {
    LOW_RAM, LOW_INFO, LOW_OUTBOX, LOW_INBOX, LOW_DIRECT, LOW_PAGE,
    GUARD_RAM, GUARD_INFO, GUARD_REPORTS, GUARD_TRACKS, GUARD_ASKS, GUARD_GRANTS, GUARD_NOTICES,
    HIGH_RAM, HIGH_INFO, HIGH_TRACKS, HIGH_ASKS, HIGH_GRANTS, HIGH_DIRECT, HIGH_PAGE,
    AUDIT_RAM, AUDIT_INFO, AUDIT_RING_0, AUDIT_RING_1, AUDIT_CATALOGUE
};
enum case_component { TABLES, LOW, GUARD, HIGH, AUDITOR, CATALOGUE, PART };
enum case_region { REGION_CATALOGUE, REGION_LOW_INFO };

#define RAM(s) (b->subjects[s].ram_region)
#define OUTBOX(ch) (b->channels[ch].outbox_region)
#define INBOX(ch) (b->channels[ch].inbox_region)
#define POOL (b->header.kernel_pool)
#define HOME (b->header.image_home)
/* The guard as the monitor of `low`, but that it has windows of its own and does not see its subject's memory. */
#define MAKE_MONITOR                                                                                                       \
    (b->subjects[0].monitor = BUILDER_GUARD, b->subjects[BUILDER_GUARD].serves = 0,                                        \
     b->subjects[BUILDER_GUARD].label_high = b->subjects[0].label_high,                                                    \
     b->subjects[BUILDER_GUARD].label_low = b->subjects[0].label_low, b->subjects[BUILDER_GUARD].restart_max = 0)
#define IDLE(s) make_idle(b, s)
/* `audit`, which has no channels, as the monitor of `guard`: valid. */
#define MAKE_SERVANT make_servant(b)
/* A region that is for nobody, and a chain of `restrict`s. */
#define MAKE_FREE(region) make_free(b, region)
#define MAKE_CHAIN(n) make_chain(b, n)
/* `low` sees its own outbox instead, once more. */
#define LOOK_AWAY(m)                                                                                                       \
    (b->mappings[m].region = OUTBOX(0), b->mappings[m].access = 3, b->regions[OUTBOX(0)].flags = IMAGE_REGION_SHARED)
/* `low` may give `guard` its windows: both have the label of `low`. */
#define MAKE_GIVE                                                                                                          \
    (b->subjects[BUILDER_GUARD].label_high = b->subjects[BUILDER_LOW].label_high, b->rules[7].plan_mask = UINT32_MAX,      \
     b->operations[0] = (struct image_operation){ BUILDER_LOW, IMAGE_OPERATION_GIVE, BUILDER_GUARD, 7 })
/* `low` has the interrupts of its port. */
#define MAKE_LINES (b->header.io_apic = 0xfec00000, b->ports[0].line = 3, b->ports[0].flags = IMAGE_PORTS_INTERRUPT)
#define LAST(member) (b->member##_count - 1)

#define PACKED_CASES(X)                                                                                                    \
    X(no_bytes, TRUNCATED, 0, *size = 0)                                                                                   \
    X(part_of_header, TRUNCATED, 0, *size = sizeof *h - 1)                                                                 \
    X(header_alone, TRUNCATED, 0, *size = sizeof *h)                                                                       \
    X(one_byte_short, TRUNCATED, 0, *size -= 1)                                                                            \
    X(image_size_beyond, TRUNCATED, 0, h->image_size += 1)                                                                 \
    X(image_size_huge, TRUNCATED, 0, h->image_size = UINT64_MAX)                                                           \
    X(image_ends_in_list, TRUNCATED, 0, h->image_size = h->header_size - 1)                                                \
    X(image_above_limit, SIZE, 0, (h->image_size = IMAGE_MAX_SIZE + 1ull, *size = h->image_size))                          \
    X(magic_first, MAGIC, 0, h->magic[0] = 'b')                                                                            \
    X(magic_last, MAGIC, 0, h->magic[7] = 0)                                                                               \
    X(io_apic_below, HEADER_IO_APIC, 0, h->io_apic = 0xfebff000)                                                           \
    X(io_apic_above, HEADER_IO_APIC, 0, h->io_apic = 0xfed00000)                                                           \
    X(io_apic_odd, HEADER_IO_APIC, 0, h->io_apic = 0xfec00010)                                                             \
    X(io_apic_in_memory, HEADER_IO_APIC, 0, (h->io_apic = 0xfec00000, h->ram_end = 0x100000000))                           \
    X(io_apic_under_memory, REGION_BOUNDS, 0, (h->io_apic = 0xfec00000, h->ram_base = 0xfed00000, h->ram_end = 1ull << 32)) \
    X(margin_less, HEADER_MARGIN, 0, h->margin_ticks = IMAGE_MARGIN_LEAST - 1)                                             \
    X(margin_huge, HEADER_MARGIN, 0, h->margin_ticks = UINT32_MAX + 1ull)                                                  \
    X(format_next, FORMAT, 0, h->format = IMAGE_FORMAT + 1)                                                                \
    X(header_size_off, HEADER_SIZE, 0, h->header_size += 8)                                                                \
    X(no_components, HEADER_SIZE, 0, (h->component_count = 0, h->header_size = sizeof *h))                                 \
    X(component_more, HEADER_SIZE, 0, h->component_count += 1)                                                             \
    X(components_overflow, HEADER_SIZE, 0, (h->component_count = 0x80000000u, h->header_size = sizeof *h))                 \
    X(component_beyond, COMPONENT_BOUNDS, PART, c[PART].size += 8)                                                         \
    X(component_wraps, COMPONENT_BOUNDS, LOW, (c[LOW].offset = 8, c[LOW].size = UINT64_MAX - 4))                           \
    X(component_in_header, COMPONENT_ORDER, TABLES, c[TABLES].offset = 0)                                                  \
    X(components_overlap, COMPONENT_ORDER, GUARD, c[LOW].size += 8)                                                        \
    X(component_unaligned, COMPONENT_ALIGN, LOW, (c[LOW].offset += 4, c[LOW].size -= 4))                                   \
    X(tables_not_first, COMPONENT_KIND, TABLES, c[TABLES].kind = IMAGE_COMPONENT_PART)                                     \
    X(tables_twice, COMPONENT_KIND, PART, c[PART].kind = IMAGE_COMPONENT_TABLES)                                           \
    X(component_kind_unknown, COMPONENT_KIND, PART, c[PART].kind = IMAGE_COMPONENT_PART + 1)                               \
    X(component_of_nobody, COMPONENT_SUBJECT, LOW, c[LOW].subject = 4)                                                     \
    X(part_of_somebody, COMPONENT_SUBJECT, PART, c[PART].subject = 0)                                                      \
    X(component_nameless, COMPONENT_NAME, PART, memset(c[PART].name, 0, sizeof c[PART].name))                              \
    X(component_name_open, COMPONENT_NAME, PART, memset(c[PART].name, 'a', sizeof c[PART].name))                           \
    X(component_name_escape, COMPONENT_NAME, PART, c[PART].name[0] = 0x1b)                                                 \
    X(table_long, TABLE_COUNT, IMAGE_FIELDS, h->tables[IMAGE_FIELDS].count = IMAGE_MAX_TABLE + 1)                          \
    X(table_channels, TABLE_COUNT, IMAGE_CHANNELS, h->tables[IMAGE_CHANNELS].count = IMAGE_MAX_CHANNELS + 1)               \
    X(table_rules, TABLE_COUNT, IMAGE_RULES, h->tables[IMAGE_RULES].count = IMAGE_MAX_RULES + 1)                           \
    X(table_protocols, TABLE_COUNT, IMAGE_PROTOCOLS, h->tables[IMAGE_PROTOCOLS].count = IMAGE_MAX_PROTOCOLS + 1)           \
    X(table_count_huge, TABLE_COUNT, IMAGE_CPUS, h->tables[IMAGE_CPUS].count = UINT32_MAX)                                 \
    X(table_unaligned, TABLE_ALIGN, IMAGE_CPUS, h->tables[IMAGE_CPUS].offset += 4)                                         \
    X(table_beyond, TABLE_BOUNDS, IMAGE_DIGESTS, h->tables[IMAGE_DIGESTS].count += 2)                                      \
    X(table_offset_huge, TABLE_BOUNDS, IMAGE_PORTS, h->tables[IMAGE_PORTS].offset = 0xfffffff8)                            \
    X(table_in_header, TABLE_ORDER, IMAGE_CPUS, h->tables[IMAGE_CPUS].offset = 0)                                          \
    X(tables_overlap, TABLE_ORDER, IMAGE_PLANS, h->tables[IMAGE_CPUS].count += 1)                                          \
    X(table_takes_next, TABLE_ORDER, IMAGE_TIMEOUTS, h->tables[IMAGE_STEPS].count += 1)

#define HEADER_CASES(X)                                                                                                    \
    X(header_flags, HEADER_FLAGS, 0, b->header.flags |= 2)                                                                 \
    X(header_measure, HEADER_FLAGS, 0, b->header.measure = IMAGE_MEASURE_REQUIRED + 1)                                     \
    X(header_always, HEADER_FLAGS, 0, b->header.audit_always = 128)                                                         \
    X(header_class_full, HEADER_FLAGS, 0, b->header.class_full[1] = 2)                                                     \
    X(header_class_high, HEADER_FLAGS, 0, b->header.class_full[1] = 0x100)                                                 \
    X(system_nameless, HEADER_NAME, 0, b->header.system[0] = 0)                                                            \
    X(system_name_tail, HEADER_NAME, 0, b->header.system[15] = 'x')                                                        \
    X(system_name_space, HEADER_NAME, 0, b->header.system[2] = ' ')                                                        \
    X(ram_low, HEADER_RAM, 0, b->header.ram_base = 0x7ff000)                                                               \
    X(ram_empty, HEADER_RAM, 0, b->header.ram_end = b->header.ram_base)                                                    \
    X(ram_odd, HEADER_RAM, 0, b->header.ram_end += 8)                                                                      \
    X(ram_high, HEADER_RAM, 0, b->header.ram_end = IMAGE_MAX_RAM + IMAGE_PAGE)                                             \
    X(trampoline_odd, HEADER_TRAMPOLINE, 0, b->header.trampoline = 0x8010)                                                 \
    X(trampoline_zero, HEADER_TRAMPOLINE, 0, b->header.trampoline = 0)                                                     \
    X(trampoline_video, HEADER_TRAMPOLINE, 0, b->header.trampoline = 0xa0000)                                              \
    X(trampoline_high, HEADER_TRAMPOLINE, 0, b->header.trampoline = 0x100000008000)                                        \
    X(pcr_firmware, HEADER_PCR, 0, b->header.pcr = 7)                                                                      \
    X(pcr_debug, HEADER_PCR, 0, b->header.pcr = 16)                                                                        \

#define TIME_CASES(X)                                                                                                      \
    X(no_cpus, CPU_COUNT, 0, b->cpus_count = 0)                                                                            \
    X(many_cpus, CPU_COUNT, 0, b->cpus_count = IMAGE_MAX_CPUS + 1)                                                         \
    X(apic_broadcast, CPU_APIC, 1, b->cpus[1].apic_id = 255)                                                               \
    X(apic_shared, CPU_APIC, 1, b->cpus[1].apic_id = b->cpus[0].apic_id)                                                   \
    X(cpu_ring_beyond, CPU_AUDIT, 1, b->cpus[1].audit_region = b->regions_count)                                           \
    X(cpu_ring_shared, REGION_OWNER, b->cpus[0].audit_region + 1, b->cpus[1].audit_region = b->cpus[0].audit_region)       \
    X(cpu_ring_of_other, CPU_AUDIT, 1,                                                                                     \
      (MAKE_FREE(b->cpus[1].audit_region), b->cpus[1].audit_region = b->cpus[0].audit_region))                             \
    X(cpu_ring_elsewhere, CPU_AUDIT, 1,                                                                                    \
      (b->regions[b->cpus[1].audit_region].kind = IMAGE_REGION_CATALOGUE,                                                  \
       b->regions[b->cpus[1].audit_region].owner = IMAGE_NONE))                                                            \
    X(slots_high, CPU_SLOTS, 0, b->cpus[0].audit_slots |= 1ull << 32)                                                      \
    X(slots_few, CPU_SLOTS, 0, b->cpus[0].audit_slots -= 1)                                                                \
    X(slots_many, CPU_SLOTS, 1, b->cpus[1].audit_slots += 1)                                                               \
    X(slots_wrap, CPU_SLOTS, 0, b->subjects[0].reserve[1] += 0x80000000u; b->subjects[1].reserve[1] += 0x80000000u)        \
    X(ring_small, CPU_RING, 0, b->subjects[0].reserve[0] += 64; b->cpus[0].audit_slots += 64)                              \
    X(reserve_few, CPU_RESERVE, 0,                                                                                         \
      (b->header.kernel_reserve -= 12, b->cpus[0].audit_slots -= 12, b->cpus[1].audit_slots -= 12))                        \
    X(no_plans, PLAN_COUNT, 0, b->plans_count = 0)                                                                         \
    X(many_plans, PLAN_COUNT, 0, b->plans_count = IMAGE_MAX_PLANS + 1)                                                     \
    X(frame_empty, PLAN_FRAME, 0, b->plans[0].major_us = 0)                                                                \
    X(plan_nameless, PLAN_NAME, 0, b->plans[0].name[0] = 0)                                                                \
    X(frame_long, PLAN_FRAME, 0, b->plans[0].major_us |= 1ull << 32)                                                       \
    X(windows_end_early, WINDOW_ORDER, 4, b->windows_count -= 1)                                                           \
    X(window_of_no_plan, WINDOW_ORDER, 5, b->windows_count += 1; b->windows[5].plan = 1)                                   \
    X(window_cpu_beyond, WINDOW_ORDER, 4, b->windows[4].cpu = 2)                                                           \
    X(plan_without_windows, WINDOW_ORDER, 5, b->plans[b->plans_count++] = b->plans[0])                                     \
    X(window_gap, WINDOW_START, 1, b->windows[1].start_us += 1)                                                            \
    X(window_overlap, WINDOW_START, 2, b->windows[1].length_us += 1)                                                       \
    X(window_empty, WINDOW_LENGTH, 3, b->windows[3].length_us = 0)                                                         \
    X(window_long, WINDOW_LENGTH, 3, b->windows[3].length_us = 1001)                                                       \
    X(window_wraps, WINDOW_LENGTH, 3, b->windows[3].length_us = UINT32_MAX - 8999)                                         \
    X(window_subject_beyond, WINDOW_SUBJECT, 0, b->windows[0].subject = 4)                                                 \
    X(window_subject_elsewhere, WINDOW_SUBJECT, 0, b->windows[0].subject = BUILDER_HIGH)                                   \
    X(window_flags, WINDOW_FLAGS, 0, b->windows[0].flags = 2)                                                              \
    X(window_dedicated_shares, WINDOW_DEDICATED, 0, b->windows[0].flags = IMAGE_WINDOW_DEDICATED)                          \
    X(window_dedicated_idle, WINDOW_DEDICATED, 4, b->windows[4].subject = IMAGE_NONE)                                      \
    X(window_short, WINDOW_COVER, 3, b->windows[3].length_us = 999)

/* The coloured gateway: `low` has colours 0 to 3, `guard` 4 to 7, `high` 8 to 11, `audit` 12 to 15. */
#define COLOURED image_builder_colour(b)
#define COLOUR_CASES(X)                                                                                                    \
    X(colours_odd, HEADER_COLOURS, 0, (COLOURED, b->header.colours = 24))                                                  \
    X(colours_many, HEADER_COLOURS, 0, (COLOURED, b->header.colours = 128))                                                \
    X(colours_for_nobody, SUBJECT_COLOURS, 0, b->header.colours = BUILDER_COLOURS)                                         \
    X(colours_without_cache, SUBJECT_COLOURS, 0, (COLOURED, b->header.colours = 0))                                        \
    X(colours_of_one, SUBJECT_COLOURS, 0, b->subjects[0].colour_count = 4)                                                 \
    X(colour_alone, SUBJECT_COLOURS, 2, b->subjects[2].first_colour = 1)                                                   \
    X(colours_missing, SUBJECT_COLOURS, 2, (COLOURED, b->subjects[2].first_colour = b->subjects[2].colour_count = 0))      \
    X(colours_beyond, SUBJECT_COLOURS, 3, (COLOURED, b->subjects[3].colour_count = 5))                                     \
    X(colours_above, SUBJECT_COLOURS, 1, (COLOURED, b->subjects[1].colour_count = 5, b->subjects[1].first_colour = 3))     \
    X(colours_meet, SUBJECT_COLOURS, 1, (COLOURED, b->subjects[0].colour_count = 5))                                       \
    X(colours_within, SUBJECT_COLOURS, 1,                                                                                  \
      (COLOURED, b->subjects[1].first_colour = 1, b->subjects[1].colour_count = 2))                                        \
    X(region_other_colours, REGION_COLOURS, RAM(1), (COLOURED, b->regions[RAM(1)].first_colour = 8))                       \
    X(region_more_colours, REGION_COLOURS, RAM(1), (COLOURED, b->regions[RAM(1)].colour_count = 5))                        \
    X(region_fewer_colours, REGION_COLOURS, RAM(1), (COLOURED, b->regions[RAM(1)].colour_count = 3))                       \
    X(region_without_colours, REGION_COLOURS, RAM(3), (COLOURED, b->regions[RAM(3)].colour_count = 0,                      \
      b->regions[RAM(3)].first_colour = 0))                                                                                \
    X(region_coloured_alone, REGION_COLOURS, RAM(1), b->regions[RAM(1)].colour_count = 4)                                  \
    X(info_other_colours, REGION_COLOURS, REGION_LOW_INFO, (COLOURED, b->regions[REGION_LOW_INFO].first_colour = 4))       \
    X(outbox_of_receiver, REGION_COLOURS, OUTBOX(0), (COLOURED, b->regions[OUTBOX(0)].first_colour = 4))                   \
    X(inbox_of_sender, REGION_COLOURS, INBOX(0), (COLOURED, b->regions[INBOX(0)].first_colour = 0))                        \
    X(direct_of_receiver, REGION_COLOURS, b->directs[0].region, (COLOURED, b->regions[b->directs[0].region].first_colour = 8)) \
    X(ring_of_low, REGION_COLOURS, b->cpus[1].audit_region, (COLOURED, b->regions[b->cpus[1].audit_region].first_colour = 0)) \
    X(catalogue_of_low, REGION_COLOURS, REGION_CATALOGUE, (COLOURED, b->regions[REGION_CATALOGUE].first_colour = 0))       \
    X(pool_coloured, REGION_COLOURS, POOL, (COLOURED, b->regions[POOL].colour_count = 4))                                  \
    X(row_begun, REGION_ALIGN, RAM(0), (COLOURED, b->regions[RAM(0)].hpa += IMAGE_PAGE))                                   \
    X(rows_beyond, REGION_BOUNDS, RAM(0), (COLOURED, b->regions[RAM(0)].size = b->header.ram_end))                         \
    X(rows_meet, REGION_ORDER, RAM(0), (COLOURED, b->regions[RAM(0)].hpa = b->regions[REGION_LOW_INFO].hpa))               \
    X(rows_meet_home, REGION_ORDER, HOME, (COLOURED, b->regions[HOME].hpa -= BUILDER_COLOURS * IMAGE_PAGE))                \
    X(seen_elsewhere, REGION_KVA, HOME, (COLOURED, b->regions[HOME].kva = b->regions[HOME].hpa + IMAGE_PAGE))              \
    X(seen_low, REGION_KVA, REGION_CATALOGUE, (COLOURED, b->regions[REGION_CATALOGUE].kva -= IMAGE_PAGE))                  \
    X(seen_odd, REGION_KVA, REGION_CATALOGUE, (COLOURED, b->regions[REGION_CATALOGUE].kva += 8))                           \
    X(seen_twice, REGION_KVA, RAM(1), (COLOURED, b->regions[RAM(1)].kva = b->regions[RAM(0)].kva))                         \
    X(seen_beyond, REGION_KVA, RAM(1), (COLOURED, b->regions[RAM(1)].kva = IMAGE_MAX_ADDRESS))

#define MEMORY_CASES(X)                                                                                                    \
    X(region_empty, REGION_ALIGN, 2, b->regions[2].size = 0)                                                               \
    X(region_odd, REGION_ALIGN, 0, b->regions[0].hpa += 8)                                                                 \
    X(region_odd_size, REGION_ALIGN, 1, b->regions[1].size = 0x800)                                                        \
    X(region_below, REGION_BOUNDS, 0, b->regions[0].hpa = b->header.ram_base - IMAGE_PAGE)                                 \
    X(region_on_kernel, REGION_BOUNDS, 0, b->regions[0].hpa = 0x200000)                                                    \
    X(region_above, REGION_BOUNDS, POOL, b->regions[POOL].size = b->header.ram_end - b->regions[POOL].hpa + IMAGE_PAGE)    \
    X(region_wraps, REGION_BOUNDS, POOL, b->regions[POOL].size = -b->regions[POOL].hpa)                                    \
    X(region_device, REGION_DEVICE, POOL,                                                                                  \
      (b->header.ram_end = 0x100000000, b->regions[POOL].hpa = 0xfee00000, b->regions[POOL].size = IMAGE_PAGE))            \
    X(region_overlap, REGION_ORDER, 1, b->regions[0].size += IMAGE_PAGE)                                                   \
    X(region_twice, REGION_ORDER, 2, b->regions[2].hpa = b->regions[1].hpa)                                                \
    X(region_kind_unknown, REGION_KIND, 1, b->regions[1].kind = IMAGE_REGION_KINDS)                                        \
    X(region_flags_unknown, REGION_FLAGS, OUTBOX(0), b->regions[OUTBOX(0)].flags = 2)                                      \
    X(region_ram_shared, REGION_FLAGS, RAM(0), b->regions[RAM(0)].flags = IMAGE_REGION_SHARED)                             \
    X(region_inbox_shared, REGION_FLAGS, INBOX(0), b->regions[INBOX(0)].flags = IMAGE_REGION_SHARED)                       \
    X(region_owner_other, REGION_OWNER, RAM(0), b->regions[RAM(0)].owner = 1)                                              \
    X(region_owner_beyond, REGION_OWNER, RAM(0), b->regions[RAM(0)].owner = 4)                                             \
    X(region_owner_needless, REGION_OWNER, 0, b->regions[0].owner = 0)                                                     \
    X(region_channel_beyond, REGION_OWNER, OUTBOX(4), b->regions[OUTBOX(4)].owner = 5)                                     \
    X(pool_second, REGION_POOL, 0, b->regions[0].kind = IMAGE_REGION_KERNEL_POOL)                                          \
    X(pool_none, REGION_POOL, b->regions_count, POOL = b->regions_count)                                                   \
    X(pool_not_one, REGION_POOL, 0, POOL = 0)                                                                              \
    X(home_second, REGION_HOME, 0, b->regions[0].kind = IMAGE_REGION_IMAGE_HOME)                                           \
    X(home_none, REGION_HOME, UINT32_MAX, HOME = UINT32_MAX)                                                               \
    X(home_not_one, REGION_HOME, 0, HOME = 0)                                                                              \
    X(home_small, REGION_HOME_SIZE, HOME, b->regions[HOME].size = IMAGE_PAGE)                                              \
    X(pool_small, REGION_POOL_SIZE, POOL, b->regions[POOL].size = 50 * IMAGE_PAGE)                                         \
    X(mapping_unsorted, MAPPING_ORDER, LAST(mappings), b->mappings[LAST(mappings)].subject = 0)                            \
    X(mapping_of_nobody, MAPPING_ORDER, LAST(mappings), b->mappings[LAST(mappings)].subject = 4)                           \
    X(mapping_of_nothing, MAPPING_REGION, LOW_OUTBOX, b->mappings[LOW_OUTBOX].region = b->regions_count)                   \
    X(mapping_odd, MAPPING_ALIGN, LOW_OUTBOX, b->mappings[LOW_OUTBOX].gpa += 16)                                           \
    X(mapping_high, MAPPING_BOUNDS, LOW_INBOX, b->mappings[LOW_INBOX].gpa = IMAGE_MAX_ADDRESS)                             \
    X(mapping_wraps, MAPPING_BOUNDS, LOW_INBOX, b->mappings[LOW_INBOX].gpa = -(uint64_t)IMAGE_PAGE)                        \
    X(mapping_overlap, MAPPING_OVERLAP, LOW_OUTBOX, b->mappings[LOW_OUTBOX].gpa = b->mappings[LOW_INFO].gpa)               \
    X(mapping_falls, MAPPING_OVERLAP, LOW_INFO, b->mappings[LOW_INFO].gpa = 0x1ff000)                                      \
    X(sees_others_ram, MAPPING_RIGHT, LOW_OUTBOX, b->mappings[LOW_OUTBOX].region = RAM(BUILDER_HIGH))                      \
    X(sees_others_info, MAPPING_RIGHT, LOW_OUTBOX, b->mappings[LOW_OUTBOX].region = REGION_LOW_INFO + 1)                   \
    X(sees_others_outbox, MAPPING_RIGHT, LOW_OUTBOX, b->mappings[LOW_OUTBOX].region = OUTBOX(BUILDER_TRACKS))              \
    X(receiver_sees_outbox, MAPPING_RIGHT, LOW_INBOX, b->mappings[LOW_INBOX].region = OUTBOX(BUILDER_NOTICES))             \
    X(sees_others_inbox, MAPPING_RIGHT, LOW_INBOX, b->mappings[LOW_INBOX].region = INBOX(BUILDER_TRACKS))                  \
    X(sender_sees_inbox, MAPPING_RIGHT, LOW_INBOX, b->mappings[LOW_INBOX].region = INBOX(BUILDER_REPORTS))                 \
    X(sees_pool, MAPPING_RIGHT, LOW_INBOX, b->mappings[LOW_INBOX].region = POOL)                                           \
    X(sees_home, MAPPING_RIGHT, LOW_INBOX, b->mappings[LOW_INBOX].region = HOME)                                           \
    X(sees_ring, MAPPING_RIGHT, LOW_INBOX, b->mappings[LOW_INBOX].region = b->cpus[0].audit_region)                        \
    X(sees_catalogue, MAPPING_RIGHT, LOW_INBOX, b->mappings[LOW_INBOX].region = REGION_CATALOGUE)                          \
    X(auditor_unprivileged, MAPPING_RIGHT, AUDIT_RING_0, b->subjects[BUILDER_AUDIT].privileges = IMAGE_MAY_SHUTDOWN)       \
    X(info_written, MAPPING_ACCESS, LOW_INFO, b->mappings[LOW_INFO].access |= IMAGE_WRITE)                                 \
    X(inbox_written, MAPPING_ACCESS, LOW_INBOX, b->mappings[LOW_INBOX].access |= IMAGE_WRITE)                              \
    X(inbox_executed, MAPPING_ACCESS, LOW_INBOX, b->mappings[LOW_INBOX].access |= IMAGE_EXECUTE)                           \
    X(outbox_executed, MAPPING_ACCESS, LOW_OUTBOX, b->mappings[LOW_OUTBOX].access |= IMAGE_EXECUTE)                        \
    X(ring_written, MAPPING_ACCESS, AUDIT_RING_1, b->mappings[AUDIT_RING_1].access |= IMAGE_WRITE)                         \
    X(catalogue_written, MAPPING_ACCESS, AUDIT_CATALOGUE, b->mappings[AUDIT_CATALOGUE].access = IMAGE_WRITE)               \
    X(access_none, MAPPING_ACCESS, LOW_RAM, b->mappings[LOW_RAM].access = 0)                                               \
    X(access_unknown, MAPPING_ACCESS, LOW_RAM, b->mappings[LOW_RAM].access = 0xffff)                                       \
    X(ram_twice, MAPPING_TWICE, LOW_INBOX, b->mappings[LOW_INBOX].region = RAM(0); b->mappings[LOW_INBOX].access = 7)      \
    X(info_twice, MAPPING_TWICE, LOW_INBOX, b->mappings[LOW_INBOX].region = b->subjects[0].info_region)                    \
    X(load_nowhere, LOAD_REGION, LAST(loads), b->loads[LAST(loads)].region = b->regions_count)                             \
    X(load_into_pool, LOAD_REGION, LAST(loads), b->loads[LAST(loads)].region = POOL)                                       \
    X(load_into_inbox, LOAD_REGION, 0, b->loads[0].region = INBOX(0))                                                      \
    X(load_empty, LOAD_TARGET, 0, b->loads[0].size = 0)                                                                    \
    X(load_beyond, LOAD_TARGET, 1, b->loads[1].region_offset = IMAGE_PAGE - 8)                                             \
    X(load_wraps, LOAD_TARGET, 1, b->loads[1].region_offset = UINT64_MAX)                                                  \
    X(loads_overlap, LOAD_ORDER, 6, b->loads[6].region_offset = b->loads[5].region_offset + 8)                             \
    X(loads_unsorted, LOAD_ORDER, 1, b->loads[0] = b->loads[2])                                                            \
    X(load_from_nothing, LOAD_COMPONENT, 0, b->loads[0].component = BUILDER_COMPONENTS - 1)                                \
    X(load_from_other, LOAD_COMPONENT, 1, b->loads[1].component = GUARD)                                                   \
    X(load_ram_from_part, LOAD_COMPONENT, 1, b->loads[1].component = PART)                                                 \
    X(load_catalogue_from_guest, LOAD_COMPONENT, 0, b->loads[0].component = LOW)                                           \
    X(load_source_before, LOAD_SOURCE, 1, b->loads[1].image_offset = -(uint64_t)8)                                         \
    X(load_source_beyond, LOAD_SOURCE, 1, b->loads[1].image_offset += 8)

#define SUBJECT_CASES(X)                                                                                                   \
    X(no_subjects, SUBJECT_COUNT, 0,                                                                                       \
      (b->subjects_count = 0, b->header.component_count = 1, b->loads_count = 0))                                          \
    X(many_subjects, SUBJECT_COUNT, 0, b->subjects_count = IMAGE_MAX_SUBJECTS + 1)                                         \
    X(subject_nameless, SUBJECT_NAME, 2, memset(b->subjects[2].name, 0, IMAGE_NAME))                                       \
    X(subject_name_quote, SUBJECT_NAME, 2, b->subjects[2].name[1] = '"')                                                   \
    X(subject_name_backslash, SUBJECT_NAME, 2, b->subjects[2].name[1] = '\\')                                              \
    X(subject_name_shared, SUBJECT_NAME, 1, memcpy(b->subjects[1].name, b->subjects[0].name, IMAGE_NAME))                  \
    X(digest_beyond, SUBJECT_DIGEST, 3, b->subjects[3].digest = 3)                                                         \
    X(digest_of_other, SUBJECT_DIGEST, 3, b->subjects[3].digest = 1)                                                       \
    X(digests_unsorted, SUBJECT_DIGEST, 1, b->subjects[1].digest = 2; b->subjects[3].digest = 1)                           \
    X(digest_of_nobody, SUBJECT_DIGEST, 3, b->digests_count++)                                                             \
    X(digest_missing, SUBJECT_DIGEST, 1, b->digests_count--)                                                               \
    X(subject_cpu, SUBJECT_CPU, 2, b->subjects[2].cpu = 2)                                                                 \
    X(subject_ram_beyond, SUBJECT_RAM, 0, b->subjects[0].ram_region = b->regions_count)                                    \
    X(subject_ram_unmapped, SUBJECT_RAM, 0, b->mappings[LOW_RAM].region = INBOX(4); b->mappings[LOW_RAM].access = 1)       \
    X(subject_info_beyond, SUBJECT_INFO, 0, b->subjects[0].info_region = b->regions_count)                                 \
    X(subject_info_elsewhere, SUBJECT_INFO, 0, b->subjects[0].info_gpa += IMAGE_PAGE)                                      \
    X(subject_info_unmapped, SUBJECT_INFO, 0, b->mappings[LOW_INFO].region = INBOX(4))                                     \
    X(entry_above, SUBJECT_ENTRY, 1, b->subjects[1].entry = 0x200000)                                                      \
    X(entry_below, SUBJECT_ENTRY, 1, b->mappings[GUARD_RAM].gpa = 0x400000)                                                \
    X(stack_above, SUBJECT_STACK, 1, b->subjects[1].stack = 0x200008)                                                      \
    X(stack_at_bottom, SUBJECT_STACK, 1, b->subjects[1].stack = 0)                                                         \
    X(cr3_above, SUBJECT_CR3, 1, b->subjects[1].cr3 = 0x200000)                                                            \
    X(cr3_odd, SUBJECT_CR3, 1, b->subjects[1].cr3 = 0x100008)                                                              \
    X(privilege_unknown, SUBJECT_PRIVILEGE, 0, b->subjects[0].privileges = 8)                                              \
    X(auditors_two, SUBJECT_AUDIT, 3, b->subjects[1].privileges = IMAGE_MAY_READ_AUDIT)                                    \
    X(label_beside_its_range, SUBJECT_LABEL, 1, b->subjects[1].label_low = (uint64_t)1 << 63)                              \
    X(labels_reversed, SUBJECT_LABEL, 0, b->subjects[0].label_low = 1)                                                     \
    X(restarts_in_no_time, SUBJECT_RESTART, 0, b->subjects[0].restart_period_s = 0)                                        \
    X(fault_then_unknown, SUBJECT_RESTART, 0, b->subjects[0].fault_then = 2)                                               \
    X(monitor_missing, SUBJECT_MONITOR, 0, b->subjects[0].monitor = 4)                                                     \
    X(monitor_unaware, SUBJECT_MONITOR, 0, b->subjects[0].monitor = BUILDER_GUARD)                                         \
    X(monitor_of_nobody, SUBJECT_MONITOR, 0, b->subjects[0].serves = 4)                                                    \
    X(monitor_unwanted, SUBJECT_MONITOR, 0, b->subjects[0].serves = BUILDER_GUARD)                                         \
    X(monitor_itself, SUBJECT_MONITOR, 0, (b->subjects[0].serves = b->subjects[0].monitor = 0))                            \
    X(monitor_restarts, SUBJECT_MONITOR, BUILDER_GUARD, (MAKE_MONITOR, b->subjects[BUILDER_GUARD].restart_max = 1))        \
    X(monitor_labelled, SUBJECT_MONITOR, BUILDER_GUARD, (MAKE_MONITOR, b->subjects[BUILDER_GUARD].label_high = ~0ull))     \
    X(monitor_endorsed, SUBJECT_MONITOR, BUILDER_GUARD,                                                                    \
      (b->subjects[0].label_high = 1, MAKE_MONITOR, b->subjects[BUILDER_GUARD].label_low = 1))                             \
    X(monitor_with_ports, SUBJECT_MONITOR, BUILDER_GUARD, (MAKE_MONITOR, b->subjects[BUILDER_GUARD].port_count = 1))       \
    X(monitor_halts, SUBJECT_MONITOR, BUILDER_GUARD, (MAKE_MONITOR, b->subjects[BUILDER_GUARD].fault_then = 1))            \
    X(monitor_privileged, SUBJECT_MONITOR, BUILDER_GUARD, (MAKE_MONITOR, b->subjects[BUILDER_GUARD].privileges = 4))       \
    X(monitor_elsewhere, SUBJECT_MONITOR, BUILDER_GUARD, (MAKE_MONITOR, b->subjects[BUILDER_GUARD].cpu = 1))               \
    X(monitor_window, WINDOW_SUBJECT, 1, MAKE_MONITOR)                                                                     \
    X(monitor_sends, CHANNEL_ENDS, 0, (MAKE_SERVANT, LOOK_AWAY(LOW_OUTBOX), b->channels[0].sender = BUILDER_AUDIT))         \
    X(monitor_receives, CHANNEL_ENDS, 4, (MAKE_SERVANT, LOOK_AWAY(LOW_INBOX), b->channels[4].receiver = BUILDER_AUDIT))    \
    X(monitor_beams, CHANNEL_ENDS, 0,                                                                                      \
      (MAKE_SERVANT, LOOK_AWAY(LOW_DIRECT), LOOK_AWAY(LOW_PAGE), b->directs[0].sender = BUILDER_AUDIT))                    \
    X(monitor_listens, CHANNEL_ENDS, 0,                                                                                    \
      (MAKE_SERVANT, LOOK_AWAY(HIGH_DIRECT), LOOK_AWAY(HIGH_PAGE), b->directs[0].receiver = BUILDER_AUDIT))                \
    X(monitor_resets, RESET_INDEX, 0, (MAKE_SERVANT, b->resets[0].subject = BUILDER_AUDIT))                                \
    X(monitor_sees_outbox, MAPPING_RIGHT, LAST(mappings),                                                                  \
      (MAKE_SERVANT, b->regions[OUTBOX(0)].flags = IMAGE_REGION_SHARED,                                                    \
       b->mappings[b->mappings_count++] = (struct image_mapping){ 2 * MONITOR_SUBJECT, OUTBOX(0), BUILDER_AUDIT, 3 }))     \
    X(monitor_memory_elsewhere, SUBJECT_MONITOR, BUILDER_AUDIT, (MAKE_SERVANT, b->mappings[AUDIT_RAM].gpa = 0x400000))     \
    X(monitor_memory_small, SUBJECT_MONITOR, BUILDER_AUDIT, (MAKE_SERVANT, b->regions[RAM(BUILDER_AUDIT)].size = IMAGE_PAGE))\
    X(monitor_sees_it_elsewhere, SUBJECT_MONITOR, BUILDER_AUDIT, (MAKE_SERVANT, b->mappings[LAST(mappings)].gpa += IMAGE_PAGE))\
    X(monitor_operates, OPERATION_SUBJECT, 0, (MAKE_SERVANT, b->operations[0].subject = BUILDER_AUDIT))                    \
    X(monitor_operated, OPERATION_OBJECT, 0,                                                                               \
      (MAKE_SERVANT, b->operations[0].kind = IMAGE_OPERATION_STOP, b->operations[0].object = BUILDER_AUDIT))               \
    X(monitor_blind, SUBJECT_MONITOR, BUILDER_GUARD, (MAKE_MONITOR, IDLE(BUILDER_GUARD)))                                  \
    X(violation_unknown, SUBJECT_VIOLATION, 0, b->subjects[0].on_violation = 4)                                            \
    X(cpuids_beyond, SUBJECT_CPUIDS, 3, b->subjects[3].cpuid_count = 3)                                                    \
    X(cpuids_many, SUBJECT_WORK, 3, (b->cpuids_count = 100, b->subjects[3].cpuid_count = 65))                              \
    X(cpuids_wrap, SUBJECT_CPUIDS, 3, b->subjects[3].first_cpuid = UINT32_MAX)                                             \
    X(ports_beyond, SUBJECT_PORTS, 3, b->subjects[3].port_count = 2)                                                       \
    X(ports_of_another, SUBJECT_PORTS, 2, b->subjects[2].first_port = 0)                                                   \
    X(port_com1, PORT_ALLOWED, 0, (b->ports[0].first = 0x3f8, b->ports[0].last = 0x3ff))                                   \
    X(port_pci, PORT_ALLOWED, 0, (b->ports[0].first = 0xcf8, b->ports[0].last = 0xcff))                                    \
    X(port_all, PORT_ALLOWED, 0, (b->ports[0].first = 0, b->ports[0].last = 0xffff))                                       \
    X(port_too_far, PORT_ALLOWED, 0, b->ports[0].last += 1)                                                                \
    X(port_reversed, PORT_ALLOWED, 0, (b->ports[0].first = 0x2fa, b->ports[0].last = 0x2f9))                               \
    X(line_unknown, PORT_LINE, 0, b->ports[0].line = 9)                                                                    \
    X(line_beyond, PORT_LINE, 0, b->ports[0].line = 32 + 3)                                                                \
    X(line_far, PORT_LINE, 2, b->ports[2].line = IMAGE_NONE - 1)                                                           \
    X(line_flags, PORT_LINE, 0, (MAKE_LINES, b->ports[0].flags = 2))                                                       \
    X(line_missing, PORT_LINE, 0, (MAKE_LINES, b->ports[0].line = IMAGE_NONE))                                             \
    X(line_nowhere, PORT_LINE, 0, (MAKE_LINES, b->header.io_apic = 0))                                                     \
    X(line_shared, LINE_SHARED, 0, (MAKE_LINES, b->ports[2].line = 3))                                                     \
    X(line_shared_elsewhere, LINE_SHARED, 0, (MAKE_LINES, b->ports[1].line = 3))                                           \
    X(lines_with_monitor, SUBJECT_LINES, 0, (MAKE_LINES, MAKE_MONITOR))                                                    \
    X(lines_of_two, SUBJECT_LINES, 3, (MAKE_LINES, b->ports[2].line = 4, b->ports[2].flags = 1))                           \
    X(port_shared, PORT_SHARED, 1, (b->ports[0].last = 0x2fb, b->ports[1].first = 0x2fc, b->ports[1].last = 0x2ff))

#define TYPE_CASES(X)                                                                                                      \
    X(type_large, TYPE_SIZE, 3, b->types[3].size = IMAGE_MAX_MESSAGE - 15)                                                 \
    X(fields_beyond, TYPE_FIELDS, 3, b->types[3].field_count += 1)                                                         \
    X(fields_of_another, TYPE_FIELDS, 1, b->types[1].first_field -= 1)                                                     \
    X(fields_wrap, TYPE_FIELDS, 0, (b->types[0].first_field = 0xfffffff8, b->types[0].field_count = 9))                    \
    X(type_fields_many, TYPE_WORK, 3, b->types[3].field_count = IMAGE_MAX_TYPE_FIELDS + 1)                                 \
    X(type_atoms_beyond, TYPE_ATOMS, 1, b->types[1].atom_count = 3)                                                        \
    X(type_atoms_silent, TYPE_RULE, 0, b->types[0].atom_count = 2)                                                         \
    X(field_flags, FIELD_FLAGS, 0, b->fields[0].flags |= IMAGE_ATOM_END)                                                   \
    X(field_zero_signed, FIELD_FLAGS, 11, b->fields[11].kind |= IMAGE_FIELD_SIGNED)                                        \
    X(field_zero_set, FIELD_FLAGS, 11, b->fields[11].flags |= IMAGE_FIELD_SET)                                             \
    X(field_set_signed, FIELD_FLAGS, 7, b->fields[7].kind = IMAGE_FIELD_SIGNED)                                            \
    X(field_kind, FIELD_FLAGS, 0, b->fields[0].kind = IMAGE_FIELD_BIG)                                                     \
    X(field_kind_high, FIELD_FLAGS, 0, b->fields[0].kind |= 1u << 31)                                                      \
    X(field_flags_of_kind, FIELD_FLAGS, 0, b->fields[0].flags |= IMAGE_FIELD_SIGNED)                                       \
    X(field_width_odd, FIELD_WIDTH, 2, b->fields[2].unused = 36)                                                           \
    X(field_width_none, FIELD_WIDTH, 11, b->fields[11].unused = 64)                                                        \
    X(zero_width_high, FIELD_WIDTH, 11, b->fields[11].unused = 65528)                                                      \
    X(field_beyond, FIELD_BOUNDS, 11, b->fields[11].offset += 1)                                                           \
    X(field_far, FIELD_BOUNDS, 0, b->fields[0].offset = 65535)                                                             \
    X(field_range_empty, FIELD_RANGE, 0, b->fields[0].span = (uint64_t)-1 << 32)                                           \
    X(field_range_signed, FIELD_RANGE, 0, (b->fields[0].base = 1ull << 62, b->fields[0].span = 1ull << 63))                \
    X(field_base_low, FIELD_RANGE, 2, b->fields[2].base |= 1ull << 31)                                                     \
    X(field_span_low, FIELD_RANGE, 2, b->fields[2].span |= 1)                                                              \
    X(zero_base, FIELD_RANGE, 11, b->fields[11].base = 1ull << 48)                                                         \
    X(zero_span, FIELD_RANGE, 11, b->fields[11].span = 1ull << 48)                                                         \
    X(field_set_empty, FIELD_RANGE, 7, b->fields[7].base = 0)                                                              \
    X(field_set_span, FIELD_RANGE, 7, b->fields[7].span = 1)                                                               \
    X(field_range_unsigned, FIELD_RANGE, 2, b->fields[2].base = (uint64_t)-1 << 32)                                        \
    X(field_rule_none, FIELD_RULE, 0, b->fields[0].rule = IMAGE_RULE_NONE)                                                 \
    X(field_rule_between, FIELD_RULE, 0, b->fields[0].rule = IMAGE_RULE_FIRST - 1)                                         \
    X(field_rule_huge, FIELD_RULE, 0, b->fields[0].rule = UINT32_MAX)                                                      \
    X(field_tag_itself, FIELD_TAG, 7, b->fields[7].tag = 7)                                                                \
    X(field_tag_later, FIELD_TAG, 8, b->fields[8].tag = 9)                                                                 \
    X(field_tag_deep, FIELD_TAG, 10, (b->fields[9].tag = 8, b->fields[10].tag = 9))                                        \
    X(field_tag_padding, FIELD_TAG, 11, b->fields[11].tag = 10)                                                            \
    X(field_flags_high, FIELD_FLAGS, 5, b->fields[5].flags |= 1u << 15)                                                    \
    X(atom_flags, ATOM_FLAGS, 0, b->atoms[0].flags |= IMAGE_FIELD_SET)                                                     \
    X(atom_width, ATOM_WIDTH, 1, b->atoms[1].unused = 64)                                                                  \
    X(atom_width_odd, ATOM_WIDTH, 1, b->atoms[1].unused = 28)                                                              \
    X(atom_beyond, ATOM_BOUNDS, 1, b->atoms[1].offset = 21)                                                                \
    X(atom_open, ATOM_END, 1, b->atoms[1].flags ^= IMAGE_ATOM_END)                                                         \
    X(atom_flags_high, ATOM_FLAGS, 0, b->atoms[0].flags |= 1u << 31)                                                       \
    X(type_atom_beyond, ATOM_BOUNDS, 0,                                                                                    \
      (b->types[3].atom_count = 2, b->types[3].where_rule = IMAGE_RULE_FIRST, b->atoms[0].offset = 6))

#define CHANNEL_CASES(X)                                                                                                   \
    X(channel_nameless, CHANNEL_NAME, 1, b->channels[1].name[0] = 0)                                                       \
    X(channel_loops, CHANNEL_ENDS, 0, b->channels[0].receiver = BUILDER_LOW;                                               \
      b->mappings[GUARD_REPORTS].region = OUTBOX(BUILDER_TRACKS); b->mappings[GUARD_REPORTS].access = 3)                   \
    X(channel_receiver_beyond, CHANNEL_ENDS, 4,                                                                            \
      (b->channels[4].receiver = 4, b->mappings[LOW_INBOX].region = OUTBOX(0), b->mappings[LOW_INBOX].access = 3))         \
    X(channel_no_depth, CHANNEL_SLOTS, 0, b->channels[0].depth = 0)                                                        \
    X(channel_no_slots, CHANNEL_SLOTS, 0, b->channels[0].slots = 0)                                                        \
    X(channel_slot_none, CHANNEL_SLOTS, 0, b->channels[0].slot_size = 0)                                                   \
    X(channel_slot_odd, CHANNEL_SLOTS, 0, b->channels[0].slot_size = 40)                                                   \
    X(channel_slot_large, CHANNEL_SLOTS, 0, b->channels[0].slot_size = IMAGE_MAX_MESSAGE + 16)                             \
    X(outbox_small, CHANNEL_OUTBOX, 0, b->channels[0].slots = 86)                                                          \
    X(outbox_nowhere, CHANNEL_OUTBOX, 0, (MAKE_FREE(OUTBOX(0)), b->channels[0].outbox_region = IMAGE_NO_REGION - 1))       \
    X(outbox_is_ram, CHANNEL_OUTBOX, 0, (MAKE_FREE(OUTBOX(0)), b->channels[0].outbox_region = RAM(0)))                     \
    X(outbox_beyond, REGION_OWNER, OUTBOX(1) - 2, b->channels[0].outbox_region = b->regions_count)                         \
    X(inbox_small, CHANNEL_INBOX, 0, b->channels[0].depth = 400)                                                           \
    X(inbox_is_outbox, REGION_OWNER, OUTBOX(0) + 1, b->channels[0].inbox_region = OUTBOX(0))                               \
    X(feedback_unknown, CHANNEL_FEEDBACK, 0, b->channels[0].feedback = IMAGE_FEEDBACK_FULL + 1)                            \
    X(event_beyond, CHANNEL_EVENT, 0, b->channels[0].event = 64)                                                           \
    X(event_of_a_line, CHANNEL_EVENT, 0, b->channels[0].event = 32)                                                        \
    X(event_shared, CHANNEL_EVENT, BUILDER_ASKS, b->channels[BUILDER_ASKS].event = 0)                                      \
    X(rules_beyond, CHANNEL_RULES, 4, b->channels[4].rule_count = 4)                                                       \
    X(rules_of_another, CHANNEL_RULES, 1, b->channels[1].first_rule = 0)                                                   \
    X(rules_wrap, CHANNEL_RULES, 0, b->channels[0].rule_count = UINT32_MAX)                                                \
    X(slot_below_type, CHANNEL_CARRIES, 0, b->channels[0].slot_size = 32)                                                  \
    X(rule_of_other_channel, CHANNEL_ALLOW, 0, b->rules[0].channel = 1)                                                    \
    X(rule_type_beyond, CHANNEL_ALLOW, 0, b->rules[0].type = 4)                                                            \
    X(rules_unsorted, CHANNEL_ALLOW, BUILDER_ASKS, b->rules[BUILDER_NOTICE_SUBMIT].type = BUILDER_REQUEST)                 \
    X(rule_restricts, CHANNEL_ALLOW, 1, b->rules[1].kind = IMAGE_RULE_RESTRICT)

#define RULE_CASES(X)                                                                                                      \
    X(rule_kind, RULE_KIND, 6, b->rules[0].next = 0; b->rules[6].kind = 2)                                                 \
    X(rule_flags, RULE_KIND, 0, b->rules[0].flags = 16)                                                                    \
    X(rule_flags_high, RULE_KIND, 0, b->rules[0].flags |= 0x8000)                                                          \
    X(rule_endorses_nothing, RULE_RELEASE, 0, b->rules[0].flags = IMAGE_RULE_ENDORSE)                                      \
    X(rule_releases_in_secret, RULE_RELEASE, 0, b->rules[0].released = (uint64_t)1 << 63)                                  \
    X(rule_is_builtin, RULE_INDEX, 0, b->rules[0].rule = IMAGE_RULE_DEFAULT)                                               \
    X(rule_restrict_channel, RULE_FLOW, 6, b->rules[0].next = 0; b->rules[6].channel = 5)                                  \
    X(rule_restrict_type, RULE_FLOW, 6, b->rules[0].next = 0; b->rules[6].type = 4)                                        \
    X(rule_atoms_beyond, RULE_ATOMS, 1, b->rules[1].atom_count = 3)                                                        \
    X(rule_atoms_shared, RULE_ATOMS, 2, (b->rules[2].first_atom = 1, b->rules[2].atom_count = 1))                          \
    X(rule_where_silent, RULE_WHERE, 1, b->rules[1].where_rule = 0)                                                        \
    X(rule_rate_endless, RULE_RATE, 0, b->rules[0].rate_ms = 0)                                                            \
    X(rule_rate_slow, RULE_RATE, 0, b->rules[0].rate_ms = IMAGE_MAX_PERIOD_MS + 1)                                         \
    X(rule_rate_fast, RULE_RATE, 0, b->rules[0].rate_count = 1000 * IMAGE_MAX_RATE_PER_MS + 1)                             \
    X(rule_burst_none, RULE_RATE, 0, b->rules[0].burst = 0)                                                                \
    X(rule_burst_large, RULE_RATE, 0, b->rules[0].burst = IMAGE_MAX_BURST + 1)                                             \
    X(rule_rate_silent, RULE_RATE, 0, b->rules[0].rate_rule = 0)                                                           \
    X(rule_plan_none, RULE_PLAN, 3, b->rules[3].plan_mask = 2)                                                             \
    X(rule_atoms_many, RULE_WORK, 6,                                                                                       \
      (b->rules[6].first_atom = b->atoms_count, b->rules[6].atom_count = 65, b->atoms_count += 65))                        \
    X(restricts_one_more, RULE_WORK, 0, MAKE_CHAIN(IMAGE_MAX_RESTRICTS + 1))                                               \
    X(restricts_many, RULE_WORK, 0, MAKE_CHAIN(3 * IMAGE_MAX_RESTRICTS))                                                   \
    X(rule_protocol, RULE_PROTOCOL, 0, b->rules[0].protocol = 1)                                                           \
    X(restrict_protocol, RULE_PROTOCOL, BUILDER_SITE_LOAD, b->rules[BUILDER_SITE_LOAD].protocol = 0)                       \
    X(rule_next_itself, RULE_NEXT, 6, b->rules[6].next = 6)                                                                \
    X(rule_next_beyond, RULE_NEXT, 0, b->rules[0].next = 7)                                                                \
    X(rule_next_allow, RULE_NEXT, 0, b->rules[0].next = 1)                                                                 \
    X(rule_next_other_flow, RULE_NEXT, 0, b->rules[6].channel = 1)                                                         \
    X(protocol_stateless, PROTOCOL_STATES, 0, b->protocols[0].state_count = 0)                                             \
    X(protocol_states, PROTOCOL_STATES, 0, b->protocols[0].state_count = IMAGE_MAX_STATES + 1)                             \
    X(protocol_silent, PROTOCOL_RULE, 0, b->protocols[0].rule = 0)                                                         \
    X(steps_beyond, PROTOCOL_STEPS, 0, b->protocols[0].step_count = 5)                                                     \
    X(timeouts_beyond, PROTOCOL_TIMEOUTS, 0, b->protocols[0].first_timeout = 1)                                            \
    X(step_from_nowhere, STEP_STATES, 1, b->steps[1].from_mask = 0)                                                        \
    X(step_from_unknown, STEP_STATES, 1, b->steps[1].from_mask |= 16)                                                      \
    X(step_to_unknown, STEP_STATES, 1, b->steps[1].to = 4)                                                                 \
    X(step_of_nothing, STEP_ALLOW, 0, b->steps[0].allow = 7)                                                               \
    X(step_of_restrict, STEP_ALLOW, 0, b->steps[0].allow = BUILDER_SITE_LOAD)                                              \
    X(step_of_free_rule, STEP_ALLOW, 0, b->steps[0].allow = 0)                                                             \
    X(step_width, STEP_FIELD, 0, b->steps[0].width = 4)                                                                    \
    X(step_width_none, STEP_FIELD, 0, b->steps[0].width = 0)                                                               \
    X(step_beyond, STEP_FIELD, 2, b->steps[2].offset = 7)                                                                  \
    X(step_flags, STEP_FLAGS, 0, b->steps[0].flags |= 8)                                                                   \
    X(step_flags_high, STEP_FLAGS, 0, b->steps[0].flags |= 0x8000)                                                         \
    X(timeout_from_nowhere, TIMEOUT_STATES, 0, b->timeouts[0].from_mask = 0)                                               \
    X(timeout_to_unknown, TIMEOUT_STATES, 0, b->timeouts[0].to = 4)                                                        \
    X(timeout_at_once, TIMEOUT_TIME, 0, b->timeouts[0].after_ms = 0)                                                       \
    X(timeout_late, TIMEOUT_TIME, 0, b->timeouts[0].after_ms = IMAGE_MAX_PERIOD_MS + 1)                                    \
    X(direct_name, CHANNEL_NAME, 0, b->directs[0].name[0] = 0)                                                             \
    X(direct_alone, MAPPING_RIGHT, HIGH_DIRECT, (LOOK_AWAY(LOW_PAGE), b->directs[0].receiver = BUILDER_LOW))               \
    X(direct_to_itself, CHANNEL_ENDS, 1, (b->directs[1] = b->directs[0], b->directs[1].receiver = BUILDER_LOW,             \
                                          b->directs_count++))                                                             \
    X(direct_region_beyond, REGION_OWNER, INBOX(4) + 1, b->directs[0].region = b->regions_count)                   \
    X(direct_region_of_other, DIRECT_REGION, 1, (b->directs[1] = b->directs[0], b->directs_count++))                       \
    X(direct_written, MAPPING_ACCESS, HIGH_DIRECT, b->mappings[HIGH_DIRECT].access |= IMAGE_WRITE)                         \
    X(direct_executed, MAPPING_ACCESS, LOW_DIRECT, b->mappings[LOW_DIRECT].access |= IMAGE_EXECUTE)                        \
    X(direct_read_alone, MAPPING_ACCESS, LOW_DIRECT, b->mappings[LOW_DIRECT].access = IMAGE_READ)                          \
    X(direct_seen, MAPPING_RIGHT, GUARD_REPORTS, b->mappings[GUARD_REPORTS].region = b->directs[0].region)                 \
    X(page_written, MAPPING_ACCESS, LOW_PAGE, b->mappings[LOW_PAGE].access |= IMAGE_WRITE)                                 \
    X(page_read_alone, MAPPING_ACCESS, HIGH_PAGE, b->mappings[HIGH_PAGE].access = IMAGE_READ)                              \
    X(page_executed, MAPPING_ACCESS, HIGH_PAGE, b->mappings[HIGH_PAGE].access |= IMAGE_EXECUTE)                            \
    X(page_seen, MAPPING_RIGHT, GUARD_REPORTS, b->mappings[GUARD_REPORTS].region = b->directs[0].acknowledgement)          \
    X(page_beyond, REGION_OWNER, b->directs[0].region + 1, b->directs[0].acknowledgement = b->regions_count)               \
    X(page_missing, REGION_OWNER, b->directs[0].region + 1, b->directs[0].acknowledgement = IMAGE_NO_REGION)               \
    X(page_is_home, DIRECT_REGION, 0, (MAKE_FREE(b->directs[0].acknowledgement), b->directs[0].acknowledgement = HOME))    \
    X(page_of_sender, REGION_COLOURS, b->directs[0].acknowledgement,                                                       \
      (COLOURED, b->regions[b->directs[0].acknowledgement].first_colour = 0))                                              \
    X(direct_shared, REGION_FLAGS, b->directs[0].region, b->regions[b->directs[0].region].flags = IMAGE_REGION_SHARED)     \
    X(operation_kind, OPERATION_KIND, 0, b->operations[0].kind = IMAGE_OPERATION_KINDS)                                    \
    X(operation_subject, OPERATION_SUBJECT, 0, b->operations[0].subject = 4)                                               \
    X(operation_plan, OPERATION_OBJECT, 0, b->operations[0].object = 1)                                                    \
    X(operation_object, OPERATION_OBJECT, 0, b->operations[0].kind = IMAGE_OPERATION_STOP; b->operations[0].object = 4)    \
    X(give_object, OPERATION_OBJECT, 0, (MAKE_GIVE, b->operations[0].object = 4))                                          \
    X(give_oneself, OPERATION_GIVE, 0, (MAKE_GIVE, b->operations[0].object = BUILDER_LOW))                                 \
    X(give_label_above, OPERATION_GIVE, 0, (MAKE_GIVE, b->subjects[BUILDER_GUARD].label_high = 1))                         \
    X(give_label_below, OPERATION_GIVE, 0, (MAKE_GIVE, b->subjects[0].label_high = b->subjects[1].label_high = 1,          \
                                            b->subjects[0].label_low = 1))                                                 \
    X(give_elsewhere, OPERATION_GIVE, 0, (MAKE_GIVE, b->operations[0].object = BUILDER_HIGH,                               \
                                          b->subjects[BUILDER_LOW].label_high = b->subjects[BUILDER_LOW].label_low = 1))   \
    X(give_rate, OPERATION_GIVE, 0, (MAKE_GIVE, b->rules[7].rate_count = b->rules[7].rate_ms = b->rules[7].burst = 1,      \
                                     b->rules[7].rate_rule = IMAGE_RULE_FIRST))                                            \
    X(give_in_a_plan, OPERATION_GIVE, 0, (MAKE_GIVE, b->rules[7].plan_mask = 1))                                           \
    X(give_narrowed, OPERATION_GIVE, 0, (MAKE_GIVE, b->rules[b->rules_count] = b->rules[7],                                \
                                         b->rules[b->rules_count].kind = IMAGE_RULE_RESTRICT,                              \
                                         b->rules[7].next = (uint16_t)b->rules_count++))                                   \
    X(give_interrupted, OPERATION_LINES, 0, (MAKE_LINES, MAKE_GIVE))                                                       \
    X(give_to_interrupted, OPERATION_LINES, 0, (MAKE_LINES, MAKE_GIVE, b->subjects[BUILDER_LOW].port_count = 0,            \
                                                b->subjects[BUILDER_GUARD].first_port = 0,                                 \
                                                b->subjects[BUILDER_GUARD].port_count = 1))                                \
    X(operation_rule_beyond, OPERATION_ALLOW, 0, b->operations[0].allow = 8)                                               \
    X(operation_rule_of_flow, OPERATION_ALLOW, 0, b->operations[0].allow = 0)                                              \
    X(operation_rule_shared, OPERATION_ALLOW, 1, b->operations[b->operations_count++] = b->operations[0])                  \
    X(operation_restrict, OPERATION_ALLOW, 0, b->rules[7].kind = IMAGE_RULE_RESTRICT)                                      \
    X(operation_rule_type, RULE_FLOW, 7, b->rules[7].type = 1)                                                             \
    X(operation_rule_protocol, RULE_FLOW, 7, b->rules[7].protocol = 0)                                                     \
    X(operation_rule_flags, RULE_FLOW, 7, b->rules[7].flags = IMAGE_RULE_RECORD)                                           \
    X(timeout_to_high, TIMEOUT_STATES, 0, b->timeouts[0].to |= 1ull << 32)                                                 \
    X(reset_protocol, RESET_INDEX, 1, b->resets[1].protocol = 1)                                                           \
    X(reset_subject, RESET_INDEX, 1, b->resets[1].subject = 4)

#define BUILD_CASES(X)                                                                                                     \
    HEADER_CASES(X) COLOUR_CASES(X) TIME_CASES(X) MEMORY_CASES(X) SUBJECT_CASES(X) TYPE_CASES(X) CHANNEL_CASES(X) RULE_CASES(X)
