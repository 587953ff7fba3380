// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: maps of maps of maps. */
#include "torture.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
	});
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, struct inner);
} map SEC(".maps");

SEC("tc")
int program(struct __sk_buff *packet)
{
	return packet->len;
}
