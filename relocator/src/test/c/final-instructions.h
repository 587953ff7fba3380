/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FINAL_INSTRUCTIONS_H
#define FINAL_INSTRUCTIONS_H

/* The final instructions of a program that libbpf has loaded, as "purebpf relocate" prints them. */
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

/* Names maps that libbpf shows to nobody; returns NULL for others. */
typedef const char *name_hidden_map(int fd);

/* What users call a map: internal ones by their section. */
static const char *map_name(struct bpf_object *object, int fd, name_hidden_map *hidden)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		if (bpf_map__fd(map) == fd) {
			const char *name = bpf_map__name(map);
			const char *section = bpf_map__is_internal(map) ? strchr(name, '.') : NULL;

			return section ? section : name;
		}
	}
	return hidden ? hidden(fd) : NULL;
}

static void print_program(FILE *out, struct bpf_object *object, struct bpf_program *program,
			  name_hidden_map *hidden)
{
	const struct bpf_insn *code = bpf_program__insns(program);
	size_t count = bpf_program__insn_cnt(program);

	fprintf(out, "program %s %s %zu\n", bpf_program__name(program),
		bpf_program__section_name(program), count);
	for (size_t i = 0; i < count; i++) {
		struct bpf_insn instruction = code[i];
		const unsigned char *bytes = (const unsigned char *)&instruction;
		const char *map = NULL;

		if (instruction.code == (BPF_LD | BPF_IMM | BPF_DW) &&
		    (instruction.src_reg == BPF_PSEUDO_MAP_FD ||
		     instruction.src_reg == BPF_PSEUDO_MAP_VALUE)) {
			map = map_name(object, instruction.imm, hidden);
			instruction.imm = 0;
		}
		/* Of which module a variable is says a descriptor, too. */
		if (i > 0 && code[i - 1].code == (BPF_LD | BPF_IMM | BPF_DW) &&
		    code[i - 1].src_reg == BPF_PSEUDO_BTF_ID)
			instruction.imm = 0;
		for (int j = 0; j < 8; j++)
			fprintf(out, "%02x", bytes[j]);
		fprintf(out, map ? " map=%s\n" : "\n", map);
	}
}

#endif
