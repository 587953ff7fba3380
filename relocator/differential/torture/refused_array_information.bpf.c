// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: the sign of an element. */
#include "torture.h"

struct task_struct {
	char comm[16];
} __fitted;

SEC("raw_tp/sign")
int program(void **context)
{
	struct task_struct *task = context[0];

	return __builtin_preserve_field_info(task->comm[3], BPF_FIELD_SIGNED) +
	       __builtin_preserve_field_info(task->comm[3], BPF_FIELD_LSHIFT_U64);
}
