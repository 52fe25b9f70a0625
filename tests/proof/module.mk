# SPDX-License-Identifier: Apache-2.0
# Proofs by Frama-C's WP: README.md says what is proved.
RUN_TESTS += tests/proof/slice.sh

proof: deps  ## prove what tests/proof/README.md names: no goal may be left
	@nice tests/proof/prove.py
proof-mutants: deps  ## faults in what is proved: each must leave a goal unproved
	@nice tests/proof/prove.py --mutants
.PHONY: proof proof-mutants
