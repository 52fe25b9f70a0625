# SPDX-License-Identifier: Apache-2.0
# The examples' policies with one fault at a time.
RUN_TESTS += tests/mutation/campaign.py

mutation: $(B)/bin/bulkhead  ## share of faults in the examples' policies that is found, each class, against its goal
	@tests/mutation/campaign.py --all
.PHONY: mutation
