// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Arrays: within and beyond their end, of structs, of arrays, and without a length. */
#include "torture.h"

struct rt_prio_array {
	unsigned long bitmap[2];
} __fitted;

struct pid_number {
	int nr;
	void *ns;
} __fitted;

struct upid {
	int nr;
	void *ns;
} __fitted;

struct pid {
	unsigned int level;
	struct upid numbers[];
} __fitted;

struct pid___one {
	struct upid numbers[1];
} __fitted;

struct pid___zero {
	struct upid numbers[0];
} __fitted;

struct task_struct {
	char comm[64];
	int pid;
	struct sched_dl_entity *no_such_array[4];
	unsigned long thread_info[3];
} __fitted;

struct cgroup___ancestors {
	int level;
	struct cgroup___ancestors *ancestors[];
} __fitted;

struct perf_event___x {
	int nr_siblings;
	int state[8];
} __fitted;

struct mem_cgroup___x {
	int no_such_member[7][5];
} __fitted;

struct net_device {
	char name[16];
	unsigned char perm_addr[32];
	unsigned char addr_len;
} __fitted;

struct bpf_prog___code {
	unsigned short pages;
	unsigned int len;
	struct bpf_insn insnsi[0];
} __fitted;

struct kernel_siginfo {
	int si_signo;
	int si_code;
} __fitted;

struct inet_sock___x {
	unsigned int saddr[0];
} __fitted;

unsigned long total;

SEC("raw_tp/within")
int within(void **context)
{
	struct task_struct *task = context[0];
	struct net_device *device = context[1];
	struct rt_prio_array *array = context[2];

	total += task->comm[0] + task->comm[15];
	total += device->name[1] + device->perm_addr[31] + device->addr_len;
	total += array->bitmap[1];
	total += bpf_core_field_exists(task->comm[5]) + bpf_core_field_size(task->comm[5]);
	total += bpf_core_field_offset(device->perm_addr[9]);
	return 0;
}

SEC("raw_tp/beyond")
int beyond(void **context)
{
	struct task_struct *task = context[0];
	struct mem_cgroup___x *group = context[1];

	total += bpf_core_field_exists(task->comm[15]) + 2 * bpf_core_field_exists(task->comm[16]);
	total += bpf_core_field_exists(task->comm[63]);
	total += bpf_core_field_exists(task->no_such_array[1]);
	if (bpf_core_field_exists(group->no_such_member))
		total += group->no_such_member[3][4];
	return task->comm[16];
}

SEC("raw_tp/flexible")
int flexible(void **context)
{
	struct pid *pid = context[0];
	struct pid___one *one = context[0];
	struct pid___zero *zero = context[0];
	struct cgroup___ancestors *group = context[1];
	struct bpf_prog___code *program = context[2];

	total += pid->numbers[0].nr + pid->numbers[3].nr + (long)pid->numbers[1].ns;
	total += one->numbers[0].nr + zero->numbers[0].nr + zero->numbers[2].nr;
	if (bpf_core_field_exists(group->ancestors))
		total += (long)group->ancestors[2];
	total += bpf_core_field_exists(pid->numbers[5]);
	total += program->insnsi[3].imm + program->insnsi[0].code;
	return 0;
}

/* The first index of an access is one of the pointer. */
SEC("raw_tp/first")
int first(void **context)
{
	struct upid *number = context[0];
	struct task_struct *task = context[1];

	total += number[2].nr + (long)number[3].ns + task[1].pid;
	total += bpf_core_field_offset(number[4].ns) + bpf_core_field_exists(number[7].nr);
	return 0;
}
