# SPDX-License-Identifier: Apache-2.0
# The AIS gateway's images: as it is, with optional measuring, and under attack.
AIS_POLICY := policy/examples/ais-gateway
AIS_PARTS := $(wildcard $(AIS_POLICY)/*.policy $(AIS_POLICY)/hostile/*.policy policy/platforms/*.platform)
AIS_GUESTS := $(patsubst %,$(B)/guests/%.elf,low guard high audit)
IMAGES += $(B)/ais-gateway.img $(B)/ais-gateway-optional.img $(B)/ais-gateway-hostile.img

define ais_image
$(B)/$(1).img: $(2) $(AIS_PARTS) $(B)/bin/bulkhead $(3)
	@echo "  IMAGE $$@"; $(B)/bin/bulkhead build $(2) -o $$@ --images $(B) --lock $(B)/$(1).lock
endef
$(eval $(call ais_image,ais-gateway,$(AIS_POLICY)/ais-gateway.policy,$(AIS_GUESTS)))
$(eval $(call ais_image,ais-gateway-optional,$(AIS_POLICY)/ais-gateway-optional.policy,$(AIS_GUESTS)))
$(eval $(call ais_image,ais-gateway-hostile,$(AIS_POLICY)/hostile/ais-hostile.policy,$(AIS_GUESTS) \
  $(patsubst %,$(B)/guests/%.elf,low-hostile accomplice)))

# Guests include this; their own make fragment says that it comes first.
$(B)/gen/ais-gateway/ais_gateway.h: $(AIS_POLICY)/ais-gateway.policy $(AIS_PARTS) $(B)/bin/bulkhead
	@$(B)/bin/bulkhead headers $< --headers $(@D)
