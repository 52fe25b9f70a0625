# SPDX-License-Identifier: Apache-2.0
# The image check: start-up code of the kernel, and the same source in host tools and fuzzers, which add
# $(IMAGE_CHECK_OBJS) to theirs and policy/kernel to their include path; with it they have what the checks mean, in words.
INC_policy/kernel := policy/include channels/include audit/include
IMAGE_CHECK_OBJS := $(addprefix policy/kernel/,image_check.o image_pool.o check_time.o check_subjects.o check_ports.o \
  check_memory.o check_types.o check_channels.o check_rules.o)
BOOT_OBJS += $(IMAGE_CHECK_OBJS)
IMAGE_CHECK_OBJS += policy/compiler/check_text.o

INC_tests/unit += $(WIRE) core/include policy/kernel
UNIT_TESTS += image_check
image_check_OBJS := tests/unit/test_image_check.o tests/unit/image_builder.o tests/unit/image_invariants.o core/sha256.o \
  $(IMAGE_CHECK_OBJS)
UNIT_TESTS += image_pool
image_pool_OBJS := tests/unit/test_image_pool.o tests/unit/image_builder.o core/sha256.o $(IMAGE_CHECK_OBJS)

INC_tests/fuzz += $(WIRE) core/include policy/kernel tests/unit
FUZZERS += fuzz_image_check
fuzz_image_check_OBJS := tests/fuzz/fuzz_image_check.o tests/fuzz/patches.o tests/unit/image_builder.o \
  tests/unit/image_invariants.o core/sha256.o \
  $(IMAGE_CHECK_OBJS)
