// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a number for a text. */
#include "torture.h"

extern const char CONFIG_HZ[8] __kconfig;

SEC("tc")
int program(struct __sk_buff *packet)
{
	return CONFIG_HZ[packet->len & 7];
}
