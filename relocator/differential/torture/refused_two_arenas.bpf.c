// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Refused: two arenas. */
#include "torture.h"

struct {
	__uint(type, 33 /* BPF_MAP_TYPE_ARENA */);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
} one SEC(".maps"), two SEC(".maps");

SEC("tc")
int program(struct __sk_buff *packet)
{
	return packet->len;
}
