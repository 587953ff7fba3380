// SPDX-License-Identifier: Apache-2.0
/*
 * A kernel for libbpf that is none: answers what libbpf asks the system, from files. Linked into
 * libbpf-judge with ld's --wrap, so that the calls of libbpf.a arrive here.
 *
 * bpf() never reaches the machine's kernel. All features are there, maps are memory, and programs
 * and types are descriptors of nothing.
 */
#define _GNU_SOURCE
#include "stand-in-kernel.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

struct stand_in_kernel kernel;

/* More than any value of a map that is mapped; sparse. */
#define MAP_BYTES (16LL << 30)

long __real_syscall(long number, ...);
FILE *__real_fopen64(const char *path, const char *mode);
int __real_open64(const char *path, int flags, ...);
int __real_access(const char *path, int mode);
int __real_faccessat(int folder, const char *path, int mode, int flags);
gzFile __real_gzopen64(const char *path, const char *mode);

/*
 * The file that stands for one of the kernel's: the path itself where it is not the kernel's, NULL
 * where the kernel is said to have none.
 */
static const char *stand_in(const char *path)
{
	if (!strcmp(path, "/sys/kernel/btf/vmlinux"))
		return kernel.btf;
	if (!strcmp(path, "/proc/kallsyms"))
		return kernel.kallsyms;
	if (!strcmp(path, "/proc/config.gz"))
		return kernel.config;
	if (!strncmp(path, "/boot/", 6) || !strncmp(path, "/lib/modules/", 13) ||
	    !strncmp(path, "/usr/lib/debug/", 15) ||
	    !strncmp(path, "/sys/kernel/", 12) || !strncmp(path, "/sys/fs/", 8) ||
	    !strcmp(path, "/proc/version_signature"))
		return NULL;
	return path;
}

static long missing(void)
{
	errno = ENOENT;
	return -1;
}

FILE *__wrap_fopen64(const char *path, const char *mode)
{
	static char kprobe_type[] = "8\n";
	const char *file = stand_in(path);

	/* Where it looks whether the kernel has kprobes, to look for the wrappers of system calls. */
	if (!strcmp(path, "/sys/bus/event_source/devices/kprobe/type"))
		return fmemopen(kprobe_type, strlen(kprobe_type), "r");
	return file ? __real_fopen64(file, mode) : (missing(), NULL);
}

int __wrap_open64(const char *path, int flags, ...)
{
	const char *file = stand_in(path);
	va_list arguments;
	int mode;

	va_start(arguments, flags);
	mode = flags & O_CREAT ? va_arg(arguments, int) : 0;
	va_end(arguments);
	return file ? __real_open64(file, flags, mode) : missing();
}

int __wrap_access(const char *path, int mode)
{
	const char *file = stand_in(path);

	return file ? __real_access(file, mode) : missing();
}

int __wrap_faccessat(int folder, const char *path, int mode, int flags)
{
	const char *file = stand_in(path);

	return file ? __real_faccessat(folder, file, mode, flags) : missing();
}

gzFile __wrap_gzopen64(const char *path, const char *mode)
{
	const char *file = stand_in(path);

	return file ? __real_gzopen64(file, mode) : (missing(), NULL);
}

int __wrap_uname(struct utsname *name)
{
	memset(name, 0, sizeof(*name));
	strcpy(name->sysname, "Linux");
	strcpy(name->machine, "x86_64");
	snprintf(name->release, sizeof(name->release), "%s", kernel.release);
	return 0;
}

static int new_map(void)
{
	int fd = memfd_create("map", MFD_CLOEXEC);

	/* libbpf maps the values of maps of global data. */
	if (fd >= 0 && ftruncate(fd, MAP_BYTES)) {
		close(fd);
		return -1;
	}
	return fd;
}

static long bpf(long command)
{
	switch (command) {
	case BPF_MAP_CREATE:
		return new_map();
	case BPF_PROG_LOAD:
	case BPF_BTF_LOAD:
	case BPF_LINK_CREATE:
	case BPF_RAW_TRACEPOINT_OPEN:
		return __real_open64("/dev/null", O_RDONLY | O_CLOEXEC);
	case BPF_OBJ_GET:
	case BPF_BTF_GET_NEXT_ID:
		return missing();
	default:
		return 0;
	}
}

long __wrap_syscall(long number, ...)
{
	long a[6];
	va_list arguments;

	va_start(arguments, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(arguments, long);
	va_end(arguments);
	switch (number) {
	case __NR_bpf:
		return bpf(a[0]);
	case __NR_perf_event_open:
		return __real_open64("/dev/null", O_RDONLY | O_CLOEXEC);
	default:
		return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	}
}
