# SPDX-License-Identifier: Apache-2.0
# The kernel's verdicts on compiled images against a naive interpreter of the policies' text.
INC_tests/equivalence := monitor/kernel policy/kernel core/include $(WIRE) channels/guest/include
HOST_PROGS += replay
replay_OBJS = $(addprefix tests/equivalence/,replay.o replay_core.o) tests/unit/draft_audit.o \
  $(addprefix monitor/kernel/,mediate.o channel.o notify.o operate.o start.o) audit/kernel/note.o \
  $(IMAGE_CHECK_OBJS) $(DECIDE_OBJS)
RUN_TESTS += tests/equivalence/test_equivalence.py

SEQUENCES := 1000000
equivalence: $(B)/bin/bulkhead $(B)/bin/replay  ## judge SEQUENCES=1000000 random sequences twice
	@nice tests/equivalence/campaign.py --sequences $(SEQUENCES) --jobs 2
.PHONY: equivalence
