// SPDX-License-Identifier: Apache-2.0
/*
 * Prints what libbpf would load: the final instructions of each program of each object, in the form
 * of "purebpf relocate". For tests only; the product neither has nor needs it.
 *
 *     libbpf-judge [--kconfig FILE] [--kallsyms FILE] [--release VERSION] [--verbose]
 *                     [--module-btf NAME=FILE]... KERNEL_BTF OBJECT... | -
 *     libbpf-judge --sections
 *
 * With "-" the objects' paths are read from standard input, one a line. No kernel is asked and no
 * privilege needed: stand-in-kernel.c answers. Each object has a process of its own; where libbpf
 * crashes, "object PATH crash" is printed. Only relocation is judged: what a program attaches to is
 * not looked up, struct_ops maps are not made, and nothing is pinned.
 *
 * libbpf gives up a whole object when one program cannot be relocated. Then each is loaded alone, so
 * that it does not hide the others.
 *
 * With --sections, names of sections are read from standard input, one a line, and printed with the
 * numbers of the program type and attach type that libbpf's table has for them; "-" where it has none.
 */
#define _GNU_SOURCE
#include "final-instructions.h"
#include "stand-in-kernel.h"
#include <bpf/libbpf.h>
#include <errno.h>
#include <getopt.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* No object takes libbpf a second. */
#define SECONDS_PER_OBJECT 60

static int verbose;

static int log_line(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return verbose ? vfprintf(stderr, format, arguments) : 0;
}

static void print_failure(FILE *out, struct bpf_program *program, int error)
{
	fprintf(out, "program %s %s error %s\n", bpf_program__name(program),
		bpf_program__section_name(program), strerror(-error));
}

static struct bpf_program *program_at(struct bpf_object *object, int index)
{
	struct bpf_program *program = bpf_object__next_program(object, NULL);

	while (program && index-- > 0)
		program = bpf_object__next_program(object, program);
	return program;
}

/*
 * Opens an object as it is to be loaded: all programs, or the one of an index if that is not
 * negative. Returns NULL with errno set.
 */
static struct bpf_object *open_object(const char *path, int index)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	struct bpf_map *map;
	int i = 0;

	if (libbpf_get_error(object)) {
		errno = -libbpf_get_error(object);
		return NULL;
	}
	bpf_object__for_each_program(program, object) {
		bpf_program__set_autoload(program, index < 0 || index == i++);
		/* Or it would not be loaded without its map. */
		if (bpf_program__type(program) == BPF_PROG_TYPE_STRUCT_OPS)
			bpf_program__set_type(program, BPF_PROG_TYPE_SOCKET_FILTER);
	}
	bpf_object__for_each_map(map, object) {
		bpf_map__set_pin_path(map, NULL);
		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
			bpf_map__set_autocreate(map, false);
	}
	return object;
}

static void print_alone(FILE *out, const char *path, int index)
{
	struct bpf_object *object = open_object(path, index);
	struct bpf_program *program;
	int error;

	if (!object)
		return;
	program = program_at(object, index);
	error = bpf_object__load(object);
	if (error)
		print_failure(out, program, error);
	else
		print_program(out, object, program, jump_table);
	bpf_object__close(object);
}

static void print_object(FILE *out, const char *path)
{
	struct bpf_object *object = open_object(path, -1);
	struct bpf_program *program;
	int count = 0, error;

	if (!object) {
		fprintf(out, "object %s error %s\n", path, strerror(errno));
		return;
	}
	fprintf(out, "object %s\n", path);
	bpf_object__for_each_program(program, object)
		count++;
	error = bpf_object__load(object);
	if (!error) {
		bpf_object__for_each_program(program, object)
			print_program(out, object, program, jump_table);
	} else if (count == 1) {
		print_failure(out, program_at(object, 0), error);
	}
	bpf_object__close(object);
	if (error && count > 1)
		for (int i = 0; i < count; i++)
			print_alone(out, path, i);
}

/* All or nothing: what a process printed before it crashed is not shown. */
static void print_in_child(const char *path)
{
	char *text;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	alarm(SECONDS_PER_OBJECT);
	print_object(out, path);
	fclose(out);
	fwrite(text, 1, length, stdout);
	fflush(stdout);
	_exit(0);
}

static void judge(const char *path)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0)
		print_in_child(path);
	if (child < 0 || waitpid(child, &status, 0) != child) {
		perror("libbpf-judge");
		exit(1);
	}
	if (!WIFEXITED(status))
		printf("object %s crash\n", path);
}

static void print_section(const char *name)
{
	enum bpf_prog_type program_type;
	enum bpf_attach_type attach_type;

	if (libbpf_prog_type_by_name(name, &program_type, &attach_type))
		printf("%s -\n", name);
	else
		printf("%s %d %d\n", name, program_type, attach_type);
}

static void for_each_line(void (*use)(const char *line))
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	while ((length = getline(&line, &size, stdin)) > 0) {
		if (line[length - 1] == '\n')
			line[length - 1] = 0;
		use(line);
	}
	free(line);
}

/*
 * Takes the programs whose targets libbpf would look up, and those whose SEC() it does not know, for
 * socket filters, which need nothing.
 */
static void relocate_only(void)
{
	static const char *const sections[] = {
		"fentry+", "fentry.s+", "fexit+", "fexit.s+", "fmod_ret+", "fmod_ret.s+",
		"fsession+", "fsession.s+", "fentry.multi+", "fentry.multi.s+", "fexit.multi+",
		"fexit.multi.s+", "fsession.multi+", "fsession.multi.s+", "freplace+", "lsm+",
		"lsm.s+", "lsm_cgroup+", "iter+", "iter.s+", "tp_btf+", NULL,
	};

	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++)
		libbpf_register_prog_handler(sections[i], BPF_PROG_TYPE_SOCKET_FILTER, 0, NULL);
}

static void wrong_usage(void)
{
	fputs("usage: libbpf-judge [--kconfig FILE] [--kallsyms FILE] [--release VERSION] "
	      "[--verbose] [--module-btf NAME=FILE]... KERNEL_BTF OBJECT... | -\n"
	      "       libbpf-judge --sections\n", stderr);
	exit(2);
}

static void add_module(char *argument)
{
	char *equals = strchr(argument, '=');

	if (!equals || kernel.module_count == MODULES_AT_MOST)
		wrong_usage();
	*equals = 0;
	kernel.modules[kernel.module_count].name = argument;
	kernel.modules[kernel.module_count++].btf = equals + 1;
}

int main(int count, char **arguments)
{
	static const struct option options[] = {
		{ "kconfig", required_argument, NULL, 'c' },
		{ "kallsyms", required_argument, NULL, 's' },
		{ "release", required_argument, NULL, 'r' },
		{ "module-btf", required_argument, NULL, 'm' },
		{ "verbose", no_argument, NULL, 'v' },
		{},
	};
	int option;

	if (count == 2 && !strcmp(arguments[1], "--sections")) {
		for_each_line(print_section);
		return 0;
	}
	kernel.release = "6.12.0";
	while ((option = getopt_long(count, arguments, "", options, NULL)) != -1) {
		switch (option) {
		case 'c': kernel.config = optarg; break;
		case 's': kernel.kallsyms = optarg; break;
		case 'r': kernel.release = optarg; break;
		case 'm': add_module(optarg); break;
		case 'v': verbose = 1; break;
		default: wrong_usage();
		}
	}
	if (count - optind < 2)
		wrong_usage();
	kernel.btf = arguments[optind++];
	libbpf_set_print(log_line);
	relocate_only();
	for (int i = optind; i < count; i++) {
		if (strcmp(arguments[i], "-"))
			judge(arguments[i]);
		else
			for_each_line(judge);
	}
	return 0;
}
