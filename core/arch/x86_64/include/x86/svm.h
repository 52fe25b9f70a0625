/* SPDX-License-Identifier: Apache-2.0 */
/* Between svm.c and svm_enter.S. */
#pragma once

#include "x86/vmcb.h"
#include "x86/x86.h"

#define SVM_VCPU_PAGES 2u             /* a virtual CPU and, in the page behind, its control block */

/* Enters the subject; after each exit saves its registers and asks svm_exit(); returns once that says no. */
struct vcpu *svm_run(struct vcpu *vcpu);
/* Serves an exit; whether to enter again. */
bool svm_exit(struct vcpu *vcpu);
/* Before an entry: offers one of the events that wait. */
void svm_offer(struct vcpu *vcpu);

uint32_t svm_take_interrupts(void);
void svm_sleep(void);
