/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page tables of a subject's own making. What a subject may do with memory is decided by the nested page tables; its own
 * tables only decide what it wants to try. For tests and hostile subjects.
 *
 * Who may call: the subject's one thread of control, in kernel mode. There is one set of tables: what an earlier call opened
 * does not hold behind the next. None fails: an address that is nobody's is found out by its use. Each loads CR3, which orders
 * all that is written before it.
 */
#pragma once

#include <stdint.h>

/*
 * Identity-maps the first GiB, where the subject is, the second, where the info page and its channels are, and the GiB around
 * `gpa` (below 256 TiB): writable, executable, open to user mode.
 */
void pages_open(uint64_t gpa);

/* The same for the GiB around `gva`, but that the 2 MiB at `gva` are those at `gpa`; both are multiples of that. */
void pages_show(uint64_t gva, uint64_t gpa);
