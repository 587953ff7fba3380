// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Which processes a tracer watches: all, one, or those that our own process starts, with all that
 * descend from them. For the last, programs keep the map of them: on_fork, which is here, and those
 * of each tracer at sched_process_exec and sched_process_exit. User space sets what is const.
 */
#ifndef PUREBPF_WATCH_H
#define PUREBPF_WATCH_H

#include "task.h"

enum watch {
    WHOLE_MACHINE = 0,         /* all but launcher */
    ONE_PROCESS = 1,           /* target and its threads */
    CHILDREN_OF_LAUNCHER = 2,  /* what launcher starts, and all that descends from that */
};

const volatile __u32 watch = CHILDREN_OF_LAUNCHER;
const volatile __u32 launcher = 0; /* our own process: never watched */
const volatile __u32 target = 0;

/* Read by user space while the programs run. */
__u64 not_followed = 0;   /* children that found no place in `processes` */
__u32 target_exited = 0;

#define PENDING 1 /* made by the launcher, has not called exec yet */
#define WATCHED 2

/* With CHILDREN_OF_LAUNCHER: the state of each process, keyed by pid. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 16384);
    __type(key, __u32);
    __type(value, __u32);
} processes SEC(".maps");

static __always_inline __u32 state_of(__u32 pid)
{
    __u32 *state;

    if (watch == WHOLE_MACHINE)
        return pid == launcher ? 0 : WATCHED;
    if (watch == ONE_PROCESS)
        return pid == target ? WATCHED : 0;
    state = bpf_map_lookup_elem(&processes, &pid);
    return state ? *state : 0;
}

/* A child of a watched process is watched from its birth. */
static __always_inline void watch_child(struct task_struct *parent, struct task_struct *child)
{
    __u32 parent_pid = BPF_CORE_READ(parent, tgid);
    __u32 child_pid = BPF_CORE_READ(child, tgid);
    __u32 state;

    if (watch != CHILDREN_OF_LAUNCHER || child_pid == parent_pid)
        return;
    state = parent_pid == launcher ? PENDING : state_of(parent_pid);
    if (state && bpf_map_update_elem(&processes, &child_pid, &state, BPF_ANY))
        __sync_fetch_and_add(&not_followed, 1);
}

/* Undisturbed, or it would be left out for a child that another task makes in between. */
SEC("raw_tp/sched_process_fork")
int on_fork(struct bpf_raw_tracepoint_args *ctx)
{
    begin_undisturbed();
    watch_child((struct task_struct *)ctx->args[0], (struct task_struct *)ctx->args[1]);
    end_undisturbed();
    return 0;
}

/* A child that the launcher made is watched from its first successful exec. Returns whether the
 * current process, which has just called that, is watched. */
static __always_inline bool watch_after_exec(__u32 pid)
{
    __u32 *state;

    if (watch != CHILDREN_OF_LAUNCHER)
        return true;
    state = bpf_map_lookup_elem(&processes, &pid);
    if (!state)
        return false;
    *state = WATCHED;
    return true;
}

/* Forgets the current process with the last of its threads. */
static __always_inline void forget_exited(struct task_struct *task, __u32 pid)
{
    if (BPF_CORE_READ(task, signal, live.counter))
        return;
    if (watch == CHILDREN_OF_LAUNCHER)
        bpf_map_delete_elem(&processes, &pid);
    if (watch == ONE_PROCESS && pid == target)
        target_exited = 1;
}

#endif
