// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Subprograms: static, global, weak, hidden; shared, nested, called back, in any order. */
#include "torture.h"

struct task_struct {
	int pid;
	unsigned long no_such_field;
} __fitted;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, int);
	__type(value, long);
} counts SEC(".maps");

long total;
static long hidden_total[4];

static __separate int leaf(int x)
{
	return x * 3 + total;
}

static __separate int middle(int x)
{
	return leaf(x + 1) + leaf(x + 2) + hidden_total[x & 3];
}

__separate int global_one(int x)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return middle(x) + BPF_CORE_READ(task, pid);
}

__weak __separate int weak_one(int x)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	if (bpf_core_field_exists(task->no_such_field))
		return BPF_CORE_READ(task, no_such_field);
	return global_one(x) - leaf(x);
}

__hidden __separate int hidden_one(int x)
{
	return weak_one(x) + middle(x);
}

/* Aligned: a gap is before it. */
static __separate __attribute__((aligned(128))) int aligned_one(int x)
{
	return hidden_one(x) ^ x;
}

static long each(void *map, int *key, long *value, void *context)
{
	total += *value + leaf(*key);
	return 0;
}

static long loop(unsigned int index, void *context)
{
	*(long *)context += aligned_one(index);
	return 0;
}

__separate long global_loop(unsigned int index, void *context)
{
	return index + total > 5;
}

/* Calls back, which calls back. */
static long outer(unsigned int index, void *context)
{
	bpf_loop(index, loop, context, 0);
	return bpf_for_each_map_elem(&counts, each, context, 0);
}

SEC("tc")
int calls(struct __sk_buff *packet)
{
	return middle(packet->len) + global_one(packet->mark);
}

SEC("tc")
int calls_in_other_order(struct __sk_buff *packet)
{
	return global_one(packet->mark) + middle(packet->len) + leaf(3);
}

SEC("classifier")
int deep(struct __sk_buff *packet)
{
	return aligned_one(packet->len) + weak_one(2) + hidden_one(1);
}

SEC("tc")
int callbacks(struct __sk_buff *packet)
{
	long sum = 0;

	bpf_loop(3, loop, &sum, 0);
	bpf_loop(4, global_loop, &sum, 0);
	bpf_loop(5, outer, &sum, 0);
	bpf_for_each_map_elem(&counts, each, &sum, 0);
	return sum + leaf(packet->len);
}

SEC("?tc")
int not_loaded(struct __sk_buff *packet)
{
	return weak_one(packet->len);
}

SEC("tc")
int none(struct __sk_buff *packet)
{
	return packet->len;
}
