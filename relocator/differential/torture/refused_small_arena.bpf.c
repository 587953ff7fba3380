// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: an arena that is too small for its variables. */
#include "torture.h"

struct {
	__uint(type, 33 /* BPF_MAP_TYPE_ARENA */);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
} arena SEC(".maps");

SEC(".addr_space.1") char variable[4097] = { 1 };

SEC("tc")
int program(struct __sk_buff *packet)
{
	return variable[packet->len & 7];
}

SEC("tc")
int unconcerned(struct __sk_buff *packet)
{
	return packet->len;
}
