/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYSCALL_STAND_IN_H
#define SYSCALL_STAND_IN_H

/*
 * A syscall(3) for programs that are linked with libbpf.so, which makes its bpf() calls through it:
 * the one here comes first. Whoever includes this defines its "stand_in".
 */
#include "bpf-stand-in.h"
#include <dlfcn.h>
#include <stdarg.h>
#include <sys/syscall.h>

static const struct bpf_stand_in stand_in;

long syscall(long number, ...)
{
	static long (*next)(long, ...);
	long a[6];
	va_list arguments;

	va_start(arguments, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(arguments, long);
	va_end(arguments);
	switch (number) {
	case __NR_bpf:
		return bpf_stand_in(&stand_in, a[0], (const union bpf_attr *)a[1]);
	case __NR_perf_event_open:
		/* No kprobes, whose existence would tell about wrappers of system calls. */
		errno = ENOENT;
		return -1;
	default:
		if (!next)
			*(void **)&next = dlsym(RTLD_NEXT, "syscall");
		return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	}
}

#endif
