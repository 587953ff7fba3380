// SPDX-License-Identifier: Apache-2.0
/* What benchmarks/hits measures, and its peer:
 *
 *     hits OBJECT PROGRAM COUNT    attaches the program with libbpf
 *     hits - PROGRAM COUNT         lets others do so: waits for a line of input
 *
 * Then it runs past the place that the program is attached to, COUNT times, and prints the
 * nanoseconds that one time took undisturbed. It says "ready" before it waits. */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FUNCTION "place"
#define KERNEL_FUNCTION "__task_pid_nr_ns"
#define PAGE 4096
#define SLICES 50

static pid_t self;
static char pin[64]; /* where an iterator is to be found, in others' case, too */
static char *page;
static int nothing = -1; /* a program of the kernel that can be run by hand */

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

/* Asks for leave by security_task_getpgid, which it does not for 0. */
static void ask_security(void)
{
    syscall(SYS_getpgid, self);
}

static void fault(void)
{
    madvise(page, PAGE, MADV_DONTNEED);
    *(volatile char *)page = 1;
}

static void run_by_hand(void)
{
    char packet[64] = {};
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof packet);

    bpf_prog_test_run_opts(nothing, &options);
}

static void walk(void)
{
    char text[64];
    int iterator = open(pin, O_RDONLY | O_CLOEXEC);

    while (read(iterator, text, sizeof text) > 0)
        ;
    close(iterator);
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
    static const struct {
        const char *beginning;
        void (*place)(void);
    } places[] = {
        {"raw_tracepoint_writable", run_by_hand},
        {"fmod_ret", ask_security},
        {"lsm", ask_security},
        {"uprobe", call_function},
        {"uretprobe", call_function},
        {"usdt", call_marked},
        {"perf_event", fault},
        {"iterator", walk},
    };

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (!strncmp(program, places[i].beginning, strlen(places[i].beginning)))
            return places[i].place;
    return call_kernel;
}

/* What the places need. */
static int prepare(void)
{
    const struct bpf_insn instructions[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
        {.code = BPF_JMP | BPF_EXIT},
    };

    self = getpid();
    snprintf(pin, sizeof pin, "/sys/fs/bpf/purebpf-hits-%d", self);
    page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    nothing = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "nothing", "GPL", instructions, 2, NULL);
    return page == MAP_FAILED || nothing < 0 ? -1 : 0;
}

/* A sample for each page that is missing. */
static struct bpf_link *attach_to_faults(struct bpf_program *program)
{
    struct perf_event_attr faults = {
        .type = PERF_TYPE_SOFTWARE,
        .size = sizeof faults,
        .config = PERF_COUNT_SW_PAGE_FAULTS,
        .sample_period = 1,
    };
    int event = syscall(SYS_perf_event_open, &faults, self, -1, -1, PERF_FLAG_FD_CLOEXEC);

    return event < 0 ? NULL : bpf_program__attach_perf_event(program, event);
}

static struct bpf_link *attach_to_map(struct bpf_object *object, struct bpf_program *program)
{
    union bpf_iter_link_info info = {
        .map.map_fd = bpf_object__find_map_fd_by_name(object, "one"),
    };
    LIBBPF_OPTS(bpf_iter_attach_opts, entries, .link_info = &info, .link_info_len = sizeof info);
    struct bpf_link *link = bpf_program__attach_iter(program, &entries);

    return link && bpf_link__pin(link, pin) ? NULL : link;
}

static struct bpf_link *attach(struct bpf_object *object, struct bpf_program *program)
{
    const char *name = bpf_program__name(program);
    int returning = strstr(name, "ret") != NULL;
    int session = strstr(name, "session") != NULL;
    enum probe_attach_mode mode =
        strstr(name, "tracefs") ? PROBE_ATTACH_MODE_LEGACY : PROBE_ATTACH_MODE_DEFAULT;
    LIBBPF_OPTS(bpf_kprobe_opts, kernel_function, .retprobe = returning, .attach_mode = mode);
    LIBBPF_OPTS(bpf_kprobe_multi_opts, kernel_functions, .retprobe = returning, .session = session);
    LIBBPF_OPTS(bpf_uprobe_opts, function, .func_name = FUNCTION, .retprobe = returning,
                .attach_mode = mode);
    LIBBPF_OPTS(bpf_uprobe_multi_opts, functions, .retprobe = returning, .session = session);

    if (!strcmp(name, "usdt"))
        return bpf_program__attach_usdt(program, self, "/proc/self/exe", "hits", "marked", NULL);
    if (!strcmp(name, "uprobe_multi") || !strcmp(name, "uretprobe_multi") ||
        !strcmp(name, "uprobe_session"))
        return bpf_program__attach_uprobe_multi(program, self, "/proc/self/exe", FUNCTION,
                                                &functions);
    if (!strncmp(name, "uprobe", 6) || !strncmp(name, "uretprobe", 9))
        return bpf_program__attach_uprobe_opts(program, self, "/proc/self/exe", 0, &function);
    if (!strcmp(name, "kprobe_multi") || !strcmp(name, "kretprobe_multi") ||
        !strcmp(name, "kprobe_session"))
        return bpf_program__attach_kprobe_multi_opts(program, KERNEL_FUNCTION, &kernel_functions);
    if (!strncmp(name, "kprobe", 6) || !strncmp(name, "kretprobe", 9))
        return bpf_program__attach_kprobe_opts(program, KERNEL_FUNCTION, &kernel_function);
    if (!strcmp(name, "perf_event"))
        return attach_to_faults(program);
    if (!strcmp(name, "iterator"))
        return attach_to_map(object, program);
    return bpf_program__attach(program);
}

static struct bpf_link *load_and_attach(const char *path, const char *name)
{
    struct bpf_object *object = bpf_object__open_file(path, NULL);
    struct bpf_program *program;

    if (!object || !(program = bpf_object__find_program_by_name(object, name)))
        return NULL;
    bpf_program__set_autoload(program, true);
    return bpf_object__load(object) ? NULL : attach(object, program);
}

/* What this thread used of a processor: what else the machine does is not in it. */
static double nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * 1e9 + now.tv_nsec;
}

/* The least of some shorter measurements: what disturbs only adds, and where the processor is emulated,
 * the machine does not know when that did something else. */
static double measure(void (*run)(void), long count)
{
    double least = 0;
    long some = count / SLICES + 1;

    for (int i = 0; i < SLICES; i++) {
        double start = nanoseconds();
        double time;

        for (long j = 0; j < some; j++)
            run();
        time = (nanoseconds() - start) / some;
        least = i && least < time ? least : time;
    }
    return least;
}

int main(int argc, char **argv)
{
    struct bpf_link *link = NULL;
    void (*run)(void);
    long count;

    if (argc != 4)
        return 2;
    libbpf_set_print(quiet);
    if (prepare())
        return 1;
    if (strcmp(argv[1], "-") && !(link = load_and_attach(argv[1], argv[2])))
        return 1;
    if (!link) {
        puts("ready");
        fflush(stdout);
        if (getchar() == EOF)
            return 1;
    }
    run = place_of(argv[2]);
    count = atol(argv[3]);
    /* Caches are warm after these, and an emulator has translated what runs. */
    measure(run, count / 10 + 1);
    printf("%.1f\n", measure(run, count));
    unlink(pin);
    /* The kernel keeps what was made by tracefs. */
    bpf_link__destroy(link);
    return 0;
}
