// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: initial values of a hash of maps whose keys are no indexes. */
#include "torture.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, int);
};

struct inner one SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, long);
	__array(values, struct inner);
} map SEC(".maps") = {
	.values = { &one },
};

SEC("tc")
int program(struct __sk_buff *packet)
{
	return packet->len;
}
