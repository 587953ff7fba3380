// SPDX-License-Identifier: Apache-2.0
/* What benchmarks/hits measures, and its peer:
 *
 *     hits OBJECT PROGRAM COUNT    attaches the program with libbpf
 *     hits - PROGRAM COUNT         lets others do so: waits for a line of input
 *
 * Then it runs past the place that the program is attached to, COUNT times, and prints the
 * nanoseconds that one time took. It says "ready" before it waits. */
#define _GNU_SOURCE
#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FUNCTION "place"
#define KERNEL_FUNCTION "__task_pid_nr_ns"

static int quiet(enum libbpf_print_level level, const char *format, va_list arguments)
{
    return level == LIBBPF_WARN ? vfprintf(stderr, format, arguments) : 0;
}

__attribute__((noinline, noclone, used)) void place(void)
{
    __asm__ volatile("");
}

static void call_function(void)
{
    place();
}

static void call_kernel(void)
{
    syscall(SYS_getppid);
}

/* A USDT probe hits:marked without arguments, as <sys/sdt.h> would write it. */
__asm__(".pushsection .stapsdt.base, \"aG\", @progbits, .stapsdt.base, comdat\n"
        "_.stapsdt.base: .space 1\n"
        ".popsection\n");

static void call_marked(void)
{
    __asm__ volatile("990: nop\n"
                     ".pushsection .note.stapsdt, \"\", @note\n"
                     ".balign 4\n"
                     ".4byte 992f - 991f, 994f - 993f, 3\n"
                     "991: .asciz \"stapsdt\"\n"
                     "992: .balign 4\n"
                     "993: .8byte 990b, _.stapsdt.base, 0\n"
                     ".asciz \"hits\"\n"
                     ".asciz \"marked\"\n"
                     ".asciz \"\"\n"
                     "994: .balign 4\n"
                     ".popsection\n");
}

static void (*place_of(const char *program))(void)
{
    if (!strncmp(program, "usdt", 4))
        return call_marked;
    return !strncmp(program, "upro", 4) || !strncmp(program, "uret", 4) ? call_function
                                                                        : call_kernel;
}

static struct bpf_link *attach(struct bpf_program *program)
{
    const char *name = bpf_program__name(program);
    int returning = strstr(name, "ret") != NULL;
    LIBBPF_OPTS(bpf_uprobe_opts, function, .func_name = FUNCTION, .retprobe = returning);
    LIBBPF_OPTS(bpf_kprobe_multi_opts, kernel_functions, .retprobe = returning);

    if (!strcmp(name, "usdt"))
        return bpf_program__attach_usdt(program, getpid(), "/proc/self/exe", "hits", "marked", NULL);
    if (!strcmp(name, "uprobe_multi") || !strcmp(name, "uretprobe_multi")) {
#if LIBBPF_MAJOR_VERSION > 1 || LIBBPF_MINOR_VERSION >= 3
        LIBBPF_OPTS(bpf_uprobe_multi_opts, functions, .retprobe = returning);

        return bpf_program__attach_uprobe_multi(program, getpid(), "/proc/self/exe", FUNCTION,
                                                &functions);
#else
        return NULL;
#endif
    }
    if (!strcmp(name, "uprobe") || !strcmp(name, "uretprobe"))
        return bpf_program__attach_uprobe_opts(program, getpid(), "/proc/self/exe", 0, &function);
    if (!strcmp(name, "kprobe_multi") || !strcmp(name, "kretprobe_multi"))
        return bpf_program__attach_kprobe_multi_opts(program, KERNEL_FUNCTION,
                                                     &kernel_functions);
    if (!strcmp(name, "kprobe") || !strcmp(name, "kretprobe"))
        return bpf_program__attach_kprobe(program, returning, KERNEL_FUNCTION);
    return bpf_program__attach(program);
}

static int load_and_attach(const char *path, const char *name)
{
    struct bpf_object *object = bpf_object__open_file(path, NULL);
    struct bpf_program *program;

    if (!object || !(program = bpf_object__find_program_by_name(object, name)))
        return -1;
    bpf_program__set_autoload(program, true);
    return bpf_object__load(object) || !attach(program) ? -1 : 0;
}

static double nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e9 + now.tv_nsec;
}

int main(int argc, char **argv)
{
    void (*run)(void);
    double start;
    long count;

    if (argc != 4)
        return 2;
    libbpf_set_print(quiet);
    if (strcmp(argv[1], "-") && load_and_attach(argv[1], argv[2]))
        return 1;
    if (!strcmp(argv[1], "-")) {
        puts("ready");
        fflush(stdout);
        if (getchar() == EOF)
            return 1;
    }
    run = place_of(argv[2]);
    count = atol(argv[3]);
    start = nanoseconds();
    for (long i = 0; i < count; i++)
        run();
    printf("%.1f\n", (nanoseconds() - start) / count);
    return 0;
}
