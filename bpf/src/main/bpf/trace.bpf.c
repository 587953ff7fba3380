// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The kernel side of `purebpf trace`: the record of each hit of any probes, of which user space
 * says by a table how long they are and where they refer to something else, or a count of the hits.
 * Of all but tracepoints the record is made here, of registers or arguments.
 *
 *   at_tracepoint...        a tracepoint
 *   at_function...          the begin or the end of a function of the kernel or of a program
 *   at_functions            the same of many functions of the kernel by one link (5.18)
 *   at_file_functions       and of many functions of a file (6.6)
 *   at_mark                 a USDT probe, by libbpf's header
 *   at_typed...             the begin or the end of a function of the kernel, or a tracepoint, by the
 *                           kernel's types: user space says which of these (fentry, fexit, tp_btf)
 *   at_raw...               a tracepoint, with the arguments that the kernel's code passes
 *   sched_process_...       which processes are watched, see watch.h
 *
 * Which probe it was the attach cookie says. Where there are none (before 5.15, for raw tracepoints
 * before 6.10), or where a program is loaded for one place only, the number of the program does, of
 * which there are SLOTS.
 *
 * Every hit of a watched process is sent, counted in `hits` or counted in `lost`. If stacks are wanted,
 * they come with the event, where they cannot take another's place as in a map of stacks; counts are by
 * stack, which needs that map. Nothing newer
 * than Linux 5.5 is used, except the cookie and the ring buffer, for which user space puts a perf
 * event array where there is none.
 */
#define __VMLINUX_H__ /* libbpf's headers shall take the registers' names that task.h has */
#include "stack.h"
#include "watch.h"

#include <linux/errno.h>
#include <bpf/bpf_tracing.h>
#include <bpf/usdt.bpf.h>

#define RECORD_SIZE 1024 /* bytes kept of a record, with what lies behind its fields */
#define DYNAMIC 8        /* fields of a record whose content lies behind the others */
#define STRINGS 2        /* strings in the memory of the process that are kept of one hit */
#define STRING_SIZE 256  /* bytes kept of each, with its terminating NUL */

#define FRAMES 127       /* of a stack; more the kernel gives only after its sysctl was changed */
#define STACK_SIZE (FRAMES * sizeof(__u64))
#define STACKS 4096      /* different ones that counts are kept for */
#define BUILD_IDS_SIZE (FRAMES * sizeof(struct bpf_stack_build_id))
#define YOUNG 1000000000 /* ns: by then user space has read what a process has in its memory */

#define PARAMETERS 12    /* of a function or a USDT probe; six of a function are in registers */
#define SCRATCHES 4      /* events on one processor that can be under way at once */
#define SLOTS 24         /* programs of each kind that serve one probe each */

/* How to read the records of one probe. */
struct record_layout {
    __u32 size;                    /* bytes of its fields */
    __u32 relative;                /* a bit for each of `dynamic` that counts from its own end */
    __u32 dynamic[DYNAMIC];        /* offsets of fields that say where their content is; 0: none */
    __u32 strings[STRINGS];        /* offsets of addresses of strings; 0: none */
    __u32 returns;                 /* of a function: its result is wanted, not its parameters */
};

/* The record of what is no tracepoint. */
struct value_record {
    __u64 reserved;                /* as in the records of tracepoints, so that no offset is 0 */
    __u64 values[PARAMETERS + 1];  /* the parameters, then the result; or the result alone */
};

/* What user space receives of a hit: everything up to `data`, then record_size bytes of record, the strings,
 * the stack in the kernel and that of the process: addresses, the innermost first; of a young process,
 * which may end before anybody has looked, also the files that these are of. Instead of hits
 * that are only counted, each new pair of stacks: the record is their keys. */
struct trace_event {
    __u64 time;                    /* CLOCK_MONOTONIC in ns */
    __u32 pid;
    __u32 tid;
    __u32 probe;                   /* index in `layouts`, or NEW_PROGRAM */
    __u16 record_size;
    __u16 text_length[STRINGS];    /* bytes of each string with its NUL; 0: could not be read */
    __u8 kernel_frames;
    __u8 user_frames;
    __u8 build_ids;                /* 0, or as many as the process' addresses */
    __u8 reserved[3];
    char command[16];
    char data[RECORD_SIZE + STRINGS * STRING_SIZE + 2 * STACK_SIZE + BUILD_IDS_SIZE];
};

/* The process runs another one now, whose path is the first string, or none: stacks mean others. */
#define NEW_PROGRAM 0xffffffff
#define HEADER_SIZE __builtin_offsetof(struct trace_event, data)

struct hit_key {
    __u32 pid;
    __u32 probe;
    __s32 kernel_stack;            /* keys of `stacks`; negative for none */
    __s32 user_stack;
};

#define STACK_KEYS_SIZE (2 * sizeof(__s32))

struct hit_count {
    __u64 count;
    char command[16];              /* of the process when it was first seen */
};

const volatile bool use_perf_buffer = false;
const volatile bool use_cookies = false;
const volatile bool count_only = false;
const volatile bool with_stacks = false;

/* By the number of a program that serves one probe: the index of that in `layouts`. */
const volatile __u32 own_probe[SLOTS] = {};

__u64 lost = 0; /* hits that were neither sent nor counted; read by user space */

/* max_entries is the number of probes; user space sets it. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct record_layout);
} layouts SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 16384);
    __type(key, struct hit_key);
    __type(value, struct hit_count);
} hits SEC(".maps");

/* User space makes it one of a single entry where it is not used. */
struct {
    __uint(type, BPF_MAP_TYPE_STACK_TRACE);
    __uint(max_entries, STACKS);
    __uint(key_size, sizeof(__u32));
    __uint(value_size, STACK_SIZE);
} stacks SEC(".maps");

/* With stacks: since when a process runs its program, or the first hit was seen of it. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 16384);
    __type(key, __u32);
    __type(value, __u64);
} births SEC(".maps");

/* Where an event is put together; too big for the stack. A program may be interrupted for another
 * on the same processor, which then takes the next one. */
struct scratch {
    __u64 users;                   /* the event belongs to whoever is the only one */
    struct trace_event event;
};

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, SCRATCHES);
    __type(key, __u32);
    __type(value, struct scratch);
} scratches SEC(".maps");

/* max_entries is the size in bytes; user space sets it, and the type where there is no ring. */
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 8 * 1024 * 1024);
} events SEC(".maps");

/* The first that nobody uses. Of two that add themselves at once neither may see that it is alone,
 * but never do both. */
static __always_inline struct scratch *claim(void)
{
#pragma unroll
    for (__u32 i = 0; i < SCRATCHES; i++) {
        __u32 key = i;
        struct scratch *scratch = bpf_map_lookup_elem(&scratches, &key);

        if (!scratch)
            return NULL;
        __sync_fetch_and_add(&scratch->users, 1);
        if (*(volatile __u64 *)&scratch->users == 1)
            return scratch;
        __sync_fetch_and_add(&scratch->users, -1);
    }
    return NULL;
}

static __always_inline void release(struct scratch *scratch)
{
    __sync_fetch_and_add(&scratch->users, -1);
}

static __always_inline long output(void *ctx, struct trace_event *event, __u64 size)
{
    size += HEADER_SIZE;
    /* Without the barrier clang drops the comparison, and the verifier does not see the bound. */
    barrier_var(size);
    if (size > sizeof(*event))
        size = sizeof(*event);
    if (use_perf_buffer)
        return bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, event, size);
    return bpf_ringbuf_output(&events, event, size, 0);
}

static __always_inline bool is_young(__u32 pid)
{
    __u64 now = bpf_ktime_get_ns();
    __u64 *birth = bpf_map_lookup_elem(&births, &pid);

    if (birth)
        return now - *birth < YOUNG;
    bpf_map_update_elem(&births, &pid, &now, BPF_ANY);
    return true;
}

/* Copies what tells the files of the process' stack, if it is young, to behind what there is; returns
 * its bytes. Where the kernel cannot tell it gives addresses again. */
static __noinline __u64 read_build_ids(void *ctx, struct trace_event *event, __u64 to)
{
    long length;

    event->build_ids = 0;
    barrier_var(to);
    if (!is_young(event->pid) || to > RECORD_SIZE + STRINGS * STRING_SIZE + 2 * STACK_SIZE)
        return 0;
    length = bpf_get_stack(ctx, event->data + to, BUILD_IDS_SIZE,
                           BPF_F_USER_STACK | BPF_F_USER_BUILD_ID);
    if (length <= 0 || length > BUILD_IDS_SIZE)
        return 0;
    event->build_ids = length / sizeof(struct bpf_stack_build_id);
    return length;
}

static __always_inline void begin(struct trace_event *event, __u32 pid, __u32 what)
{
    event->pid = pid;
    event->probe = what;
    event->record_size = 0;
    event->text_length[0] = 0;
    event->text_length[1] = 0;
    event->kernel_frames = 0;
    event->user_frames = 0;
    event->build_ids = 0;
}

/* Tells that the process runs another program now, or none if there is no path, so that addresses
 * mean other functions. */
static __always_inline void tell_program(void *ctx, __u32 pid, const char *path)
{
    struct {
        __u64 memory[HEADER_SIZE / sizeof(__u64)];
    } header = {};
    struct scratch *scratch;
    long length = 0;

    if (!with_stacks)
        return;
    bpf_map_delete_elem(&births, &pid);
    scratch = claim();
    if (!scratch) {
        /* That it is another one has to be known, whatever its path. */
        begin((struct trace_event *)&header, pid, NEW_PROGRAM);
        output(ctx, (struct trace_event *)&header, 0);
        return;
    }
    begin(&scratch->event, pid, NEW_PROGRAM);
    if (path)
        length = bpf_probe_read_kernel_str(scratch->event.data, STRING_SIZE, path);
    if (length < 0 || length > STRING_SIZE)
        length = 0;
    scratch->event.text_length[0] = length;
    output(ctx, &scratch->event, length);
    release(scratch);
}

/* Tells which stacks there is a new count for, while the process still has in its memory what they
 * lead through. */
static __noinline int tell_stacks(void *ctx, struct hit_key *key)
{
    struct scratch *scratch;

    if (!key)
        return 0;
    scratch = claim();
    if (!scratch)
        return 0;
    begin(&scratch->event, key->pid, key->probe);
    scratch->event.record_size = STACK_KEYS_SIZE;
    __builtin_memcpy(scratch->event.data, &key->kernel_stack, STACK_KEYS_SIZE);
    output(ctx, &scratch->event,
           STACK_KEYS_SIZE + read_build_ids(ctx, &scratch->event, STACK_KEYS_SIZE));
    release(scratch);
    return 0;
}

static __always_inline void count_hit(void *ctx, __u32 pid, __u32 probe)
{
    struct hit_key key = {.pid = pid, .probe = probe, .kernel_stack = -1, .user_stack = -1};
    struct hit_count *found;

    if (with_stacks) {
        key.kernel_stack = bpf_get_stackid(ctx, &stacks, 0);
        key.user_stack = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
    }
    found = bpf_map_lookup_elem(&hits, &key);
    if (!found) {
        struct hit_count first = {};

        bpf_get_current_comm(first.command, sizeof(first.command));
        bpf_map_update_elem(&hits, &key, &first, BPF_NOEXIST);
        found = bpf_map_lookup_elem(&hits, &key);
        if (with_stacks)
            tell_stacks(ctx, &key);
    }
    if (found)
        __sync_fetch_and_add(&found->count, 1);
    else
        __sync_fetch_and_add(&lost, 1);
}

/* The bytes of a record with what its fields refer to, as far as they are kept. The fields that
 * say where are already in event->data. */
static __always_inline __u64 whole_size(struct trace_event *event, struct record_layout *layout)
{
    __u64 end = layout->size;

#pragma unroll
    for (int i = 0; i < DYNAMIC; i++) {
        __u64 at = layout->dynamic[i];
        __u32 place;
        __u64 content_end;

        barrier_var(at);
        if (!at || at > RECORD_SIZE - sizeof(place))
            continue;
        __builtin_memcpy(&place, event->data + at, sizeof(place));
        content_end = (place & 0xffff) + (place >> 16);
        if (layout->relative & 1 << i)
            content_end += at + sizeof(place);
        if (content_end > end)
            end = content_end;
    }
    return end < RECORD_SIZE ? end : RECORD_SIZE;
}

/* Reads the string whose address is in the record, to behind the record; returns its bytes. It is
 * the process', or may be the kernel's. */
static __always_inline __u64 read_string(struct trace_event *event, __u64 field, __u64 to,
                                         bool kernel)
{
    const void *address;
    long length;

    barrier_var(field);
    if (!field || field > RECORD_SIZE - sizeof(address))
        return 0;
    __builtin_memcpy(&address, event->data + field, sizeof(address));
    barrier_var(to);
    if (to > RECORD_SIZE + STRING_SIZE)
        return 0;
    length = bpf_probe_read_user_str(event->data + to, STRING_SIZE, address);
    if (kernel && length < 0)
        length = bpf_probe_read_kernel_str(event->data + to, STRING_SIZE, address);
    return length > 0 && length <= STRING_SIZE ? length : 0;
}

/* Copies the stack to behind what there is; returns its bytes. A function of its own, as 5.10's
 * verifier loses the pointer where it has come to contradictory bounds of a size. */
static __noinline __u64 read_stack(void *ctx, struct trace_event *event, __u64 to, __u64 flags)
{
    long length;

    barrier_var(to);
    if (to > RECORD_SIZE + STRINGS * STRING_SIZE + STACK_SIZE)
        return 0;
    length = bpf_get_stack(ctx, event->data + to, STACK_SIZE, flags);
    return length > 0 && length <= STACK_SIZE ? length : 0;
}

/* Sends what event->data has, which is `size` bytes; returns 0, or an error. */
static __always_inline long send(void *ctx, struct trace_event *event,
                                 struct record_layout *layout, __u32 probe, __u64 size,
                                 bool kernel)
{
    __u64 pid_tid = bpf_get_current_pid_tgid();

    event->time = bpf_ktime_get_ns();
    event->pid = pid_tid >> 32;
    event->tid = (__u32)pid_tid;
    event->probe = probe;
    event->record_size = size;
    event->text_length[0] = read_string(event, layout->strings[0], size, kernel);
    size += event->text_length[0];
    event->text_length[1] = read_string(event, layout->strings[1], size, kernel);
    size += event->text_length[1];
    event->kernel_frames = 0;
    event->user_frames = 0;
    event->build_ids = 0;
    if (with_stacks) {
        __u64 length = read_stack(ctx, event, size, 0);

        event->kernel_frames = length / sizeof(__u64);
        size += length;
        length = read_stack(ctx, event, size, BPF_F_USER_STACK);
        event->user_frames = length / sizeof(__u64);
        size += length;
        if (length)
            size += read_build_ids(ctx, event, size);
    }
    bpf_get_current_comm(event->command, sizeof(event->command));
    return output(ctx, event, size);
}

/* The record of a tracepoint, with what it refers to. */
static __always_inline long send_record(void *ctx, struct trace_event *event,
                                        struct record_layout *layout, __u32 probe)
{
    __u64 size = layout->size;

    barrier_var(size);
    if (size > RECORD_SIZE)
        size = RECORD_SIZE;
    /* By the helper, as the verifier knows no record's size. */
    if (bpf_probe_read_kernel(event->data, size, ctx))
        return -1;
    size = whole_size(event, layout);
    barrier_var(size);
    if (size > RECORD_SIZE)
        size = RECORD_SIZE;
    if (bpf_probe_read_kernel(event->data, size, ctx))
        return -1;
    return send(ctx, event, layout, probe, size, false);
}

/* Where the values are that make a record. */
enum source {
    RECORD,                        /* of a tracepoint: the context is the record */
    REGISTERS,                     /* at the begin or the end of a function */
    ARGUMENTS,                     /* the context has them in order, eight bytes each */
    MARK,                          /* where the file that has the USDT probe says */
};

/* The parameters or the result: those that `layout` has room for. */
static __always_inline long send_values(void *ctx, struct trace_event *event,
                                        struct record_layout *layout, __u32 probe,
                                        enum source source)
{
    struct value_record *record = (struct value_record *)event->data;
    __u64 size = layout->size;

    barrier_var(size);
    if (size < sizeof(record->reserved))
        size = sizeof(record->reserved);
    if (size > sizeof(*record))
        size = sizeof(*record);
    record->reserved = 0;
    if (source == ARGUMENTS) {
        /* By the helper, as the verifier would want to know their types. */
        if (bpf_probe_read_kernel(record->values, size - sizeof(record->reserved), ctx))
            return -1;
    } else if (source == MARK) {
#pragma unroll
        for (int i = 0; i < PARAMETERS; i++) {
            long value = 0;

            if (sizeof(record->reserved) + i * sizeof(value) >= size)
                break;
            bpf_usdt_arg(ctx, i, &value);
            record->values[i] = value;
        }
    } else if (layout->returns) {
        record->values[0] = read_result(ctx);
    } else {
        read_parameters(record->values, ctx);
    }
    return send(ctx, event, layout, probe, size, true);
}

static __always_inline int hit(void *ctx, __u32 probe, enum source source)
{
    __u32 pid = bpf_get_current_pid_tgid() >> 32;
    struct record_layout *layout;
    struct scratch *scratch;
    long error = -1;

    if (state_of(pid) != WATCHED)
        return 0;
    if (count_only) {
        count_hit(ctx, pid, probe);
        return 0;
    }
    layout = bpf_map_lookup_elem(&layouts, &probe);
    if (!layout)
        return 0;
    scratch = claim();
    if (scratch) {
        if (source == RECORD)
            error = send_record(ctx, &scratch->event, layout, probe);
        else
            error = send_values(ctx, &scratch->event, layout, probe, source);
        release(scratch);
    }
    if (error)
        __sync_fetch_and_add(&lost, 1);
    return 0;
}

/* One function each for all programs of a kind. */
static __noinline int hit_record(void *ctx, __u32 probe)
{
    return hit(ctx, probe, RECORD);
}

static __noinline int hit_registers(void *ctx, __u32 probe)
{
    return hit(ctx, probe, REGISTERS);
}

static __noinline int hit_arguments(void *ctx, __u32 probe)
{
    return hit(ctx, probe, ARGUMENTS);
}

/* For a function of a program or of the kernel. */
static __always_inline int hit_function(void *ctx, __u32 probe)
{
    keep_stack(ctx);
    return hit_registers(ctx, probe);
}

#define BY_COOKIE(section, name, hit, number)                                                      \
    SEC(section)                                                                                   \
    int name##number(void *ctx)                                                                    \
    {                                                                                              \
        return hit(ctx, use_cookies ? (__u32)bpf_get_attach_cookie(ctx) : own_probe[number]);      \
    }

#define BY_NUMBER(section, name, hit, number)                                                      \
    SEC(section)                                                                                   \
    int name##number(void *ctx)                                                                    \
    {                                                                                              \
        return hit(ctx, own_probe[number]);                                                        \
    }

#define PROGRAMS(number)                                                                           \
    BY_COOKIE("tracepoint", at_tracepoint, hit_record, number)                                     \
    BY_COOKIE("kprobe", at_function, hit_function, number)                                         \
    BY_NUMBER("fentry", at_typed, hit_arguments, number)                                           \
    BY_NUMBER("raw_tp", at_raw, hit_arguments, number)

#define TEN_PROGRAMS(tens)                                                                         \
    PROGRAMS(tens##0)                                                                              \
    PROGRAMS(tens##1)                                                                              \
    PROGRAMS(tens##2)                                                                              \
    PROGRAMS(tens##3)                                                                              \
    PROGRAMS(tens##4)                                                                              \
    PROGRAMS(tens##5)                                                                              \
    PROGRAMS(tens##6)                                                                              \
    PROGRAMS(tens##7)                                                                              \
    PROGRAMS(tens##8)                                                                              \
    PROGRAMS(tens##9)

TEN_PROGRAMS()
TEN_PROGRAMS(1)
PROGRAMS(20)
PROGRAMS(21)
PROGRAMS(22)
PROGRAMS(23)

SEC("kprobe.multi")
int at_functions(void *ctx)
{
    return hit_registers(ctx, bpf_get_attach_cookie(ctx));
}

SEC("uprobe.multi")
int at_file_functions(void *ctx)
{
    return hit_function(ctx, bpf_get_attach_cookie(ctx));
}

SEC("usdt")
int at_mark(struct pt_regs *ctx)
{
    keep_stack(ctx);
    return hit(ctx, bpf_usdt_cookie(ctx), MARK);
}

SEC("raw_tp/sched_process_exec")
int on_exec(struct bpf_raw_tracepoint_args *ctx)
{
    __u32 pid = bpf_get_current_pid_tgid() >> 32;

    watch_after_exec(pid);
    if (state_of(pid) == WATCHED)
        tell_program(ctx, pid, BPF_CORE_READ((struct linux_binprm *)ctx->args[2], interp));
    return 0;
}

SEC("raw_tp/sched_process_exit")
int on_exit(struct bpf_raw_tracepoint_args *ctx)
{
    struct task_struct *task = (struct task_struct *)ctx->args[0];
    __u32 pid = bpf_get_current_pid_tgid() >> 32;

    if (!BPF_CORE_READ(task, signal, live.counter) && state_of(pid) == WATCHED)
        tell_program(ctx, pid, NULL);
    forget_exited(task, pid);
    return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
