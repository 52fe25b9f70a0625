# SPDX-License-Identifier: Apache-2.0
RUN_TESTS += tests/fuzz/test_dictionary.py tests/fuzz/slice.sh

# The policy tool's readers. Their seeds and the image that they patch are made of what the tree has.
FUZZ_GOOD := $(B)/fuzz-seeds/include/fuzz_good.h
INC_tests/fuzz += tests/fuzz $(B)/fuzz-seeds/include
FUZZERS += fuzz_lexer fuzz_parser fuzz_check fuzz_inspect fuzz_verify
fuzz_lexer_OBJS = tests/fuzz/fuzz_lexer.o $(LANGUAGE_OBJS)
fuzz_parser_OBJS = tests/fuzz/fuzz_parser.o $(LANGUAGE_OBJS)
fuzz_check_OBJS = tests/fuzz/fuzz_check.o tests/fuzz/sections.o $(COMPILER_OBJS) $(LANGUAGE_OBJS) $(IMAGE_CHECK_OBJS) \
  $(DECIDE_OBJS)
fuzz_inspect_OBJS = tests/fuzz/fuzz_inspect.o tests/fuzz/patches.o $(COMPILER_OBJS) $(LANGUAGE_OBJS) $(IMAGE_CHECK_OBJS) \
  $(DECIDE_OBJS)
fuzz_verify_OBJS = tests/fuzz/fuzz_verify.o tests/fuzz/patches.o tests/fuzz/sections.o $(VERIFY_OBJS) $(LANGUAGE_OBJS)
$(foreach name,check inspect verify,$(eval fuzz_$(name)_LIBS := -lmbedcrypto))
$(foreach name,lexer parser check policy format inspect verify,$(B)/fuzz/tests/fuzz/fuzz_$(name).o): $(FUZZ_GOOD)
$(FUZZ_GOOD): tests/fuzz/seeds.py $(B)/bin/bulkhead $(wildcard tests/golden/*.policy tests/golden/*/*.policy \
  policy/platforms/*.platform policy/examples/*/*.policy tests/guests/policies/*.policy)
	@tests/fuzz/seeds.py $(B)/fuzz-seeds

# Channels, each end against a peer that writes between any two loads.
INC_tests/fuzz += . channels/include channels/guest/include core/include audit/include tests/unit
FUZZERS += fuzz_direct fuzz_mediate
fuzz_direct_OBJS = tests/fuzz/fuzz_direct.o
fuzz_mediate_OBJS = $(addprefix tests/fuzz/,fuzz_mediate.o mediated.o plain_fields.o) \
  $(addprefix tests/unit/,told.o fake_core.o) $(addprefix audit/kernel/,ring.o chain.o note.o start.o) $(GATEWAY_OBJS) \
  $(addprefix monitor/kernel/,mediate.o channel.o notify.o start.o)
fuzz_mediate_LIBS := -lcmocka -lmbedcrypto
# Nothing in a hash is worth being looked for, and the chain is most of what it does.
$(B)/fuzz/core/sha256.o: FUZZ_CFLAGS += -fno-sanitize=fuzzer-no-link
