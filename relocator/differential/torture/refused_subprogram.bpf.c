// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a subprogram that asks what cannot be answered, though no program calls it. */
#include "torture.h"

struct task_struct {
	char comm[16];
} __fitted;

__separate int uncalled(struct task_struct *task)
{
	return __builtin_preserve_field_info(task->comm[3], BPF_FIELD_SIGNED);
}

SEC("tc")
int program(struct __sk_buff *packet)
{
	return packet->len;
}
