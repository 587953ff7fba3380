// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Bits read like a field: the compiler asks for their offset and width itself. */
#include "torture.h"

struct task_struct {
	int pid;
	unsigned in_iowait : 1;
	unsigned in_execve : 3;
} __fitted;

SEC("raw_tp/bits")
int program(void **context)
{
	struct task_struct *task = context[0];

	return task->in_iowait + task->in_execve;
}
