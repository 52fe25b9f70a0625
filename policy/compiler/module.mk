# SPDX-License-Identifier: Apache-2.0
# The policy compiler. It links the kernel's own image check and verdict code.
INC_policy/compiler := policy policy/kernel monitor/kernel $(WIRE)
COMPILER_OBJS := $(addprefix policy/compiler/,build.o cnf.o conditions.o types.o flows.o subjects.o guest.o paging.o layout.o image.o \
  catalogue.o hash.o predict.o lock.o header.o output.o policy_tests.o inspect.o)
HOST_PROGS += bulkhead
bulkhead_OBJS = policy/compiler/main.o $(COMPILER_OBJS) $(LANGUAGE_OBJS) $(IMAGE_CHECK_OBJS) $(DECIDE_OBJS)
bulkhead_LIBS = -lmbedcrypto
