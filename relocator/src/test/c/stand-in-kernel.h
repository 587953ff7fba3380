/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STAND_IN_KERNEL_H
#define STAND_IN_KERNEL_H

#define MODULES_AT_MOST 64

/* A loaded module and the file of its types. */
struct stand_in_module {
	const char *name;
	const char *btf;
};

/* What libbpf is to find on the machine; a file that is NULL is not there. */
struct stand_in_kernel {
	struct stand_in_module modules[MODULES_AT_MOST];
	int module_count;
	const char *btf;
	const char *kallsyms;
	const char *config;
	const char *release;
};

extern struct stand_in_kernel kernel;

/* Where a jump table leads, as ".jumptables[slot,slot]"; NULL for a descriptor of something else. */
const char *jump_table(int fd);

#endif
