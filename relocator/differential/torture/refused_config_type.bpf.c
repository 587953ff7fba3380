// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: an option of a type that none can have. */
#include "torture.h"

extern struct {
	int x;
} CONFIG_HZ __kconfig;

SEC("tc")
int program(struct __sk_buff *packet)
{
	return CONFIG_HZ.x;
}
