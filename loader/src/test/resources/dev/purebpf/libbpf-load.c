// SPDX-License-Identifier: Apache-2.0
// link: -static -Wl,--wrap=btf__load_vmlinux_btf,--wrap=btf__free -lbpf -lelf -lz
/*
 * Loads what it is given by libbpf and says what became of it. For tests only; the product neither has
 * nor needs libbpf.
 *
 *     libbpf-load OBJECT...
 *
 * For each object a line with its file, "*" and the result, for the programs that are loaded by
 * default; then one for each program, loaded alone. The result is 0 or the error number. A program that
 * was loaded with all of its object is not loaded once more, since libbpf loads each as if there were no
 * other, unless a map is filled with programs. Maps that would be pinned are not created: pins would
 * outlive this, and want a mounted bpffs.
 *
 * libbpf reads the kernel's types anew for each object that needs them, a hundred times here, which
 * takes most of its time. The linker has it ask for them below, where they are read once.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return 0;
}

static struct btf *kernel_types;

struct btf *__real_btf__load_vmlinux_btf(void);
void __real_btf__free(struct btf *types);

struct btf *__wrap_btf__load_vmlinux_btf(void)
{
	if (!kernel_types)
		kernel_types = __real_btf__load_vmlinux_btf();
	return kernel_types;
}

void __wrap_btf__free(struct btf *types)
{
	if (!types || types != kernel_types)
		__real_btf__free(types);
}

/* Loads one program of an object, or with NULL those that are on by default. */
static int load(const char *path, const char *only)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	struct bpf_map *map;
	int result;

	if (!object)
		return errno;
	if (only)
		bpf_object__for_each_program(program, object)
			bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), only));
	bpf_object__for_each_map(map, object)
		if (bpf_map__pin_path(map))
			bpf_map__set_autocreate(map, false);
	result = -bpf_object__load(object);
	bpf_object__close(object);
	return result;
}

static bool has_program_array(struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
		if (bpf_map__type(map) == BPF_MAP_TYPE_PROG_ARRAY)
			return true;
	return false;
}

int main(int count, char **arguments)
{
	libbpf_set_print(silent);
	for (int i = 1; i < count; i++) {
		struct bpf_object *object = bpf_object__open_file(arguments[i], NULL);
		struct bpf_program *program;
		int whole = load(arguments[i], NULL);
		bool together;

		printf("%s * %d\n", arguments[i], whole);
		if (!object)
			continue;
		together = !whole && !has_program_array(object);
		bpf_object__for_each_program(program, object) {
			const char *name = bpf_program__name(program);
			bool loaded = together && bpf_program__autoload(program);

			printf("%s %s %d\n", arguments[i], name, loaded ? 0 : load(arguments[i], name));
		}
		bpf_object__close(object);
	}
	return 0;
}
