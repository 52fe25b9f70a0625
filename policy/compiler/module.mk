# SPDX-License-Identifier: Apache-2.0
# The policy compiler. It links the kernel's own image check and verdict code.
INC_policy/compiler := policy policy/kernel monitor/kernel $(WIRE) channels/guest/include
# The second reader of images has no wire header in its path.
INC_policy/compiler/verify := policy
VERIFY_OBJS := $(addprefix policy/compiler/verify/,reader.o header.o names.o labels.o time.o types.o conditions.o search.o \
  flows.o roles.o orders.o memory.o guests.o program.o paging.o stages.o digests.o margin.o)
COMPILER_OBJS := $(addprefix policy/compiler/,build.o cnf.o conditions.o types.o flows.o subjects.o guest.o paging.o \
  layout.o image.o margin.o catalogue.o hash.o predict.o lock.o signature.o header.o header_channels.o dfdl.o \
  output.o judge.o policy_tests.o test_lives.o test_world.o inspect.o inspect_labels.o facts.o facts_others.o \
  facts_place.o facts_proofs.o facts_rebuild.o messages.o messages_text.o \
  compare.o compare_rules.o compare_steps.o compare_closing.o compare_people.o compare_signers.o compare_words.o \
  changes_print.o edit.o picture.o picture_flows.o picture_labels.o picture_layers.o picture_place.o picture_fold.o \
  picture_svg.o picture_dot.o)
HOST_PROGS += bulkhead
COMMAND_OBJS := $(addprefix policy/compiler/,command.o progress.o command_build.o command_sign.o command_inspect.o \
  command_fmt.o format.o format_pieces.o command_explain.o command_explain_state.o command_explain_code.o command_new.o \
  command_trace.o trace.o trace_write.o explain.o explain_cond.o explain_direct.o explain_operation.o command_paths.o \
  command_expand.o expand.o command_diff.o command_whatif.o command_graph.o \
  command_dfdl.o)
bulkhead_OBJS = policy/compiler/main.o $(COMMAND_OBJS) $(VERIFY_OBJS) $(COMPILER_OBJS) $(LANGUAGE_OBJS) $(IMAGE_CHECK_OBJS) \
  $(DECIDE_OBJS)
$(foreach kind,host unit,$(B)/$(kind)/policy/compiler/command_explain_code.o): policy/language/diagnostics.md
$(foreach kind,host unit,$(B)/$(kind)/policy/compiler/command_new.o): $(wildcard policy/compiler/starter/*) \
  policy/platforms/qemu-q35-svm.platform
bulkhead_LIBS = -lmbedcrypto

INC_tests/unit += policy $(B)/gen/tests
UNIT_TESTS += policy_language compiler_cnf compiler_guest compiler_header
policy_language_OBJS = tests/unit/test_policy_language.o $(LANGUAGE_OBJS)
compiler_cnf_OBJS = tests/unit/test_compiler_cnf.o policy/compiler/cnf.o policy/language/arena.o
compiler_guest_OBJS = tests/unit/test_compiler_guest.o $(COMPILER_OBJS) $(LANGUAGE_OBJS) $(IMAGE_CHECK_OBJS) $(DECIDE_OBJS)
compiler_guest_LIBS = -lmbedcrypto
compiler_header_OBJS = tests/unit/test_compiler_header.o $(COMPILER_OBJS) $(LANGUAGE_OBJS) $(IMAGE_CHECK_OBJS) $(DECIDE_OBJS)
compiler_header_LIBS = -lmbedcrypto
$(B)/unit/tests/unit/test_compiler_header.o: | $(B)/gen/tests/good.h
$(B)/gen/tests/good.h: tests/golden/good.policy $(wildcard tests/golden/parts/*.policy) $(B)/bin/bulkhead
	@$(B)/bin/bulkhead headers $< --headers $(@D)
UNIT_TESTS += channel_functions
channel_functions_OBJS := tests/unit/test_channel_functions.o \
  $(patsubst %,channels/guest/%.o,channel sender receiver pace direct)
$(B)/unit/tests/unit/test_channel_functions.o: | $(B)/gen/tests/functions.h
$(B)/gen/tests/functions.h: tests/golden/functions.policy $(wildcard tests/golden/parts/*.policy) $(B)/bin/bulkhead
	@$(B)/bin/bulkhead headers $< --headers $(@D)
RUN_TESTS += $(addprefix tests/unit/,test_compiler.py test_fmt.py test_explain.py test_explain_code.py \
  test_trace.py test_terminal.py test_reference.py test_answers.py test_diff_parts.py test_diff_time.py test_picture.py \
  test_signatures.py test_inspect_verify.py test_inspect_faults.py test_digests.py test_refusals.py test_json.py \
  test_outputs.py test_arguments.py test_made_systems.py \
  test_dfdl.py test_sdk.py test_linux_channels.py)

INC_tests/fuzz += policy policy/kernel monitor/kernel $(WIRE)
FUZZERS += fuzz_policy fuzz_guest fuzz_format
fuzz_format_OBJS = tests/fuzz/fuzz_format.o $(addprefix policy/compiler/,format.o format_pieces.o output.o) $(LANGUAGE_OBJS)
fuzz_policy_OBJS = tests/fuzz/fuzz_policy.o tests/fuzz/sections.o \
  $(addprefix policy/compiler/,explain.o explain_cond.o explain_direct.o explain_operation.o trace.o \
  trace_write.o) \
  $(COMPILER_OBJS) $(LANGUAGE_OBJS) $(IMAGE_CHECK_OBJS) $(DECIDE_OBJS)
fuzz_policy_LIBS = -lmbedcrypto
fuzz_guest_OBJS = tests/fuzz/fuzz_guest.o $(COMPILER_OBJS) $(LANGUAGE_OBJS) $(IMAGE_CHECK_OBJS) $(DECIDE_OBJS)
fuzz_guest_LIBS = -lmbedcrypto
