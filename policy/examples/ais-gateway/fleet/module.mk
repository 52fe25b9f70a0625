# SPDX-License-Identifier: Apache-2.0
# The fleet simulator: input for the gateway, and what must come out of it.
FLEET_DIR := policy/examples/ais-gateway/fleet
FLEET_OBJS := $(patsubst %,$(FLEET_DIR)/%.o,traffic ships encode)
HOST_PROGS += fleet
fleet_OBJS := $(FLEET_DIR)/fleet.o $(FLEET_OBJS)
RUN_TESTS += tests/unit/test_fleet.sh
