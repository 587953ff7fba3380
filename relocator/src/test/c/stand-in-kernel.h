/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STAND_IN_KERNEL_H
#define STAND_IN_KERNEL_H

/* What libbpf is to find on the machine; a file that is NULL is not there. */
struct stand_in_kernel {
	const char *btf;
	const char *kallsyms;
	const char *config;
	const char *release;
};

extern struct stand_in_kernel kernel;

/* Where a jump table leads, as ".jumptables[slot,slot]"; NULL for a descriptor of something else. */
const char *jump_table(int fd);

#endif
