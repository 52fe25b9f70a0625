# SPDX-License-Identifier: Apache-2.0
# Models of what two CPUs do at once, searched in every interleaving.
RUN_TESTS += tests/spin/test_models.py

models:  ## search the models of the channels' and the monitor's protocols, and each without one of its steps
	@nice tests/spin/models.py --whole
.PHONY: models
