// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: a static function outside of .text. */
#include "torture.h"

SEC("tc")
static __attribute__((used)) int program(struct __sk_buff *packet)
{
	return packet->len;
}
