/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that `bulkhead check` does, and nothing else: reading, analysis, proofs, the policy's own tests, both forms of report.
 * The input holds several files: sections.h. However hostile, it takes no more memory than MOST_MEMORY.
 */
#include <sanitizer/allocator_interface.h>
#include <stdlib.h>
#include "compiler/policy_tests.h"
#include "sections.h"

#define MOST_MEMORY (256u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct policy *p)
{
    struct build b;
    size_t image_size;
    build_start(&b, p);
    build_types(&b);
    build_flows(&b);
    build_subjects(&b);
    if (build_is_bounded(&b) && p->diag.errors == 0) policy_tests_run(&b);
    if (p->diag.errors == 0) build_layout(&b, NULL);
    if (p->diag.errors == 0) image_whole(&b, &image_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    struct arena memory = { 0 };
    struct policy p;
    if (nowhere == NULL) nowhere = fopen("/dev/null", "w");
    size_t before = __sanitizer_get_current_allocated_bytes();
    sections_start((const char *)data, size, "root.policy");
    policy_read(&p, &memory, "root.policy", sections_read);
    if (p.diag.errors == 0) check(&p);
    diag_print(&p.diag, nowhere);
    diag_print_json(&p.diag, nowhere);
    if (__sanitizer_get_current_allocated_bytes() - before > MOST_MEMORY) {
        fprintf(stderr, "ERROR: more than %u bytes taken\n", MOST_MEMORY);
        abort();
    }
    arena_release(&memory);
    return 0;
}
