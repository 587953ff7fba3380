// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a map that does not say of which type it is. */
#include "torture.h"

struct {
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, int);
} map SEC(".maps");

SEC("tc")
int program(struct __sk_buff *packet)
{
	return packet->len;
}
