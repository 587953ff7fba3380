// SPDX-License-Identifier: Apache-2.0
/* The peer of benchmarks/startup: opens, loads and attaches an object with libbpf, prints when it
 * was done (nanoseconds since 1970) and ends. The programs run for that moment only, and watch no
 * process: `watch` stays at what the object says, children of a launcher that nobody set. */
#include <bpf/libbpf.h>
#include <stdio.h>
#include <time.h>

static int quiet(enum libbpf_print_level level, const char *format, va_list arguments)
{
    return level == LIBBPF_WARN ? vfprintf(stderr, format, arguments) : 0;
}

int main(int argc, char **argv)
{
    struct bpf_object *object;
    struct bpf_program *program;
    struct timespec now;

    libbpf_set_print(quiet);
    object = argc == 2 ? bpf_object__open_file(argv[1], NULL) : NULL;
    if (!object || bpf_object__load(object))
        return 1;
    bpf_object__for_each_program(program, object)
        if (!bpf_program__attach(program))
            return 1;
    clock_gettime(CLOCK_REALTIME, &now);
    printf("%lld\n", now.tv_sec * 1000000000LL + now.tv_nsec);
    return 0;
}
