// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: an option that is not set and not weak. */
#include "torture.h"

extern int CONFIG_NO_SUCH_OPTION __kconfig;

SEC("tc")
int program(struct __sk_buff *packet)
{
	return CONFIG_NO_SUCH_OPTION;
}

SEC("tc")
int without(struct __sk_buff *packet)
{
	return packet->len;
}
