// SPDX-License-Identifier: Apache-2.0
/*
 * A kernel for libbpf that is none: answers what libbpf asks the system, from files. Linked into
 * libbpf-judge with ld's --wrap, so that the calls of libbpf.a arrive here.
 *
 * bpf() never reaches the machine's kernel. All features are there, maps are memory, and programs
 * and types are descriptors of nothing.
 */
#define _GNU_SOURCE
#include "bpf-stand-in.h"
#include "stand-in-kernel.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

struct stand_in_kernel kernel;

/* More than any value of a map that is mapped; sparse. */
#define MAP_BYTES (16LL << 30)

/* Newer than this machine's headers: the type of map, and the size of its values. */
#define MAP_TYPE_INSN_ARRAY 34
#define JUMP_BYTES 16
#define JUMP_TABLE ".jumptables"

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

/*
 * Types of the kernel have ids from 1 on: first its own, then those of its modules in their order.
 * Which of them a descriptor is for; 0 for all else.
 */
static unsigned int btf_of_fd[1024];

static int opened(int fd, unsigned int btf)
{
	if (fd >= (int)(sizeof(btf_of_fd) / sizeof(*btf_of_fd))) {
		close(fd);
		errno = EMFILE;
		return -1;
	}
	if (fd >= 0)
		btf_of_fd[fd] = btf;
	return fd;
}

static int create_map(const union bpf_attr *attributes)
{
	int jumps = attributes->map_type == MAP_TYPE_INSN_ARRAY;
	long long size = jumps ? (long long)attributes->max_entries * JUMP_BYTES : MAP_BYTES;
	int fd = memfd_create(jumps ? JUMP_TABLE : "map", MFD_CLOEXEC);

	/* libbpf maps the values of maps of global data. */
	if (fd >= 0 && ftruncate(fd, size)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int is_jump_table(int fd)
{
	static const char wanted[] = "/memfd:" JUMP_TABLE " ";
	char link[32], name[sizeof(wanted)] = "";

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return readlink(link, name, sizeof(name) - 1) > 0 && !strcmp(name, wanted);
}

static void update_map(const union bpf_attr *attributes)
{
	unsigned int index;

	if (!is_jump_table(attributes->map_fd))
		return;
	index = *(const unsigned int *)(unsigned long)attributes->key;
	if (pwrite(attributes->map_fd, (const void *)(unsigned long)attributes->value, JUMP_BYTES,
		   (off_t)index * JUMP_BYTES) != JUMP_BYTES)
		perror("libbpf-judge: " JUMP_TABLE);
}

const char *jump_table(int fd)
{
	static char text[1 << 16];
	unsigned int jump[JUMP_BYTES / sizeof(unsigned int)];
	int end = 0;

	if (!is_jump_table(fd))
		return NULL;
	end += snprintf(text, sizeof(text), JUMP_TABLE "[");
	for (off_t at = 0; pread(fd, jump, sizeof(jump), at) == sizeof(jump) &&
			   end < (int)sizeof(text) - 16;
	     at += sizeof(jump))
		end += snprintf(text + end, sizeof(text) - end, at ? ",%u" : "%u", *jump);
	snprintf(text + end, sizeof(text) - end, "]");
	return text;
}

/*
 * Whether programs may refer to any byte of an arena libbpf learns from what the verifier says about
 * an offset of a GiB into an array: since 7.0 it looks at the array's size first.
 */
static int load_program(const union bpf_attr *attributes)
{
	const struct bpf_insn *code = (const void *)(unsigned long)attributes->insns;

	if (attributes->insn_cnt < 2 || code[0].code != (BPF_LD | BPF_IMM | BPF_DW) ||
	    code[0].src_reg != BPF_PSEUDO_MAP_VALUE || code[1].imm != 1 << 30)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	snprintf((char *)(unsigned long)attributes->log_buf, attributes->log_size, "%s",
		 atoi(kernel.release) >= 7 ? "invalid access to map value pointer"
					   : "direct value offset of 1073741824 is not allowed");
	errno = EACCES;
	return -1;
}

static long next_btf(union bpf_attr *attributes)
{
	if (attributes->start_id > (unsigned int)kernel.module_count)
		return missing();
	attributes->next_id = attributes->start_id + 1;
	return 0;
}

static long btf_by_id(unsigned int id)
{
	const char *file = id == 1 ? kernel.btf : kernel.modules[id - 2].btf;

	return opened(__real_open64(file, O_RDONLY | O_CLOEXEC), id);
}

/* libbpf asks for the size first, then for the bytes. Of programs and maps it is told nothing. */
static long describe(const union bpf_attr *attributes)
{
	struct bpf_btf_info *info = (void *)attributes->info.info;
	int fd = attributes->info.bpf_fd;
	unsigned int id = btf_of_fd[fd];

	if (id == 0)
		return 0;
	if (info->btf && pread(fd, (void *)info->btf, info->btf_size, 0) < 0)
		return -1;
	info->btf_size = lseek(fd, 0, SEEK_END);
	info->id = id;
	info->kernel_btf = 1;
	if (info->name)
		snprintf((char *)info->name, info->name_len, "%s",
			 id == 1 ? "vmlinux" : kernel.modules[id - 2].name);
	return 0;
}

static const struct bpf_stand_in answers = {
	.create_map = create_map,
	.update_map = update_map,
	.load_program = load_program,
};

static long bpf(long command, union bpf_attr *attributes)
{
	switch (command) {
	case BPF_MAP_CREATE:
	case BPF_PROG_LOAD:
	case BPF_BTF_LOAD:
	case BPF_LINK_CREATE:
	case BPF_RAW_TRACEPOINT_OPEN:
		return opened(bpf_stand_in(&answers, command, attributes), 0);
	case BPF_BTF_GET_NEXT_ID:
		return next_btf(attributes);
	case BPF_BTF_GET_FD_BY_ID:
		return btf_by_id(attributes->btf_id);
	case BPF_OBJ_GET_INFO_BY_FD:
		return describe(attributes);
	default:
		return bpf_stand_in(&answers, command, attributes);
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
		return bpf(a[0], (union bpf_attr *)a[1]);
	case __NR_perf_event_open:
		return __real_open64("/dev/null", O_RDONLY | O_CLOEXEC);
	default:
		return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	}
}
