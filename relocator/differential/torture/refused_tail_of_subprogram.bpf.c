// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a tail call to a subprogram. */
#include "torture.h"

__separate int subprogram(struct __sk_buff *packet)
{
	return packet->len;
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, int(struct __sk_buff *));
} tails SEC(".maps") = {
	.values = { &subprogram },
};

SEC("tc")
int program(struct __sk_buff *packet)
{
	bpf_tail_call(packet, &tails, 0);
	return subprogram(packet);
}
