// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a function that nobody defines. */
#include "torture.h"

int nowhere(int x);

SEC("tc")
int program(struct __sk_buff *packet)
{
	return nowhere(packet->len);
}
