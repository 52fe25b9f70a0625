# SPDX-License-Identifier: Apache-2.0
# Many messages, and whether what came is what was sent: `make soak`; a slice is a test.
comma := ,
SOAK_GEN := $(B)/gen/soak
INC_tests/soak := $(INC_core) core/arch/host/include channels/guest/include $(SOAK_GEN)
HOST_PROGS += soak_direct soak_mediated
soak_direct_OBJS := tests/soak/soak_direct.o tests/soak/soak.o
soak_mediated_OBJS = $(addprefix tests/soak/,soak_mediated.o machine.o guests.o hostile.o soak.o) core/arch/host/arch.o \
  $(addprefix core/,hypercall.o policy.o restart.o schedule.o sha256.o start.o subject.o) \
  $(addprefix monitor/kernel/,mediate.o channel.o notify.o operate.o start.o) $(DECIDE_OBJS) \
  $(addprefix audit/kernel/,ring.o chain.o note.o start.o) $(IMAGE_CHECK_OBJS) \
  $(addprefix channels/guest/,channel.o sender.o receiver.o pace.o select.o)
soak_mediated_LIBS := $(addprefix -Wl$(comma)--wrap=,subject_call arch_copy_once arch_copy arch_fill_zero)
$(addprefix $(B)/host/tests/soak/,soak_mediated.o guests.o hostile.o): $(SOAK_GEN)/beside.h
$(SOAK_GEN)/beside.h: tests/soak/beside.policy tests/guests/policies/one-cpu.platform $(B)/bin/bulkhead
	@$(B)/bin/bulkhead headers $< --headers $(@D)
IMAGES += $(B)/soak.img
$(B)/soak.img: tests/soak/beside.policy tests/guests/policies/one-cpu.platform $(B)/bin/bulkhead $(B)/guests/spin.elf
	@echo "  IMAGE $@"; $(B)/bin/bulkhead build $< -o $@ --images $(B) >/dev/null
RUN_TESTS += tests/soak/test_soak.py

DIRECT := 1000000000
MEDIATED := 10000000
soak: $(B)/bin/soak_direct $(B)/bin/soak_mediated $(B)/soak.img  ## DIRECT=1000000000 messages, MEDIATED=10000000: all come
	@nice tests/soak/soak.py --direct $(DIRECT) --mediated $(MEDIATED) $(if $(JSON),--json $(call quote,$(JSON)))
.PHONY: soak
