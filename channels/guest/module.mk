# SPDX-License-Identifier: Apache-2.0
# The guest library, linked into every bare-metal subject; and parts that few need.
GUEST_INC := channels/include channels/guest/include
INC_channels/guest := $(GUEST_INC)
GUEST_LIB := $(patsubst %,channels/guest/%.o,start_entry start call channel memory text serial pace sender receiver direct)
GUEST_INTERRUPT := channels/guest/interrupt.o channels/guest/interrupt_entry.o
GUEST_PAGES := channels/guest/pages.o
GUEST_SELECT := channels/guest/select.o
GUEST_LARGE := channels/guest/large.o channels/guest/digest.o

INC_tests/unit += $(GUEST_INC)
UNIT_TESTS += guest_library
guest_library_OBJS := tests/unit/test_guest_library.o $(patsubst %,channels/guest/%.o,text pace sender receiver channel)
UNIT_TESTS += guest_select
guest_select_OBJS := tests/unit/test_guest_select.o $(patsubst %,channels/guest/%.o,select receiver direct channel)
UNIT_TESTS += guest_large
guest_large_OBJS := tests/unit/test_guest_large.o $(GUEST_LARGE)
guest_large_LIBS := -lmbedcrypto
UNIT_TESTS += direct
direct_OBJS := tests/unit/test_direct.o channels/guest/direct.o channels/guest/channel.o
direct_LIBS := -lpthread
