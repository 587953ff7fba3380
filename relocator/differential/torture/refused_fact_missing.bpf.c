// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a fact about Linux that nobody knows. */
#include "torture.h"

extern int LINUX_NO_SUCH_FACT __kconfig;

SEC("tc")
int program(struct __sk_buff *packet)
{
	return LINUX_NO_SUCH_FACT;
}
