// SPDX-License-Identifier: Apache-2.0
/* The peer of benchmarks/relocate: opens an object and fits it to the types of a kernel with libbpf,
 * again and again, and prints how long the median took, in microseconds.
 *
 *     relocate OBJECT BTF TIMES
 *
 * Nothing is loaded: libbpf makes its bpf() calls through syscall(3), and the one here, which comes
 * first, says yes to everything and hands out descriptors of nothing. */
#define _GNU_SOURCE
#include "../../relocator/src/test/c/syscall-stand-in.h"
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct bpf_stand_in stand_in;

static int quiet(enum libbpf_print_level level, const char *format, va_list arguments)
{
    return level == LIBBPF_WARN ? vfprintf(stderr, format, arguments) : 0;
}

/* What the programs attach to is not looked up here, as it is not on the other side. */
static void relocate_only(void)
{
    static const char *const sections[] = {
        "fentry+", "fentry.s+", "fexit+", "fexit.s+", "fmod_ret+", "fmod_ret.s+", "freplace+",
        "lsm+", "lsm.s+", "lsm_cgroup+", "iter+", "iter.s+", "tp_btf+",
    };

    for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++)
        libbpf_register_prog_handler(sections[i], BPF_PROG_TYPE_SOCKET_FILTER, 0, NULL);
}

static long long now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    long long x = *(const long long *)a, y = *(const long long *)b;

    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    int times = argc == 4 ? atoi(argv[3]) : 0;
    /* The running kernel's types, which it reads anyway, would be read twice. */
    const char *btf = argc == 4 && strcmp(argv[2], "/sys/kernel/btf/vmlinux") ? argv[2] : NULL;
    long long *took = calloc(times + 1, sizeof(*took));

    if (times < 1 || !took)
        return 2;
    libbpf_set_print(quiet);
    relocate_only();
    for (int i = 0; i < times; i++) {
        struct bpf_object_open_opts options = {
            .sz = sizeof(options), .btf_custom_path = btf,
        };
        struct bpf_object *object;
        struct bpf_map *map;
        long long start = now();

        object = bpf_object__open_file(argv[1], &options);
        if (!object)
            return 1;
        bpf_object__for_each_map(map, object)
            bpf_map__set_pin_path(map, NULL);
        if (bpf_object__load(object))
            return 1;
        took[i] = now() - start;
        bpf_object__close(object);
    }
    qsort(took, times, sizeof(*took), compare);
    printf("%lld\n", took[times / 2] / 1000);
    return 0;
}
