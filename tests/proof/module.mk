# SPDX-License-Identifier: Apache-2.0
# Proofs by Frama-C's WP. Not yet part of `make test`: README.md says what is not proved.
proof: deps-proof  ## prove what tests/proof/README.md names: no goal may be left
	@tests/proof/prove.py
proof-mutants: deps-proof  ## faults in what is proved: each must leave a goal unproved
	@tests/proof/prove.py --mutants
deps-proof:
	@tests/deps.sh proof
.PHONY: proof proof-mutants deps-proof
