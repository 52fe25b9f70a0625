# SPDX-License-Identifier: Apache-2.0
# The small examples: NAME/NAME.policy becomes build/example-NAME.img, its message types build/gen/examples/NAME.h. Guests that
# several share stand in guests/, others in NAME/.
EXAMPLES := diode pipeline chain workstation document
EXAMPLES_GEN := $(B)/gen/examples
EXAMPLE_GUESTS := source printer parse filter limit show hop desk passer archive clerk censor press
GUESTS += $(EXAMPLE_GUESTS)
IMAGES += $(EXAMPLES:%=$(B)/example-%.img)

EXAMPLE_LIB := $(patsubst %,policy/examples/guests/%.o,lines stage) $(GUEST_LIB)
$(foreach guest,source printer,$(eval $(guest)_OBJS := policy/examples/guests/$(guest).o $(EXAMPLE_LIB)))
$(foreach guest,parse filter limit show,$(eval $(guest)_OBJS := policy/examples/pipeline/$(guest).o $(EXAMPLE_LIB)))
hop_OBJS := policy/examples/chain/hop.o $(EXAMPLE_LIB)
$(foreach guest,desk passer archive,$(eval $(guest)_OBJS := policy/examples/workstation/$(guest).o $(EXAMPLE_LIB)))
archive_OBJS += $(GUEST_SELECT)
$(foreach guest,clerk censor press,$(eval $(guest)_OBJS := policy/examples/document/$(guest).o $(GUEST_LARGE) $(EXAMPLE_LIB)))
EXAMPLE_INC := $(GUEST_INC) policy/examples/guests $(EXAMPLES_GEN)
$(foreach folder,guests $(EXAMPLES),$(eval INC_policy/examples/$(folder) := $(EXAMPLE_INC)))

define example
EXAMPLE_SOURCES += $(wildcard policy/examples/$(1)/*.c)
$(EXAMPLES_GEN)/$(1).h: policy/examples/$(1)/$(1).policy $(wildcard policy/platforms/*.platform) $(B)/bin/bulkhead
	@$(B)/bin/bulkhead headers $$< --headers $(EXAMPLES_GEN)
$(B)/example-$(1).img: policy/examples/$(1)/$(1).policy $(wildcard policy/platforms/*.platform) \
  $(B)/bin/bulkhead $(EXAMPLE_GUESTS:%=$(B)/guests/%.elf) $(B)/guests/audit.elf
	@echo "  IMAGE $$@"; $(B)/bin/bulkhead build $$< -o $$@ --images $(B) >/dev/null
endef
EXAMPLE_SOURCES := $(wildcard policy/examples/guests/*.c)
$(foreach name,$(EXAMPLES),$(eval $(call example,$(name))))
$(EXAMPLE_SOURCES:%.c=$(B)/guest/%.o): | $(EXAMPLES:%=$(EXAMPLES_GEN)/%.h)

UNIT_TESTS += example_lines
example_lines_OBJS := tests/unit/test_example_lines.o policy/examples/guests/lines.o
RUN_TESTS += tests/unit/test_example_policies.py tests/qemu/test_examples.py
