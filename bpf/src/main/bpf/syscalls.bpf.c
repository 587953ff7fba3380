// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The kernel side of `purebpf syscalls`: one event for each system call that a watched task makes.
 *
 *   sys_enter            remembers the call: when, which, its arguments, up to two of its strings
 *   sys_exit             completes it with result and duration, and sends it
 *   sched_process_fork   a child of a watched process is watched from its birth
 *   sched_process_exec   a child that the launcher made is watched from its first successful exec
 *   sched_process_exit   a task that dies inside a call still gets its event, without a result, and
 *                        one whose last call nobody has seen, exit, gets that
 *
 * Every call that is made by a watched task is sent or counted in `lost`, never both, never
 * neither. All are raw tracepoints: they need no tracefs and see 32-bit calls too.
 *
 * Kernel structures are declared here with just the members that are read; CO-RE finds their
 * places in the running kernel. Nothing newer than Linux 5.5 is used, except the ring buffer,
 * which user space replaces by a perf event array where there is none (`use_perf_buffer`).
 */
#include "watch.h"

#define STRING_SIZE 256 /* bytes kept of one string, with its terminating NUL */
#define STRINGS 2       /* strings kept of one call */
#define TABLE_SIZE 512  /* system call numbers that string_args knows; a power of two */

#define NO_RESULT 1          /* flags: the call did not return: exit, or killed inside */
#define NO_ENTRY 2           /* flags: only the end of the call was seen; duration is unknown */
#define COMPAT 4             /* flags: a 32-bit call of a 64-bit kernel, with its own numbers */
#define UNKNOWN_ARGUMENTS 8  /* flags: the registers no longer hold the arguments */
#define MISSING_STRING 16    /* flags: a string could not be read at entry */

/* What user space receives: everything up to `text`, then as much of `text` as is used. */
struct syscall_event {
    __u64 start;                 /* CLOCK_MONOTONIC in ns; with NO_ENTRY when the call ended */
    __u64 duration;              /* ns */
    __s64 result;                /* as the kernel has it: -errno for an error */
    __u64 arguments[6];
    __u32 pid;                   /* what the kernel calls tgid */
    __u32 tid;
    __s32 number;
    __u16 flags;
    __u16 text_length[STRINGS];  /* bytes of each string with its NUL; 0: could not be read */
    __u16 reserved;
    __u32 running;               /* between entry and exit; user space has no use for it */
    char command[16];
    char text[STRINGS * STRING_SIZE];
};

#define HEADER_SIZE __builtin_offsetof(struct syscall_event, text)

const volatile bool use_perf_buffer = false;

/*
 * For each call number which arguments are strings: the low four bits hold 1 + the index of the
 * first, the high four bits of the second; 0 is none.
 */
const volatile __u8 string_args[TABLE_SIZE] = {};
const volatile __u8 compat_string_args[TABLE_SIZE] = {};

/* Read by user space while the programs run. */
__u64 lost = 0;           /* calls that were made and could not be sent */

/* Whether an exit was sent of a task that has no entry in `calls`. */
bool exits_without_place = false;

/* The last call of each task, keyed by tid; entries live as long as their task. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 8192);
    __type(key, __u32);
    __type(value, struct syscall_event);
} calls SEC(".maps");

/* Stands in for an entry of `calls` when that is full: one for each program that needs it. */
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 3);
    __type(key, __u32);
    __type(value, struct syscall_event);
} overflow SEC(".maps");

#define OVERFLOW_OF_ENTER 0
#define OVERFLOW_OF_EXIT 1
#define OVERFLOW_OF_LAST 2

/* max_entries is the size in bytes; user space sets it, and the type where there is no ring. */
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 8 * 1024 * 1024);
} events SEC(".maps");

/* What a new entry of `calls` begins as; too big for the stack. */
static struct syscall_event blank;

static __always_inline struct syscall_event *call_of(__u32 tid)
{
    struct syscall_event *call = bpf_map_lookup_elem(&calls, &tid);

    if (call)
        return call;
    bpf_map_update_elem(&calls, &tid, &blank, BPF_NOEXIST);
    return bpf_map_lookup_elem(&calls, &tid);
}

static __always_inline void send(void *ctx, struct syscall_event *call)
{
    __u64 size = HEADER_SIZE + call->text_length[0] + call->text_length[1];
    long error;

    bpf_get_current_comm(call->command, sizeof(call->command));
    /* Without the barrier clang drops the comparison, and the verifier does not see the bound. */
    barrier_var(size);
    if (size > sizeof(*call))
        size = sizeof(*call);
    if (use_perf_buffer)
        error = bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, call, size);
    else
        error = bpf_ringbuf_output(&events, call, size, 0);
    if (error)
        __sync_fetch_and_add(&lost, 1);
}

/* Reads the string that argument `which` (from 1) points to; returns its bytes, 0 on failure. */
static __always_inline __u64 read_string(struct syscall_event *call, __u64 which, __u64 at)
{
    long length;

    which -= 1;
    barrier_var(which);
    if (which >= 6)
        return 0;
    barrier_var(at);
    if (at > STRING_SIZE)
        return 0;
    length = bpf_probe_read_user_str(call->text + at, STRING_SIZE,
                                     (const void *)call->arguments[which]);
    return length > 0 && length <= STRING_SIZE ? length : 0;
}

static __always_inline void read_strings(struct syscall_event *call)
{
    __u64 index = (__u32)call->number & ~X32_BIT;
    __u64 which, length;

    /* The barriers here and above keep clang from narrowing what the verifier has just seen
     * compared: it would forget the bound. */
    barrier_var(index);
    if (index >= TABLE_SIZE)
        return;
    which = call->flags & COMPAT ? compat_string_args[index] : string_args[index];
    if (!which)
        return;
    length = read_string(call, which & 15, 0);
    call->text_length[0] = length;
    if (!length)
        call->flags |= MISSING_STRING;
    if (!(which >> 4))
        return;
    length = read_string(call, which >> 4, length);
    call->text_length[1] = length;
    if (!length)
        call->flags |= MISSING_STRING;
}

static __always_inline void begin(struct syscall_event *call, struct pt_regs *regs, __s32 number,
                                  __u64 pid_tid, bool compat)
{
    call->start = bpf_ktime_get_ns();
    call->duration = 0;
    call->result = 0;
    call->pid = pid_tid >> 32;
    call->tid = (__u32)pid_tid;
    call->number = number;
    call->flags = compat ? COMPAT : 0;
    call->text_length[0] = 0;
    call->text_length[1] = 0;
    read_arguments(call->arguments, regs, compat);
}

SEC("raw_tp/sys_enter")
int on_sys_enter(struct bpf_raw_tracepoint_args *ctx)
{
    struct pt_regs *regs = (struct pt_regs *)ctx->args[0];
    __s32 number = (__s32)ctx->args[1];
    __u64 pid_tid = bpf_get_current_pid_tgid();
    __u32 state = state_of(pid_tid >> 32);
    struct syscall_event *call;
    bool compat;

    if (!state)
        return 0;
    compat = is_compat_call();
    if (state == PENDING && !is_exec(number, compat))
        return 0;
    call = call_of((__u32)pid_tid);
    if (!call) {
        __u32 key = OVERFLOW_OF_ENTER;

        /* The exit program will report this call, as one whose entry it has not seen. */
        if (!is_exit(number, compat))
            return 0;
        call = bpf_map_lookup_elem(&overflow, &key);
        if (!call)
            return 0;
        call->running = 0;
        exits_without_place = true;
    }
    /* The end of the call before this one was missed: the kernel skips a program that is
     * already running on its CPU. */
    if (call->running)
        __sync_fetch_and_add(&lost, 1);
    begin(call, regs, number, pid_tid, compat);
    if (is_exit(number, compat)) {
        call->running = 0;
        call->flags |= NO_RESULT;
        send(ctx, call);
        return 0;
    }
    read_strings(call);
    call->running = 1;
    return 0;
}

static __always_inline void send_result(void *ctx, struct syscall_event *call, __s64 result)
{
    call->result = result;
    call->running = 0;
    send(ctx, call);
}

/* The end of a call whose beginning was seen. */
static __always_inline void end(void *ctx, struct syscall_event *call, __u64 pid_tid, __s64 result)
{
    call->duration = bpf_ktime_get_ns() - call->start;
    /* exec by a thread takes over the number of the first one */
    call->pid = pid_tid >> 32;
    call->tid = (__u32)pid_tid;
    /* A page that was not in memory at entry is there now, unless exec has replaced it all. */
    if (call->flags & MISSING_STRING &&
        !(!result && is_exec(call->number, call->flags & COMPAT)))
        read_strings(call);
    send_result(ctx, call, result);
}

SEC("raw_tp/sys_exit")
int on_sys_exit(struct bpf_raw_tracepoint_args *ctx)
{
    struct pt_regs *regs = (struct pt_regs *)ctx->args[0];
    __s64 result = (__s64)ctx->args[1];
    __u64 pid_tid = bpf_get_current_pid_tgid();
    __u32 tid = (__u32)pid_tid;
    __u32 state = state_of(pid_tid >> 32);
    struct syscall_event *call;

    if (!state)
        return 0;
    call = bpf_map_lookup_elem(&calls, &tid);
    if (state != WATCHED) {
        if (call)
            call->running = 0;
        return 0;
    }
    if (!call || !call->running) {
        /* Seen by its end only: it began before us, or seccomp answered it, or no place was left
         * for its beginning. */
        __s32 number = call_number(regs);
        bool compat = is_compat_call();

        /* A new task leaves the call that made it without having entered it. */
        if (!result && is_fork(number, compat))
            return 0;
        call = call_of(tid);
        if (!call) {
            __u32 key = OVERFLOW_OF_EXIT;

            call = bpf_map_lookup_elem(&overflow, &key);
            if (!call)
                return 0;
        }
        begin(call, regs, number, pid_tid, compat);
        call->flags |= NO_ENTRY;
        if (!result && is_exec(number, compat))
            call->flags |= UNKNOWN_ARGUMENTS;
        else
            read_strings(call);
        send_result(ctx, call, result);
        return 0;
    }
    end(ctx, call, pid_tid, result);
    return 0;
}

/* From 7.2 on a program here may be interrupted for another task, for which the kernel then leaves the
 * program out. This one stands behind it and ends such calls. */
SEC("raw_tp/sys_exit")
int on_sys_exit_unseen(struct bpf_raw_tracepoint_args *ctx)
{
    __u64 pid_tid = bpf_get_current_pid_tgid();
    __u32 tid = (__u32)pid_tid;
    struct syscall_event *call = bpf_map_lookup_elem(&calls, &tid);

    if (call && call->running && state_of(pid_tid >> 32) == WATCHED)
        end(ctx, call, pid_tid, (__s64)ctx->args[1]);
    return 0;
}

SEC("raw_tp/sched_process_exec")
int on_exec(struct bpf_raw_tracepoint_args *ctx)
{
    __u64 pid_tid = bpf_get_current_pid_tgid();
    __u32 pid = pid_tid >> 32, tid = (__u32)pid_tid;
    __u32 old_tid = (__u32)ctx->args[1];
    struct linux_binprm *program = (struct linux_binprm *)ctx->args[2];
    struct syscall_event *call;

    if (!watch_after_exec(pid))
        return 0;
    call = bpf_map_lookup_elem(&calls, &old_tid);
    if (!call)
        return 0;
    /* The page of the path was not in memory at entry, and will be gone at exit: take the copy
     * that the kernel made. */
    if (call->running && call->flags & MISSING_STRING) {
        long length = bpf_probe_read_kernel_str(call->text, STRING_SIZE,
                                                BPF_CORE_READ(program, filename));

        if (length > 0 && length <= STRING_SIZE)
            call->text_length[0] = length;
    }
    /* exec in a thread other than the first: all others are gone, and it takes over the number of
     * the first. */
    if (old_tid == tid)
        return 0;
    bpf_map_update_elem(&calls, &tid, call, BPF_ANY);
    bpf_map_delete_elem(&calls, &old_tid);
    return 0;
}

/*
 * Sends the exit or exit_group that the current task, which ends, is in, if its beginning was not
 * seen: see on_sys_exit_unseen. Kernels before 5.15 do not say where the registers are; they leave no
 * beginning out either.
 */
static __always_inline void send_unseen_exit(void *ctx, struct syscall_event *call, __u64 pid_tid)
{
    bool compat = is_compat_call();
    struct pt_regs *regs;
    __s32 number;

    if (call ? call->flags & NO_RESULT : exits_without_place)
        return;
    if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
        return;
    regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
    number = call_number(regs);
    if (!is_exit(number, compat))
        return;
    if (!call) {
        __u32 key = OVERFLOW_OF_LAST;

        call = bpf_map_lookup_elem(&overflow, &key);
        if (!call)
            return;
    }
    begin(call, regs, number, pid_tid, compat);
    call->flags |= NO_ENTRY | NO_RESULT;
    send(ctx, call);
}

SEC("raw_tp/sched_process_exit")
int on_exit(struct bpf_raw_tracepoint_args *ctx)
{
    struct task_struct *task = (struct task_struct *)ctx->args[0];
    __u64 pid_tid = bpf_get_current_pid_tgid();
    __u32 pid = pid_tid >> 32, tid = (__u32)pid_tid;
    struct syscall_event *call = bpf_map_lookup_elem(&calls, &tid);

    __u32 state = state_of(pid);

    /* The process may be forgotten already: threads that exit at the same time all see that none is
     * left. But whoever has an entry was watched, and only what is pending is not to be shown. */
    if (call && call->running && state != PENDING) {
        call->duration = bpf_ktime_get_ns() - call->start;
        call->flags |= NO_RESULT;
        send(ctx, call);
    } else if (call ? state != PENDING : state == WATCHED) {
        send_unseen_exit(ctx, call, pid_tid);
    }
    if (call)
        bpf_map_delete_elem(&calls, &tid);
    forget_exited(task, pid);
    return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
