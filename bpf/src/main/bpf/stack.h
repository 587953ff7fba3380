// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The stack of programs at uprobes and USDT probes. */
#ifndef PUREBPF_STACK_H
#define PUREBPF_STACK_H

#include "task.h"

const volatile bool never = false;

/*
 * Keeps the stack of a program at a uprobe or a USDT probe its own; each has to say this somewhere. From
 * Linux 6.13 on the stack of such programs is memory of the processor (check_max_stack_depth in
 * kernel/bpf/verifier.c), which is right as long as nobody else runs the same program there in the
 * meantime. Of kprobes the kernel sees to that. At a place in user space the program may be interrupted
 * for another task, or wait for memory, and the next one writes over what it has on its stack.
 * Programs with a tail call get no such stack, even if it is never made, and that needs no map.
 */
static __always_inline void keep_stack(void *ctx)
{
    if (never)
        bpf_tail_call(ctx, NULL, 0);
}

#endif
