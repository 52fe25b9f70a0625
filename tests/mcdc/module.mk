# SPDX-License-Identifier: Apache-2.0
MCDC_TESTS := direct monitor_type monitor_rules monitor_flow monitor_mediate monitor_channel image_check
MCDC_FILES := channels/guest/include/guest/direct_ monitor/kernel/ policy/kernel/image_check.c

mcdc:  ## modified condition/decision coverage of direct channels, monitor and image check, and what is left of it
	@tests/deps.sh mcdc
	@nice $(MAKE) --no-print-directory -s B=build/mcdc CC=clang-19 WARN= \
	  SANITIZE="-fprofile-instr-generate -fcoverage-mapping -fcoverage-mcdc" $(MCDC_TESTS:%=build/mcdc/unit-tests/%)
	@tests/mcdc/measure.py $(MCDC_FILES:%=--of %) $(MCDC_TESTS:%=build/mcdc/unit-tests/%)
.PHONY: mcdc
