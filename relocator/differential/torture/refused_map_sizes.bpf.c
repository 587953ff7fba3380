// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: sizes that contradict each other. */
#include "torture.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 8);
	__type(key, int);
	__type(value, int);
} map SEC(".maps");

SEC("tc")
int program(struct __sk_buff *packet)
{
	return packet->len;
}
