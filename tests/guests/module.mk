# SPDX-License-Identifier: Apache-2.0
# Small subjects for tests of the kernel.
INC_tests/guests := $(GUEST_INC)
TEST_GUESTS := spin triple toucher ping sink irq bench
GUESTS += $(TEST_GUESTS)
$(foreach guest,$(TEST_GUESTS),$(eval $(guest)_OBJS := tests/guests/$(guest).o $(GUEST_LIB)))
irq_OBJS += $(GUEST_INTERRUPT)
toucher_OBJS += tests/guests/toucher_entry.o $(GUEST_INTERRUPT) $(GUEST_PAGES)
