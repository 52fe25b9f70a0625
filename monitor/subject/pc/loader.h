/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the loader and the monitor `pc`: once the kernel is laid out, the loader says by this CPUID leaf, with the entry in
 * ECX and the multiboot information's address in EBX, that it is to be started, or with 0 in EBX that it cannot be. Only the
 * first time means anything.
 */
#pragma once

#define LOADER_LEAF 0x424b4d42u
