# SPDX-License-Identifier: Apache-2.0
# Direct channels beside queues of others: built by `make bench-channels` alone, which installs what only this needs. Verdicts.
ROUNDS := 7
BENCH_QUEUES := bench_channels queue_direct queue_twin queue_ck queue_dpdk queue_kernel
BENCH_FLAGS := -g -O3 -march=native -mprefer-vector-width=256 -D_GNU_SOURCE -Wall -Wextra -Wconversion -Wshadow -Werror
BENCH_INC := -Ichannels/include -Ichannels/guest/include
BENCH_DPDK = $(subst -I,-isystem ,$(filter-out -march=%,$(shell pkg-config --cflags libdpdk)))
$(B)/bench/%.o: tests/bench/%.c
	@mkdir -p $(@D); $(CC) -std=gnu11 $(BENCH_FLAGS) $(BENCH_INC) $(if $(findstring dpdk,$<),$(BENCH_DPDK)) \
	  -MMD -MP -c $< -o $@
$(B)/bench/%.o: tests/bench/%.cpp
	@mkdir -p $(@D); g++ -std=gnu++17 $(BENCH_FLAGS) $(BENCH_INC) -MMD -MP -c $< -o $@
$(B)/bench/bench_channels: $(BENCH_QUEUES:%=$(B)/bench/%.o) $(B)/bench/queue_boost.o
	@echo "  LINK  $@"; g++ -o $@ $^

# Counted, not timed: a test wherever valgrind is.
INC_tests/bench := channels/include channels/guest/include $(B)/gen/ais-gateway
HOST_PROGS += count_messages
count_messages_OBJS := tests/bench/count_messages.o
$(B)/host/tests/bench/count_messages.o: $(B)/gen/ais-gateway/ais_gateway.h
RUN_TESTS += tests/bench/test_counts.py

# The monitor's verdict: from the objects of the resident kernel, linked as there, and once as host tools have it.
INC_tests/bench += monitor/kernel policy/kernel core/include $(WIRE)
HOST_PROGS += judge_verdicts judge_verdicts_resident
judge_verdicts_OBJS := tests/bench/judge_verdicts.o $(DECIDE_OBJS) $(IMAGE_CHECK_OBJS)
judge_verdicts_resident_OBJS := tests/bench/judge_verdicts.o $(addprefix monitor/kernel/,pace.o line.o) $(IMAGE_CHECK_OBJS)
judge_verdicts_resident_LIBS := -no-pie $(KERNEL_WHOLE)
$(B)/bin/judge_verdicts_resident: $(addprefix $(B)/kernel/,$(filter-out %/pace.o %/line.o,$(DECIDE_OBJS)))
RUN_TESTS += tests/bench/test_verdicts.py

bench-channels: $(B)/bin/count_messages  ## direct channels beside ck_ring, spsc_queue, rte_ring, pipe and socket: ROUNDS=7
	@tests/deps.sh bench
	@$(MAKE) --no-print-directory $(B)/bench/bench_channels
	@tests/bench/channels.py --rounds $(ROUNDS)

SAMPLES := 40
VERDICT_PROGS := $(addprefix $(B)/bin/,bulkhead judge_verdicts judge_verdicts_resident)
bench-verdicts: $(VERDICT_PROGS)  ## what a verdict costs, by models, rules and subjects: SAMPLES=40
	@tests/bench/verdicts.py --samples $(SAMPLES)

.PHONY: bench-channels bench-verdicts
