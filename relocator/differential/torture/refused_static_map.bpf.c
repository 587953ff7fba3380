// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a map that is static. */
#include "torture.h"

static struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, int);
} hidden SEC(".maps") __attribute__((used));

SEC("tc")
int program(struct __sk_buff *packet)
{
	return packet->len;
}
