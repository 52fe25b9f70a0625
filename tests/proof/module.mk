# SPDX-License-Identifier: Apache-2.0
# Proofs by Frama-C's WP. `make test` has the part that takes less than a minute.
RUN_TESTS += tests/proof/slice.sh

proof: deps-proof  ## prove what tests/proof/README.md names: no goal may be left
	@tests/proof/prove.py
proof-mutants: deps-proof  ## faults in what is proved: each must leave a goal unproved
	@tests/proof/prove.py --mutants
deps-proof:
	@tests/deps.sh proof
.PHONY: proof proof-mutants deps-proof
