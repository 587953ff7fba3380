// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: an inner map that is to be pinned. */
#include "torture.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__uint(pinning, LIBBPF_PIN_BY_NAME);
	});
} map SEC(".maps");

SEC("tc")
int program(struct __sk_buff *packet)
{
	return packet->len;
}
