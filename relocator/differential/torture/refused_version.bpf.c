// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a version that is no number of 32 bits. */
#include "torture.h"

long number SEC("version") = 1;

SEC("tc")
int program(struct __sk_buff *packet)
{
	return packet->len;
}
