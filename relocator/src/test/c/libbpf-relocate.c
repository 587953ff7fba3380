// SPDX-License-Identifier: Apache-2.0
/*
 * Prints what libbpf would load: the final instructions of each program of each object, in the form
 * of "purebpf relocate". For tests only; the product neither has nor needs it.
 *
 *     libbpf-relocate KERNEL_BTF OBJECT...
 *
 * No kernel is asked and no privilege needed. libbpf makes all its bpf() calls through syscall(3),
 * and the one here comes first: it says yes to everything and hands out descriptors of nothing.
 * KCONFIG in the environment is what users give as configuration; what the programs of an object
 * find in map ".kconfig" is printed before them, as "kconfig" and its bytes.
 */
#define _GNU_SOURCE
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int kconfig_fd = -1;
static unsigned int kconfig_size;
static unsigned char kconfig[4096];

static int create_map(const union bpf_attr *attributes)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (strstr(attributes->map_name, ".kconfig")) {
		kconfig_fd = fd;
		kconfig_size = attributes->value_size;
	}
	return fd;
}

static int update_map(const union bpf_attr *attributes)
{
	if ((int)attributes->map_fd == kconfig_fd && kconfig_size <= sizeof(kconfig))
		memcpy(kconfig, (void *)attributes->value, kconfig_size);
	return 0;
}

long syscall(long number, ...)
{
	static long (*next)(long, ...);
	long a[6];
	va_list arguments;

	va_start(arguments, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(arguments, long);
	va_end(arguments);
	/* No kprobes either, whose existence would tell about wrappers of system calls. */
	if (number == __NR_perf_event_open) {
		errno = ENOENT;
		return -1;
	}
	if (number != __NR_bpf) {
		if (!next)
			*(void **)&next = dlsym(RTLD_NEXT, "syscall");
		return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	}
	switch (a[0]) {
	case BPF_MAP_CREATE:
		return create_map((const union bpf_attr *)a[1]);
	case BPF_MAP_UPDATE_ELEM:
		return update_map((const union bpf_attr *)a[1]);
	case BPF_PROG_LOAD:
	case BPF_BTF_LOAD:
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	case BPF_OBJ_GET:
	case BPF_BTF_GET_NEXT_ID:
		errno = ENOENT;
		return -1;
	case BPF_OBJ_GET_INFO_BY_FD:
		errno = EINVAL;
		return -1;
	default:
		return 0;
	}
}

static int silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return 0;
}

/* What users call a map: internal ones by their section. */
static const char *map_name(struct bpf_object *object, int fd)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		if (bpf_map__fd(map) == fd) {
			const char *name = bpf_map__name(map);
			const char *section = bpf_map__is_internal(map) ? strchr(name, '.') : NULL;

			return section ? section : name;
		}
	}
	return NULL;
}

static void print_program(struct bpf_object *object, struct bpf_program *program)
{
	const struct bpf_insn *code = bpf_program__insns(program);
	size_t count = bpf_program__insn_cnt(program);

	printf("program %s %s %zu\n", bpf_program__name(program),
	       bpf_program__section_name(program), count);
	for (size_t i = 0; i < count; i++) {
		struct bpf_insn instruction = code[i];
		const unsigned char *bytes = (const unsigned char *)&instruction;
		const char *map = NULL;

		if (instruction.code == (BPF_LD | BPF_IMM | BPF_DW) &&
		    (instruction.src_reg == BPF_PSEUDO_MAP_FD ||
		     instruction.src_reg == BPF_PSEUDO_MAP_VALUE)) {
			map = map_name(object, instruction.imm);
			instruction.imm = 0;
		}
		for (int j = 0; j < 8; j++)
			printf("%02x", bytes[j]);
		printf(map ? " map=%s\n" : "\n", map);
	}
}

static void print_object(const char *btf, const char *path)
{
	struct bpf_object_open_opts options = {
		.sz = sizeof(options),
		.btf_custom_path = btf,
		.kconfig = getenv("KCONFIG"),
	};
	struct bpf_object *object = bpf_object__open_file(path, &options);
	struct bpf_program *program;
	struct bpf_map *map;

	printf("object %s\n", path);
	if (libbpf_get_error(object)) {
		printf("error\n");
		return;
	}
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, true);
	/* Pinning would want a mounted bpffs, and changes no instruction. */
	bpf_object__for_each_map(map, object)
		bpf_map__set_pin_path(map, NULL);
	kconfig_fd = -1;
	if (bpf_object__load(object)) {
		printf("error\n");
	} else {
		if (kconfig_fd >= 0) {
			printf("kconfig ");
			for (unsigned int i = 0; i < kconfig_size; i++)
				printf("%02x", kconfig[i]);
			printf("\n");
		}
		bpf_object__for_each_program(program, object)
			print_program(object, program);
	}
	bpf_object__close(object);
}

int main(int count, char **arguments)
{
	libbpf_set_print(silent);
	for (int i = 2; i < count; i++)
		print_object(arguments[1], arguments[i]);
	return 0;
}
