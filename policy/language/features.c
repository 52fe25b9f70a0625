/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processor features by name. Those without which the compiler's entry state has no meaning (long mode, MSRs, PAE, NX, the
 * FPU) are not here: no subject can do without them.
 */
#include "language/features.h"
#include "language/names.h"

#include <string.h>

static const struct feature features[] = {
    { "pse", 1, 0, FEATURE_EDX, 3 },           { "tsc", 1, 0, FEATURE_EDX, 4 },          { "cx8", 1, 0, FEATURE_EDX, 8 },
    { "sep", 1, 0, FEATURE_EDX, 11 },          { "pge", 1, 0, FEATURE_EDX, 13 },         { "cmov", 1, 0, FEATURE_EDX, 15 },
    { "clflush", 1, 0, FEATURE_EDX, 19 },      { "mmx", 1, 0, FEATURE_EDX, 23 },         { "fxsr", 1, 0, FEATURE_EDX, 24 },
    { "sse", 1, 0, FEATURE_EDX, 25 },          { "sse2", 1, 0, FEATURE_EDX, 26 },        { "sse3", 1, 0, FEATURE_ECX, 0 },
    { "pclmulqdq", 1, 0, FEATURE_ECX, 1 },     { "ssse3", 1, 0, FEATURE_ECX, 9 },        { "fma", 1, 0, FEATURE_ECX, 12 },
    { "cx16", 1, 0, FEATURE_ECX, 13 },         { "pcid", 1, 0, FEATURE_ECX, 17 },        { "sse4_1", 1, 0, FEATURE_ECX, 19 },
    { "sse4_2", 1, 0, FEATURE_ECX, 20 },       { "movbe", 1, 0, FEATURE_ECX, 22 },       { "popcnt", 1, 0, FEATURE_ECX, 23 },
    { "aes", 1, 0, FEATURE_ECX, 25 },          { "xsave", 1, 0, FEATURE_ECX, 26 },       { "avx", 1, 0, FEATURE_ECX, 28 },
    { "f16c", 1, 0, FEATURE_ECX, 29 },         { "rdrand", 1, 0, FEATURE_ECX, 30 },      { "fsgsbase", 7, 0, FEATURE_EBX, 0 },
    { "bmi1", 7, 0, FEATURE_EBX, 3 },          { "avx2", 7, 0, FEATURE_EBX, 5 },         { "smep", 7, 0, FEATURE_EBX, 7 },
    { "bmi2", 7, 0, FEATURE_EBX, 8 },          { "erms", 7, 0, FEATURE_EBX, 9 },         { "invpcid", 7, 0, FEATURE_EBX, 10 },
    { "rdseed", 7, 0, FEATURE_EBX, 18 },       { "adx", 7, 0, FEATURE_EBX, 19 },         { "smap", 7, 0, FEATURE_EBX, 20 },
    { "clflushopt", 7, 0, FEATURE_EBX, 23 },   { "clwb", 7, 0, FEATURE_EBX, 24 },        { "sha", 7, 0, FEATURE_EBX, 29 },
    { "umip", 7, 0, FEATURE_ECX, 2 },          { "pku", 7, 0, FEATURE_ECX, 3 },          { "gfni", 7, 0, FEATURE_ECX, 8 },
    { "vaes", 7, 0, FEATURE_ECX, 9 },          { "vpclmulqdq", 7, 0, FEATURE_ECX, 10 },  { "rdpid", 7, 0, FEATURE_ECX, 22 },
    { "fsrm", 7, 0, FEATURE_EDX, 4 },          { "lahf_lm", 0x80000001, 0, FEATURE_ECX, 0 },
    { "lzcnt", 0x80000001, 0, FEATURE_ECX, 5 },          { "sse4a", 0x80000001, 0, FEATURE_ECX, 6 },
    { "prefetchw", 0x80000001, 0, FEATURE_ECX, 8 },      { "syscall", 0x80000001, 0, FEATURE_EDX, 11 },
    { "pdpe1gb", 0x80000001, 0, FEATURE_EDX, 26 },       { "rdtscp", 0x80000001, 0, FEATURE_EDX, 27 },
};
#define FEATURES (sizeof features / sizeof features[0])

const struct feature *feature_look(struct arena *a, const char *name, const char **suggestion)
{
    const char *names[FEATURES];
    for (size_t i = 0; i < FEATURES; i++) {
        if (strcmp(features[i].name, name) == 0) return &features[i];
        names[i] = features[i].name;
    }
    if (suggestion != NULL) *suggestion = names_suggest(a, name, names, FEATURES);
    return NULL;
}

static uint32_t leaf_register(const struct platform_cpuid *c, enum feature_register in)
{
    const struct value *registers[] = { &c->eax, &c->ebx, &c->ecx, &c->edx };
    return (uint32_t)registers[in]->number;
}

/* AMD's processors show many bits of leaf 1, EDX, once more in leaf 0x80000001: AMD64 APM volume 3, CPUID Fn8000_0001_EDX. */
#define COPIED_LEAF 0x80000001u
#define COPIED_BITS 0x0183f3ffu

bool feature_is_at(const struct feature *f, const struct platform_cpuid *c, enum feature_register in)
{
    bool copied = f->leaf == 1 && f->in == FEATURE_EDX && (COPIED_BITS >> f->bit & 1) != 0;
    bool here = f->leaf == (uint32_t)c->leaf.number && f->subleaf == (uint32_t)c->subleaf.number;
    return f->in == in && (here || (copied && (uint32_t)c->leaf.number == COPIED_LEAF));
}

bool feature_is_shown(const struct platform *board, const struct feature *f)
{
    const struct platform_cpuid *c;
    LIST_EACH(c, &board->cpuids) {
        if (feature_is_at(f, c, f->in) && (leaf_register(c, f->in) & 1u << f->bit) != 0) return true;
    }
    return false;
}

uint32_t feature_hidden(const struct subject *s, const struct platform_cpuid *c, enum feature_register in)
{
    const struct feature *f;
    uint32_t bits = 0;
    if (s == NULL) return 0;
    LIST_EACH(f, &s->hidden) {
        if (feature_is_at(f, c, in)) bits |= 1u << f->bit;
    }
    return bits & leaf_register(c, in);
}
