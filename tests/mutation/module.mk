# SPDX-License-Identifier: Apache-2.0
# The examples' policies with one fault at a time, and what `diff` tells of each change.
RUN_TESTS += tests/mutation/campaign.py tests/unit/test_diff_meaning.py tests/unit/test_statement_order.py

mutation: $(B)/bin/bulkhead  ## share of faults in the examples' policies that is found, each class, against its goal
	@tests/mutation/campaign.py --all
diff-meaning: $(B)/bin/bulkhead  ## whether `bulkhead diff` tells each change of a word of the examples, and each fault
	@tests/unit/test_diff_meaning.py --all
.PHONY: mutation diff-meaning
