// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An arena that holds no variables. */
#include "torture.h"

struct {
	__uint(type, 33 /* BPF_MAP_TYPE_ARENA */);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
} arena SEC(".maps");

SEC("syscall")
int the_map(void *context)
{
	return (long)&arena == 0;
}
