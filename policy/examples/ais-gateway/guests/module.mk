# SPDX-License-Identifier: Apache-2.0
# The subjects of the AIS gateway. Their message types come from the policy, by way of the generated header.
AIS_GEN := $(B)/gen/ais-gateway
AIS_HEADER := $(AIS_GEN)/ais_gateway.h
AIS_DIR := policy/examples/ais-gateway/guests
INC_$(AIS_DIR) := $(GUEST_INC) $(AIS_GEN)
AIS_INTAKE := $(patsubst %,$(AIS_DIR)/%.o,nmea ais intake)
AIS_LOW := $(AIS_INTAKE) $(AIS_DIR)/low_gateway.o

GUESTS += low guard high low-hostile accomplice
low_OBJS := $(AIS_DIR)/low.o $(AIS_LOW) $(GUEST_LIB)
guard_OBJS := $(AIS_DIR)/guard.o $(AIS_DIR)/track.o $(GUEST_LIB)
low-hostile_OBJS := $(patsubst %,$(AIS_DIR)/%.o,low_hostile hostile hostile_messages hostile_memory hostile_race) $(AIS_LOW) \
  $(GUEST_PAGES) $(GUEST_LIB)
accomplice_OBJS := $(AIS_DIR)/accomplice.o $(GUEST_LIB)
high_OBJS := $(AIS_DIR)/high.o $(AIS_DIR)/track.o $(GUEST_LIB)

AIS_SOURCES := $(basename $(wildcard $(AIS_DIR)/*.c))
$(foreach kind,guest unit fuzz,$(AIS_SOURCES:%=$(B)/$(kind)/%.o)): | $(AIS_HEADER)

INC_tests/unit += . $(GUEST_INC) $(AIS_GEN)
UNIT_TESTS += ais_intake ais_track
ais_intake_OBJS = tests/unit/test_ais_intake.o $(AIS_INTAKE) $(FLEET_OBJS)
ais_track_OBJS := tests/unit/test_ais_track.o $(AIS_DIR)/track.o channels/guest/text.o
$(patsubst %,$(B)/unit/tests/unit/test_ais_%.o,intake track): | $(AIS_HEADER)

INC_tests/fuzz += . $(GUEST_INC) $(AIS_GEN)
FUZZERS += fuzz_ais_intake
fuzz_ais_intake_OBJS := tests/fuzz/fuzz_ais_intake.o $(AIS_INTAKE) $(AIS_DIR)/track.o channels/guest/text.o
$(B)/fuzz/tests/fuzz/fuzz_ais_intake.o: | $(AIS_HEADER)
