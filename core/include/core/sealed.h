/* SPDX-License-Identifier: Apache-2.0 */
/* Variables that start-up writes once; their page becomes read-only before the first subject runs. */
#ifndef CORE_SEALED_H
#define CORE_SEALED_H

#define SEALED __attribute__((section(".sealed")))

#endif
