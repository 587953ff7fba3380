// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a call of a function that is in a section of its own. */
#include "torture.h"

SEC("xdp")
__separate int in_section(int x)
{
	return x * 3;
}

SEC("tc")
int program(struct __sk_buff *packet)
{
	return in_section(packet->len);
}
