# SPDX-License-Identifier: Apache-2.0
# Whether what one subject sees depends on another only where the flow graph has an edge.
INC_tests/flows := $(INC_core) core/arch/host/include
HOST_PROGS += observe
observe_OBJS = tests/flows/observe.o core/arch/host/arch.o core/sha256.o $(IMAGE_CHECK_OBJS) $(DECIDE_OBJS) \
  $(addprefix core/,hypercall.o policy.o restart.o schedule.o subject.o) \
  $(addprefix monitor/kernel/,mediate.o channel.o notify.o operate.o start.o) \
  $(addprefix audit/kernel/,ring.o chain.o note.o start.o)
RUN_TESTS += tests/flows/test_flows.py

POLICIES := 1000
flows: $(B)/bin/bulkhead $(B)/bin/observe  ## look for what subjects see of each other without an edge: POLICIES=1000
	@nice tests/flows/test_flows.py --policies $(POLICIES)
.PHONY: flows
