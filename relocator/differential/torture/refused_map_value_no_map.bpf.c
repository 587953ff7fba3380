// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: an initial value that is no map. */
#include "torture.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, int);
};

int variable = 1;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, int);
	__array(values, struct inner);
} map SEC(".maps") = {
	.values = { (void *)&variable },
};

SEC("tc")
int program(struct __sk_buff *packet)
{
	return packet->len;
}
