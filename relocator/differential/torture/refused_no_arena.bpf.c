// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: variables of an arena that is not declared, though other maps are. */
#include "torture.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, int);
} map SEC(".maps");

SEC(".addr_space.1") int variable = 1;

SEC("tc")
int program(struct __sk_buff *packet)
{
	return variable;
}

SEC("tc")
int unconcerned(struct __sk_buff *packet)
{
	return packet->len;
}
