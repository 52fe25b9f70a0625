# SPDX-License-Identifier: Apache-2.0
INC_policy/language := policy $(WIRE) channels/guest/include
LANGUAGE_OBJS := $(addprefix policy/language/,\
  arena.o source.o lost.o diag.o lexer.o parser.o parse_file.o parse_values.o parse_cond.o parse_layout.o \
  parse_platform.o parse_labels.o parse_rules.o parse_orders.o parse_trust.o parse_threats.o parse_claims.o \
  parse_assurance.o names.o by_name.o check_values.o check_cond.o check_sets.o check_arrays.o check_types.o \
  check_platform.o features.o check_subjects.o check_plan.o running.o labels.o check_labels.o check_channels.o check_directs.o \
  check_rules.o check_flows.o check_restricts.o closing.o step_table.o runs.o check_trust.o check_rates.o roles.o \
  check_orders.o automaton.o automaton_reach.o check_protocols.o check_assurance.o check_tests.o check_assertions.o stages.o \
  anew.o check_hidden.o check_limits.o check_monitors.o check_colours.o check_interrupts.o check_claims.o check_twice.o \
  requirements.o check_threats.o domain.o narrowing.o check_narrowing.o graph.o graph_lives.o graph_reserves.o \
  capacity.o network.o paths.o meaning.o check_everything.o latency.o latency_bound.o language.o)
