// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: maps as they were declared before libbpf 1.0. */
#include "torture.h"

struct {
	unsigned type, key_size, value_size, max_entries;
} old SEC("maps") = { BPF_MAP_TYPE_ARRAY, 4, 4, 1 };

SEC("tc")
int program(struct __sk_buff *packet)
{
	return packet->len;
}
