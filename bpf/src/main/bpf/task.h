// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What programs need to know of the current task and of its registers, per architecture:
 * clang is told one of __TARGET_ARCH_x86 and __TARGET_ARCH_arm64.
 *
 * Only the members that are used are declared; CO-RE finds them in the running kernel's types.
 */
#ifndef PUREBPF_TASK_H
#define PUREBPF_TASK_H

#include <linux/bpf.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
    int counter;
} atomic_t;

struct signal_struct {
    atomic_t live; /* threads that have not begun to exit */
};

struct thread_info {
    unsigned long flags;
    __u32 status; /* x86 */
};

struct linux_binprm {
    const char *filename; /* what execve was called with */
    const char *interp;   /* the program that runs: of a script, what its first line names */
};

struct thread_struct {
    unsigned long fsbase; /* x86 */
};

struct task_struct {
    struct thread_info thread_info;
    int pid;
    int tgid;
    struct signal_struct *signal;
    struct thread_struct thread;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
    unsigned long r14, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, sp;
};
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
    __u64 regs[31];
    __u64 sp;
    __u64 pc;
    __u64 orig_x0;
    __s32 syscallno;
};

/* The beginning of pt_regs, by which libbpf's headers read registers. */
struct user_pt_regs {
    __u64 pc;
};
#else
#error "unknown architecture: define __TARGET_ARCH_x86 or __TARGET_ARCH_arm64"
#endif

#pragma clang attribute pop

/* Kernel functions since 6.10. */
extern void bpf_preempt_disable(void) __ksym __weak;
extern void bpf_preempt_enable(void) __ksym __weak;

/* A kernel function since 6.15. */
struct bpf_res_spin_lock {};
extern int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) __ksym __weak;

/* From 7.2 on a program at a tracepoint may be interrupted for another task. For that one the kernel
 * leaves the same program out on that processor, and another program finds memory per processor in
 * use there. Between these two neither happens. Kernels before 6.15 allow no call of a global function
 * there, and need none of this. */
static __always_inline bool may_be_interrupted(void)
{
    return bpf_preempt_disable && bpf_preempt_enable && bpf_res_spin_lock;
}

static __always_inline void begin_undisturbed(void)
{
    if (may_be_interrupted())
        bpf_preempt_disable();
}

static __always_inline void end_undisturbed(void)
{
    if (may_be_interrupted())
        bpf_preempt_enable();
}

#if defined(__TARGET_ARCH_x86)

#define X32_BIT 0x40000000   /* in the number of a call by the x32 convention */
#define TS_COMPAT 0x0002     /* arch/x86/include/asm/thread_info.h */

/* Whether the system call that the current task is in came in by the 32-bit convention. */
static __always_inline bool is_compat_call(void)
{
    struct task_struct *task = (struct task_struct *)bpf_get_current_task();

    return BPF_CORE_READ(task, thread_info.status) & TS_COMPAT;
}

static __always_inline __s32 call_number(struct pt_regs *regs)
{
    return (__s32)BPF_CORE_READ(regs, orig_ax);
}

static __always_inline void read_arguments(__u64 *to, struct pt_regs *regs, bool compat)
{
    if (compat) {
        to[0] = (__u32)BPF_CORE_READ(regs, bx);
        to[1] = (__u32)BPF_CORE_READ(regs, cx);
        to[2] = (__u32)BPF_CORE_READ(regs, dx);
        to[3] = (__u32)BPF_CORE_READ(regs, si);
        to[4] = (__u32)BPF_CORE_READ(regs, di);
        to[5] = (__u32)BPF_CORE_READ(regs, bp);
    } else {
        to[0] = BPF_CORE_READ(regs, di);
        to[1] = BPF_CORE_READ(regs, si);
        to[2] = BPF_CORE_READ(regs, dx);
        to[3] = BPF_CORE_READ(regs, r10);
        to[4] = BPF_CORE_READ(regs, r8);
        to[5] = BPF_CORE_READ(regs, r9);
    }
}

/* What a function was called with in registers: the first six numbers or addresses. */
static __always_inline void read_parameters(__u64 *to, struct pt_regs *regs)
{
    to[0] = BPF_CORE_READ(regs, di);
    to[1] = BPF_CORE_READ(regs, si);
    to[2] = BPF_CORE_READ(regs, dx);
    to[3] = BPF_CORE_READ(regs, cx);
    to[4] = BPF_CORE_READ(regs, r8);
    to[5] = BPF_CORE_READ(regs, r9);
}

/* What a function returns: a number or an address. */
static __always_inline __u64 read_result(struct pt_regs *regs)
{
    return BPF_CORE_READ(regs, ax);
}

/* exit and exit_group: calls that never return */
static __always_inline bool is_exit(__s32 number, bool compat)
{
    if (compat)
        return number == 1 || number == 252;
    number &= ~X32_BIT;
    return number == 60 || number == 231;
}

/* execve and execveat */
static __always_inline bool is_exec(__s32 number, bool compat)
{
    if (compat)
        return number == 11 || number == 358;
    return number == 59 || number == 322 || number == (X32_BIT | 520) || number == (X32_BIT | 545);
}

/* clone, fork, vfork and clone3 */
static __always_inline bool is_fork(__s32 number, bool compat)
{
    if (compat)
        return number == 120 || number == 2 || number == 190 || number == 435;
    number &= ~X32_BIT;
    return (number >= 56 && number <= 58) || number == 435;
}

#else /* __TARGET_ARCH_arm64 */

#define X32_BIT 0
#define TIF_32BIT 22 /* arch/arm64/include/asm/thread_info.h */

static __always_inline bool is_compat_call(void)
{
    struct task_struct *task = (struct task_struct *)bpf_get_current_task();

    return BPF_CORE_READ(task, thread_info.flags) >> TIF_32BIT & 1;
}

static __always_inline __s32 call_number(struct pt_regs *regs)
{
    return BPF_CORE_READ(regs, syscallno);
}

static __always_inline void read_arguments(__u64 *to, struct pt_regs *regs, bool compat)
{
    /* The first register also takes the result; the kernel keeps its first value aside. */
    to[0] = BPF_CORE_READ(regs, orig_x0);
    to[1] = BPF_CORE_READ(regs, regs[1]);
    to[2] = BPF_CORE_READ(regs, regs[2]);
    to[3] = BPF_CORE_READ(regs, regs[3]);
    to[4] = BPF_CORE_READ(regs, regs[4]);
    to[5] = BPF_CORE_READ(regs, regs[5]);
    if (compat) {
        for (int i = 0; i < 6; i++)
            to[i] = (__u32)to[i];
    }
}

static __always_inline void read_parameters(__u64 *to, struct pt_regs *regs)
{
    to[0] = BPF_CORE_READ(regs, regs[0]);
    to[1] = BPF_CORE_READ(regs, regs[1]);
    to[2] = BPF_CORE_READ(regs, regs[2]);
    to[3] = BPF_CORE_READ(regs, regs[3]);
    to[4] = BPF_CORE_READ(regs, regs[4]);
    to[5] = BPF_CORE_READ(regs, regs[5]);
}

static __always_inline __u64 read_result(struct pt_regs *regs)
{
    return BPF_CORE_READ(regs, regs[0]);
}

static __always_inline bool is_exit(__s32 number, bool compat)
{
    return compat ? number == 1 || number == 248 : number == 93 || number == 94;
}

static __always_inline bool is_exec(__s32 number, bool compat)
{
    return compat ? number == 11 || number == 387 : number == 221 || number == 281;
}

static __always_inline bool is_fork(__s32 number, bool compat)
{
    if (compat)
        return number == 120 || number == 2 || number == 190 || number == 435;
    return number == 220 || number == 435;
}

#endif

#endif
