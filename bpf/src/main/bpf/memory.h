// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Memory of the process that hits a probe, for programs that may wait for it and those that may not. */
#ifndef PUREBPF_MEMORY_H
#define PUREBPF_MEMORY_H

#include "task.h"

/*
 * Reads memory of the process. A page that is not mapped just now, since it is moved or was never
 * used, only a program that may sleep waits for. Returns whether it could be read.
 */
static __always_inline bool read_user(void *to, __u32 size, __u64 from, const bool may_sleep)
{
    if (!bpf_probe_read_user(to, size, (void *)from))
        return true;
    return may_sleep && !bpf_copy_from_user(to, size, (void *)from);
}

#endif
