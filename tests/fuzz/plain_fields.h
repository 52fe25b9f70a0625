/* SPDX-License-Identifier: Apache-2.0 */
/* A type's fields as policy/image.h describes them, one by one as numbers: what a verdict on them is compared with. */
#pragma once

#include "policy/tables.h"

/* The index of the field that a denial names, IMAGE_NONE if all are good. */
uint32_t plain_bad_field(const struct policy_tables *policy, uint32_t type, const uint8_t *payload);
