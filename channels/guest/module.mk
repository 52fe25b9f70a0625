# SPDX-License-Identifier: Apache-2.0
# The guest library, linked into every bare-metal subject; and parts that few need.
GUEST_INC := channels/include channels/guest/include
INC_channels/guest := $(GUEST_INC)
GUEST_LIB := $(patsubst %,channels/guest/%.o,start_entry start call channel memory text serial pace sender receiver direct)
GUEST_INTERRUPT := channels/guest/interrupt.o channels/guest/interrupt_entry.o
GUEST_PAGES := channels/guest/pages.o
GUEST_SELECT := channels/guest/select.o
GUEST_LARGE := channels/guest/large.o channels/guest/digest.o

# What programs outside this tree are built with: headers, libraries, pkg-config files; a folder that may be moved.
SDK := $(B)/sdk
SDK_HOSTED := $(patsubst %,$(B)/host/channels/guest/%.o,channel sender receiver pace direct mapped select large digest \
  text call_none fail_hosted)
SDK_FILES := $(patsubst channels/include/%,$(SDK)/include/%,$(wildcard channels/include/channels/*.h)) \
  $(patsubst channels/guest/include/%,$(SDK)/include/%,$(wildcard channels/guest/include/guest/*.h)) \
  $(SDK)/lib/guest.ld $(SDK)/lib/libbulkhead-guest.a $(SDK)/lib/libbulkhead-channels.a \
  $(patsubst channels/guest/%,$(SDK)/lib/pkgconfig/%,$(wildcard channels/guest/*.pc))
define sdk_copy
$(SDK)/$(1): $(2)
	@mkdir -p $$(@D); cp $$< $$@
endef
$(eval $(call sdk_copy,include/channels/%.h,channels/include/channels/%.h))
$(eval $(call sdk_copy,include/guest/%.h,channels/guest/include/guest/%.h))
$(eval $(call sdk_copy,lib/%.ld,channels/guest/%.ld))
$(eval $(call sdk_copy,lib/pkgconfig/%.pc,channels/guest/%.pc))
$(SDK)/lib/libbulkhead-guest.a: $(patsubst %,$(B)/guest/%,$(GUEST_LIB) $(GUEST_INTERRUPT) $(GUEST_PAGES) $(GUEST_SELECT) \
  $(GUEST_LARGE))
$(SDK)/lib/libbulkhead-channels.a: $(SDK_HOSTED)
$(SDK)/lib/%.a:
	@mkdir -p $(@D); rm -f $@; ar rcsD $@ $^
all: $(SDK_FILES)

INC_tests/unit += $(GUEST_INC)
UNIT_TESTS += guest_library
guest_library_OBJS := $(addprefix tests/unit/,test_guest_library.o stepped.o) \
  $(patsubst %,channels/guest/%.o,text pace sender receiver channel)
UNIT_TESTS += guest_select
guest_select_OBJS := tests/unit/test_guest_select.o $(patsubst %,channels/guest/%.o,select receiver direct channel)
UNIT_TESTS += guest_large
guest_large_OBJS := tests/unit/test_guest_large.o $(GUEST_LARGE)
guest_large_LIBS := -lmbedcrypto
INC_tests/fuzz += $(GUEST_INC)
FUZZERS += fuzz_large
fuzz_large_OBJS := tests/fuzz/fuzz_large.o $(GUEST_LARGE)
fuzz_large_LIBS := -lmbedcrypto
UNIT_TESTS += guest_timer
guest_timer_OBJS := tests/unit/test_guest_timer.o
UNIT_TESTS += direct
direct_OBJS := tests/unit/test_direct.o channels/guest/direct.o channels/guest/channel.o
direct_LIBS := -lpthread
