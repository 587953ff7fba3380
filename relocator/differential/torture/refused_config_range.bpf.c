// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a number that does not fit. */
#include "torture.h"

extern char CONFIG_HZ __kconfig;

SEC("tc")
int program(struct __sk_buff *packet)
{
	return CONFIG_HZ;
}
