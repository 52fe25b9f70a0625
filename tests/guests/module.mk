# SPDX-License-Identifier: Apache-2.0
# Small subjects for tests of the kernel.
INC_tests/guests := $(MONITOR_INC) $(B)/gen/tests
TEST_GUESTS := spin triple toucher ping sink irq sleeper twice bench heir liar ops rogue teller hearer prober \
  rioter honest walker witness meddler emulated emulator victim traitor counter server asker callee painter \
  notifier notified giver chooser hark bell loud seer weigher flip breaker tracer shade vast
GUESTS += $(TEST_GUESTS)
$(foreach guest,$(TEST_GUESTS),$(eval $(guest)_OBJS := tests/guests/$(guest).o $(GUEST_LIB)))
irq_OBJS += $(GUEST_INTERRUPT)
breaker_OBJS += $(GUEST_INTERRUPT)
sleeper_OBJS += $(GUEST_INTERRUPT)
chooser_OBJS += $(GUEST_INTERRUPT) $(GUEST_SELECT)
$(patsubst %,$(B)/guest/tests/guests/%.o,giver chooser): | $(B)/gen/tests/choose.h
$(B)/gen/tests/choose.h: tests/guests/policies/choose.policy tests/guests/policies/choose-subjects.policy $(B)/bin/bulkhead
	@$(B)/bin/bulkhead headers $< --headers $(@D)
hark_OBJS += $(GUEST_INTERRUPT)
bell_OBJS += $(GUEST_INTERRUPT)
notified_OBJS += $(GUEST_INTERRUPT)
hearer_OBJS += $(GUEST_PAGES)
toucher_OBJS += tests/guests/toucher_entry.o $(GUEST_INTERRUPT) $(GUEST_PAGES)
GUEST_ACTS := $(addprefix tests/guests/,acts.o attempt.o attempt_entry.o) $(GUEST_PAGES)
prober_OBJS += tests/guests/prober_acts.o tests/guests/prober_calls.o $(GUEST_ACTS)
rioter_OBJS += $(GUEST_ACTS)
vast_OBJS += $(GUEST_ACTS)
walker_OBJS += tests/guests/walker_edges.o $(GUEST_ACTS)
emulated_OBJS += $(GUEST_ACTS)
emulator_OBJS += $(MONITOR_LIB)
traitor_OBJS += $(MONITOR_LIB)
tracer_OBJS += $(MONITOR_LIB)

# Systems made of them: build/test-NAME.img from policies/NAME.policy.
TEST_SYSTEMS := faults events wake choose bench lives windows plans direct probe riot campaign campaign-vmx walk walk-far \
  secret riot-recorded starts monitors gives colours colours-served notify digests lines secret-lines share-quiet \
  share-loud breaks traps shade ends weights flips vast riot-starts campaign-starts secret-apart secret-slow starts-slow
TEST_POLICIES := $(wildcard tests/guests/policies/*.policy tests/guests/policies/*.platform policy/platforms/*.platform)
IMAGES += $(TEST_SYSTEMS:%=$(B)/test-%.img)
$(B)/test-%.img: tests/guests/policies/%.policy $(TEST_POLICIES) $(B)/bin/bulkhead $(TEST_GUESTS:%=$(B)/guests/%.elf) \
  $(B)/guests/audit.elf
	@echo "  IMAGE $@"; $(B)/bin/bulkhead build $< -o $@ --images $(B) >/dev/null
