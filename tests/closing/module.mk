# SPDX-License-Identifier: Apache-2.0
# Whether what the compiler lets a `restrict` narrow, and what `bulkhead diff` calls narrower, opens nothing.
RUN_TESTS += tests/closing/test_closing_runs.py

CLOSING := 2000
closing: $(B)/bin/bulkhead  ## search CLOSING=2000 random policies for what a `restrict` or less of a rule opens
	@nice tests/closing/campaign.py --policies $(CLOSING)
.PHONY: closing
