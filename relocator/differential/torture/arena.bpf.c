// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// clang: 19
/* Variables in an arena, beside others that are not. */
#include "torture.h"

#ifndef __ulong
#define __ulong(name, number) enum { ___bpf_concat(__unique_value, __COUNTER__) = number } name
#endif

#define __arena __attribute__((address_space(1)))

struct {
	__uint(type, 33 /* BPF_MAP_TYPE_ARENA */);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 100);
	__ulong(map_extra, 0x1ull << 44);
} arena SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, long);
} other SEC(".maps");

struct node {
	struct node __arena *next;
	long values[7];
};

int __arena counter = 5;
long __arena zeroed;
struct node __arena nodes[30];
struct node __arena *__arena head = &nodes[3];
int not_there = 3;
static int __arena hidden_one = 9;

static __separate long sum(int index)
{
	return nodes[index & 15].values[2] + hidden_one;
}

SEC("syscall")
int variables(int *context)
{
	counter += *context;
	zeroed = not_there + sum(*context);
	nodes[2].values[5] = 1;
	head = &nodes[4];
	hidden_one++;
	return head->values[1];
}

SEC("syscall")
int the_map(int *context)
{
	int key = 0;

	return bpf_map_lookup_elem(&other, &key) != 0 && (long)&arena != 0;
}
