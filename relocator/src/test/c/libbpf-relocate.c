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
#include "final-instructions.h"
#include "syscall-stand-in.h"
#include <stdlib.h>
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

static void update_map(const union bpf_attr *attributes)
{
	if ((int)attributes->map_fd == kconfig_fd && kconfig_size <= sizeof(kconfig))
		memcpy(kconfig, (void *)attributes->value, kconfig_size);
}

static const struct bpf_stand_in stand_in = {
	.create_map = create_map,
	.update_map = update_map,
};

static int silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return 0;
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
			print_program(stdout, object, program, NULL);
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
