// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * From the number of a descriptor of the current process to the socket behind it, by the kernel's
 * own tables: so that sockets that were inherited, or accepted before anybody looked, are known as
 * well as new ones. Only the members that are used are declared.
 */
#ifndef PUREBPF_SOCKET_H
#define PUREBPF_SOCKET_H

#include "task.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct inode {
    unsigned short i_mode;
};

typedef struct {
    long counter;
} atomic_long_t;

struct file {
    struct inode *f_inode;
    void *private_data;
    atomic_long_t f_count; /* of its users; not since 6.13 */
};

typedef struct {
    atomic_long_t refcnt; /* of its users but one */
} file_ref_t;

struct file___6_13 {
    file_ref_t f_ref;
};

struct fdtable {
    unsigned int max_fds;
    struct file **fd;
};

struct files_struct {
    struct fdtable *fdt;
};

struct task_struct___files {
    struct files_struct *files;
};

struct in6_addr {
    __u8 in6_u[16];
};

struct sock_common {
    __u32 skc_daddr;
    __u16 skc_dport; /* big-endian */
    __u16 skc_num;   /* the local port */
    unsigned short skc_family;
    struct in6_addr skc_v6_daddr;
};

struct socket;

struct sock {
    struct sock_common __sk_common;
    struct socket *sk_socket; /* null without a file */
    __u16 sk_protocol;
    __u8 sk_shutdown;
    void *sk_user_data; /* of what sits on top in the kernel, such as a sockmap */
};

struct inet_connection_sock {
    void *icsk_ulp_ops; /* of what sits on top, such as TLS in the kernel */
};

/* Positions in the two streams, modulo 2^32; the ends of both streams take one, too. */
struct tcp_sock {
    __u32 copied_seq; /* of the next byte that will be read */
    __u32 rcv_nxt;    /* of the next that will arrive */
    __u32 write_seq;  /* of the next that will be written */
};

struct socket {
    short type;
    struct file *file;
    struct sock *sk;
};

#pragma clang attribute pop

#define TYPE_OF_MODE 0170000 /* S_IFMT */
#define SOCKET_MODE 0140000  /* S_IFSOCK */
#define STREAM 1             /* SOCK_STREAM */
#define UNIX 1               /* AF_UNIX */
#define INET 2               /* AF_INET */
#define INET6 10             /* AF_INET6 */
#define TCP 6                /* IPPROTO_TCP */
#define RCV_SHUTDOWN 1       /* sk_shutdown: nothing more arrives */
#define SEND_SHUTDOWN 2      /* nothing more is sent */

/* The stream socket that a descriptor of the current process is; NULL if it is none. */
static __always_inline struct sock *stream_of(__u32 descriptor)
{
    struct task_struct___files *task = (void *)bpf_get_current_task();
    struct fdtable *table = BPF_CORE_READ(task, files, fdt);
    struct file **slot;
    struct file *file = NULL;
    struct socket *socket;

    if (descriptor >= BPF_CORE_READ(table, max_fds))
        return NULL;
    slot = BPF_CORE_READ(table, fd) + descriptor;
    bpf_probe_read_kernel(&file, sizeof(file), slot);
    if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & TYPE_OF_MODE) != SOCKET_MODE)
        return NULL;
    socket = BPF_CORE_READ(file, private_data);
    if (BPF_CORE_READ(socket, type) != STREAM)
        return NULL;
    return BPF_CORE_READ(socket, sk);
}

#define NEAR 32 /* how far from a closed descriptor one is looked for that is still open */

/* Another descriptor of the current process for a socket of which one has been closed; -1 if there
 * is none near it. */
static __always_inline __s32 other_descriptor(struct sock *sock, __s32 closed)
{
    struct task_struct___files *task = (void *)bpf_get_current_task();
    struct fdtable *table = BPF_CORE_READ(task, files, fdt);
    struct file *file = BPF_CORE_READ(sock, sk_socket, file);
    struct file **slots = BPF_CORE_READ(table, fd);
    __u32 most = BPF_CORE_READ(table, max_fds);
    __u32 first = closed > NEAR ? closed - NEAR : 0;
    bool open;

    /* The last user is gone before the socket is. */
    if (bpf_core_field_exists(file->f_count))
        open = BPF_CORE_READ(file, f_count.counter) > 0;
    else
        open = BPF_CORE_READ((struct file___6_13 *)file, f_ref.refcnt.counter) >= 0;
    if (!file || !open)
        return -1;
    for (__u32 i = 0; i < 2 * NEAR; i++) {
        __u32 descriptor = first + i;
        struct file *there = NULL;

        if (descriptor >= most)
            return -1;
        bpf_probe_read_kernel(&there, sizeof(there), slots + descriptor);
        if (there == file)
            return descriptor;
    }
    return -1;
}

/* Whether the positions of a socket are those of what processes read and write there. */
static __always_inline bool has_positions(struct sock *sock)
{
    struct inet_connection_sock *connection = (struct inet_connection_sock *)sock;
    __u16 family = BPF_CORE_READ(sock, __sk_common.skc_family);

    return (family == INET || family == INET6) && BPF_CORE_READ(sock, sk_protocol) == TCP &&
           !BPF_CORE_READ(sock, sk_user_data) && !BPF_CORE_READ(connection, icsk_ulp_ops);
}

/* The position of the next byte to be read. */
static __always_inline __u32 read_position(struct sock *sock)
{
    return BPF_CORE_READ((struct tcp_sock *)sock, copied_seq);
}

/* Whether the end of what the peer sends may have been read; it then takes a position, too. */
static __always_inline bool read_end(struct sock *sock)
{
    struct tcp_sock *tcp = (struct tcp_sock *)sock;

    return BPF_CORE_READ(sock, sk_shutdown) & RCV_SHUTDOWN &&
           BPF_CORE_READ(tcp, copied_seq) == BPF_CORE_READ(tcp, rcv_nxt);
}

/* The position of the next byte to be written. */
static __always_inline __u32 write_position(struct sock *sock)
{
    return BPF_CORE_READ((struct tcp_sock *)sock, write_seq);
}

/* Whether the end of what is sent has a position. */
static __always_inline bool wrote_end(struct sock *sock)
{
    return BPF_CORE_READ(sock, sk_shutdown) & SEND_SHUTDOWN;
}

#endif
