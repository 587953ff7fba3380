/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef TORTURE_H
#define TORTURE_H

/* What all torture objects include: they are compared with libbpf's relocation, never run. */
#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define __fitted __attribute__((preserve_access_index))
#define __separate __attribute__((noinline))

/* Newer than Debian 12's headers of libbpf. */
#define TYPE_MATCHES 2
#define type_matches(type) __builtin_preserve_type_info(*(typeof(type) *)0, TYPE_MATCHES)

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#endif
