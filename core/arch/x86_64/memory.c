/* SPDX-License-Identifier: Apache-2.0 */
/* Copying and clearing. All but coloured regions is mapped at its physical address. */
#include "core/core.h"
#include "x86/x86.h"

void *core_region(uint32_t region)
{
    return (void *)core_policy()->regions[region].kva;
}

void arch_copy(void *to, const void *from, uint64_t size)
{
    uint64_t quads = size / 8;
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(quads) : : "memory");
    if ((size %= 8) != 0) __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}

void arch_fill_zero(void *to, uint64_t size)
{
    uint64_t quads = size / 8;
    __asm__ volatile("rep stosq" : "+D"(to), "+c"(quads) : "a"(0ull) : "memory");
    if ((size %= 8) != 0) __asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(0) : "memory");
}

/* These are opaque to the compiler: each byte of `from` is read exactly once, whatever the caller does with the copy. */
uint64_t arch_load_once(const uint64_t *from)
{
    return *(const volatile uint64_t *)from;
}

void arch_copy_once(void *to, const void *from, uint32_t size)
{
    uint64_t quads = size / 8;
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(quads) : : "memory");
}

/* What the compiler emits calls to for structures. */
void *memset(void *to, int byte, size_t size)
{
    void *start = to;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(byte) : "memory");
    return start;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    arch_copy(to, from, size);
    return to;
}
