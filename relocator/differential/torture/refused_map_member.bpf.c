// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a member that no map has. */
#include "torture.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(no_such_member, 1);
} map SEC(".maps");

SEC("tc")
int program(struct __sk_buff *packet)
{
	return packet->len;
}
