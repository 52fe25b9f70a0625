# SPDX-License-Identifier: Apache-2.0
include $(sort $(wildcard measured-boot/*/module.mk))
