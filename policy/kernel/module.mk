# SPDX-License-Identifier: Apache-2.0
# The image check: start-up code of the kernel, and the same source in host tools and fuzzers, which add
# $(IMAGE_CHECK_OBJS) to theirs and policy/kernel to their include path.
INC_policy/kernel := policy/include channels/include audit/include
IMAGE_CHECK_OBJS := $(addprefix policy/kernel/,image_check.o image_pool.o check_time.o check_subjects.o check_memory.o \
  check_types.o check_channels.o check_rules.o)
BOOT_OBJS += $(IMAGE_CHECK_OBJS)
