// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The kernel side of `purebpf go`: what a function of a Go program takes, or gives, at a place in its
 * code. Each event has the registers in which Go hands values over; what else belongs to it user
 * space says by a table of reads for each place: so many bytes behind an address that is in a register
 * or was read before.
 *
 *   at_place             an instruction; which one the attach cookie says, or on kernels without
 *                        cookies (before 5.15) its address
 *   at_places            the same for many by one link (6.6), which may wait for memory
 *   sched_process_...    which processes are watched, see watch.h
 *
 * Every hit of a watched process is sent or counted in `lost`. An event is put together in the ring,
 * never in memory of the processor: from 6.0 on, a task may be interrupted between two reads, and
 * another one hit a probe. Needs the ring buffer (5.8).
 */
#include "memory.h"
#include "stack.h"
#include "watch.h"

#define STEPS 64         /* reads at one place */
#define WORDS 18         /* that are known without a read */
#define MOST_DATA 4096   /* bytes read at one place, with these words */
#define MOST_READ 256    /* bytes of one read */
#define NO_COUNT 0xffff
#define STACK_POINTER 16 /* the number of its word */

#define STACK_END 8      /* runtime.g begins with the stack's lowest address and the one behind it */

/* Reads memory of the process, and keeps it at a fixed place among the data. */
struct step {
    __s32 offset;        /* added to the address */
    __u16 from;          /* where among the data the address is; one that is 0 is not read */
    __u16 to;            /* where the bytes go */
    __u16 size;          /* how many at most */
    __u16 count;         /* where the number of elements is, of which all are read; or NO_COUNT */
    __u16 element;       /* how many bytes each has */
    __u16 reserved;
};

struct place {
    __u64 steps;         /* their number */
    struct step step[STEPS];
};

/* What user space receives. Behind the words is what was read. */
struct go_event {
    __u64 time;          /* CLOCK_MONOTONIC in ns */
    __u64 address;       /* of the instruction */
    __u64 goroutine;     /* its number; 0: the runtime's own, or not known */
    __u64 depth;         /* bytes of the goroutine's stack in use, or more by what is always the
                          * same for a thread, if it is not known where the stack ends */
    __u64 done;          /* a bit for each step that could read */
    __u32 pid;
    __u32 tid;
    __u32 place;         /* index in `places` */
    __u32 reserved;
    char command[16];
    __u64 words[WORDS];  /* registers by the numbers that Go's convention has for them, then the
                          * stack pointer, then nothing */
};

#define DATA __builtin_offsetof(struct go_event, words)

const volatile bool use_cookies = false;
const volatile __u32 data_size = MOST_DATA; /* of the place that needs most */
const volatile __u32 event_size = DATA + MOST_DATA + MOST_READ;
const volatile __u64 address_mask = ~0ULL;  /* the bits of an address that tell places apart */
const volatile __u32 goroutine_number = 0;  /* offset of goid in runtime.g; 0: not known where
                                             * runtime.g is */
const volatile __u64 goroutine_in_thread = 0; /* how far before the thread's own memory its address
                                               * is, as in old programs on x86; 0: in a register */

__u64 lost = 0; /* hits that could not be sent; read by user space */

char zeros[MOST_DATA];

/* max_entries is the number of places; user space sets it. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct place);
} places SEC(".maps");

/* Places by their addresses, where there are no cookies. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4096);
    __type(key, __u64);
    __type(value, __u32);
} addresses SEC(".maps");

/* max_entries is the size in bytes. */
struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 8 * 1024 * 1024);
} events SEC(".maps");

#if defined(__TARGET_ARCH_x86)

/* The registers for integers and addresses, in Go's order; returns the address of runtime.g. */
static __always_inline __u64 read_registers(__u64 *to, struct pt_regs *regs,
                                            const bool may_sleep)
{
    to[0] = regs->ax;
    to[1] = regs->bx;
    to[2] = regs->cx;
    to[3] = regs->di;
    to[4] = regs->si;
    to[5] = regs->r8;
    to[6] = regs->r9;
    to[7] = regs->r10;
    to[8] = regs->r11;
    to[STACK_POINTER] = regs->sp;
    if (goroutine_in_thread) {
        struct task_struct *task = (struct task_struct *)bpf_get_current_task();
        __u64 threads = BPF_CORE_READ(task, thread.fsbase);
        __u64 found = 0;

        read_user(&found, sizeof(found), threads - goroutine_in_thread, may_sleep);
        return found;
    }
    return regs->r14;
}

static __always_inline __u64 code_address(struct pt_regs *regs)
{
    return regs->ip;
}

#else /* __TARGET_ARCH_arm64 */

static __always_inline __u64 read_registers(__u64 *to, struct pt_regs *regs,
                                            const bool may_sleep)
{
    to[0] = regs->regs[0];
    to[1] = regs->regs[1];
    to[2] = regs->regs[2];
    to[3] = regs->regs[3];
    to[4] = regs->regs[4];
    to[5] = regs->regs[5];
    to[6] = regs->regs[6];
    to[7] = regs->regs[7];
    to[8] = regs->regs[8];
    to[9] = regs->regs[9];
    to[10] = regs->regs[10];
    to[11] = regs->regs[11];
    to[12] = regs->regs[12];
    to[13] = regs->regs[13];
    to[14] = regs->regs[14];
    to[15] = regs->regs[15];
    to[STACK_POINTER] = regs->sp;
    return regs->regs[28];
}

static __always_inline __u64 code_address(struct pt_regs *regs)
{
    return regs->pc;
}

#endif

/* Which goroutine runs, and how deep its stack is. */
static __always_inline void read_goroutine(struct go_event *event, __u64 g, const bool may_sleep)
{
    __u64 number = 0;
    __u64 end = 0;

    if (goroutine_number) {
        read_user(&number, sizeof(number), g + goroutine_number, may_sleep);
        read_user(&end, sizeof(end), g + STACK_END, may_sleep);
    }
    event->goroutine = number;
    event->depth = end - event->words[STACK_POINTER];
}

/* Whether a step could read what it says, or there was nothing to read. */
static __always_inline bool read(struct go_event *event, struct step *step, const bool may_sleep)
{
    char *data = (char *)event->words;
    __u64 from = step->from;
    __u64 to = step->to;
    __u64 size = step->size;
    __u64 count_at = step->count;
    __u64 address;

    /* The verifier follows each of these bounds only in a register of its own. */
    barrier_var(from);
    barrier_var(to);
    barrier_var(count_at);
    if (from > data_size || to > data_size)
        return false;
    __builtin_memcpy(&address, data + from, sizeof(address));
    if (!address)
        return true;
    if (count_at != NO_COUNT) {
        __u64 count;

        if (count_at > data_size)
            return false;
        __builtin_memcpy(&count, data + count_at, sizeof(count));
        if (count < size && count * step->element < size)
            size = count * step->element;
    }
    barrier_var(size);
    if (size > MOST_READ)
        return false;
    return read_user(data + to, size, address + step->offset, may_sleep);
}

/* What the visit of a step needs to know. */
struct visit {
    struct go_event *event;
    struct place *place;
    __u64 done;
};

static __always_inline bool read_step(struct visit *visit, __u32 i, const bool may_sleep)
{
    if (i >= visit->place->steps || i >= STEPS)
        return false;
    if (read(visit->event, &visit->place->step[i], may_sleep))
        visit->done |= 1ULL << i;
    return true;
}

static long visit_step(__u32 i, struct visit *visit)
{
    return !read_step(visit, i, true);
}

/* Where programs may sleep there is bpf_loop (5.17), of which the verifier follows one round, not all. */
static __always_inline void read_steps(struct visit *visit, const bool may_sleep)
{
    if (may_sleep) {
        bpf_loop(STEPS, visit_step, visit, 0);
        return;
    }
#pragma clang loop unroll(disable)
    for (__u32 i = 0; i < STEPS; i++) {
        if (!read_step(visit, i, false))
            break;
    }
}

static __always_inline int send(struct pt_regs *ctx, __u32 number, const bool may_sleep)
{
    __u64 pid_tid = bpf_get_current_pid_tgid();
    struct visit visit = {};
    struct go_event *event;
    struct place *place;

    place = bpf_map_lookup_elem(&places, &number);
    if (!place)
        return 0;
    event = bpf_ringbuf_reserve(&events, event_size, 0);
    if (!event) {
        __sync_fetch_and_add(&lost, 1);
        return 0;
    }
    /* The ring has what was there before. */
    bpf_probe_read_kernel(event->words, data_size, zeros);
    event->time = bpf_ktime_get_ns();
    event->address = code_address(ctx);
    event->pid = pid_tid >> 32;
    event->tid = (__u32)pid_tid;
    event->place = number;
    event->reserved = 0;
    bpf_get_current_comm(event->command, sizeof(event->command));
    read_goroutine(event, read_registers(event->words, ctx, may_sleep), may_sleep);
    visit.event = event;
    visit.place = place;
    read_steps(&visit, may_sleep);
    event->done = visit.done;
    bpf_ringbuf_submit(event, 0);
    return 0;
}

static __always_inline int at(struct pt_regs *ctx, const bool may_sleep)
{
    keep_stack(ctx);
    if (state_of(bpf_get_current_pid_tgid() >> 32) != WATCHED)
        return 0;
    if (use_cookies) {
        return send(ctx, (__u32)bpf_get_attach_cookie(ctx), may_sleep);
    } else {
        __u64 address = code_address(ctx) & address_mask;
        __u32 *number = bpf_map_lookup_elem(&addresses, &address);

        return number ? send(ctx, *number, may_sleep) : 0;
    }
}

SEC("uprobe")
int at_place(struct pt_regs *ctx)
{
    return at(ctx, false);
}

/* For many places by one link (6.6), which may sleep. */
SEC("uprobe.multi.s")
int at_places(struct pt_regs *ctx)
{
    return at(ctx, true);
}

SEC("raw_tp/sched_process_exec")
int on_exec(struct bpf_raw_tracepoint_args *ctx)
{
    watch_after_exec(bpf_get_current_pid_tgid() >> 32);
    return 0;
}

SEC("raw_tp/sched_process_exit")
int on_exit(struct bpf_raw_tracepoint_args *ctx)
{
    forget_exited((struct task_struct *)ctx->args[0], bpf_get_current_pid_tgid() >> 32);
    return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
