// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The kernel side of `purebpf http`: what watched processes read and write on stream sockets whose
 * data begins like a message of HTTP/1.x.
 *
 *   sys_exit             by the tracepoint of all system calls: those that move data have happened
 *   on_entry, on_return  the same by kprobes of just these calls, which keeps all others fast
 *   sched_process_fork, sched_process_exec, sched_process_exit   who is watched, and who is gone
 *
 * At its end a call still has its arguments, and the bytes are where it said: a read has them
 * there, a write has not returned to whoever may change them. A connection is followed from the
 * first piece on that begins with a method or with HTTP/; all else is looked at a few times, and
 * then no more. A piece is one buffer of a call; what is longer than `capture` is only counted.
 *
 * Each piece of a followed connection is sent or counted in `lost`; those that begin a message are
 * also counted as requests and responses. The next piece that is sent says that one is missing.
 */
#include "socket.h"
#include "watch.h"

#define LARGEST_CAPTURE 8192
#define PIECES 16      /* buffers of one call that are looked into */
#define PATIENCE 16    /* pieces that may be something else before a socket is passed over */

enum kind {
    RECEIVED = 0,
    SENT = 1,
    CLOSED = 2,       /* the process closed its descriptor */
    ENDED = 3,        /* the other end sends no more */
    PROCESS_GONE = 4,
};

#define LOST_RECEIVED 1 /* flags: a piece before this one is missing */
#define LOST_SENT 2

/* What user space receives: everything up to `data`, then `captured` bytes of that. */
struct http_event {
    __u64 time;       /* CLOCK_MONOTONIC in ns */
    __u64 connection; /* differs from that of every other connection */
    __u32 pid;
    __s32 descriptor;
    __u32 length;     /* bytes that were read or written */
    __u16 captured;
    __u8 kind;
    __u8 flags;
    __u16 family;
    __u16 local_port;
    __u16 peer_port;
    __u16 reserved;
    __u8 peer[16];    /* an address as it is in packets */
    char command[16];
    char data[LARGEST_CAPTURE];
};

#define HEADER_SIZE __builtin_offsetof(struct http_event, data)

const volatile __u32 capture = 4096;

/* Read by user space while the programs run. */
__u64 lost = 0;           /* pieces, ends and calls that could not be sent */
__u64 lost_requests = 0;  /* of these, those that began a request */
__u64 lost_responses = 0; /* of these, those that began a response */

enum call {
    NO_CALL,
    READ,
    WRITE,
    READV,
    WRITEV,
    SENDTO,
    RECVFROM,
    SENDMSG,
    RECVMSG,
    SENDFILE,
    ACCEPT,
    CONNECT,
    CLOSE,
};

static __always_inline enum call call_of_number(__s32 number)
{
    switch (number) {
#if defined(__TARGET_ARCH_x86)
    case 0: return READ;
    case 1: return WRITE;
    case 3: return CLOSE;
    case 19: return READV;
    case 20: return WRITEV;
    case 40: return SENDFILE;
    case 42: return CONNECT;
    case 43: return ACCEPT;
    case 44: return SENDTO;
    case 45: return RECVFROM;
    case 46: return SENDMSG;
    case 47: return RECVMSG;
    case 288: return ACCEPT;
#else
    case 57: return CLOSE;
    case 63: return READ;
    case 64: return WRITE;
    case 65: return READV;
    case 66: return WRITEV;
    case 71: return SENDFILE;
    case 202: return ACCEPT;
    case 203: return CONNECT;
    case 206: return SENDTO;
    case 207: return RECVFROM;
    case 211: return SENDMSG;
    case 212: return RECVMSG;
    case 242: return ACCEPT;
#endif
    default: return NO_CALL;
    }
}

struct connection_key {
    __u64 sock;
    __u64 pid;
};

struct connection {
    __u64 id;
    __u32 followed;
    __u32 misses;
    __u32 flags;
    __u32 ports;
};

/* Dead ones of processes that never closed them make room for new ones. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 65536);
    __type(key, struct connection_key);
    __type(value, struct connection);
} connections SEC(".maps");

struct descriptor_key {
    __u32 pid;
    __s32 descriptor;
};

/* The sockets behind descriptors: at the end of close(), the kernel no longer knows. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 65536);
    __type(key, struct descriptor_key);
    __type(value, __u64);
} descriptors SEC(".maps");

struct pending_call {
    __u64 arguments[3];
    __u64 flags;
    __u64 number;
};

/* Between entry and return of a kprobed call, keyed by tid. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 65536);
    __type(key, __u32);
    __type(value, struct pending_call);
} calls SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct http_event);
} scratch SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 16 * 1024 * 1024);
} events SEC(".maps");

struct buffer {
    __u64 base;
    __u64 length;
};

struct message {
    __u64 name;
    __u64 name_length;
    __u64 buffers;
    __u64 count;
};

#define WORD(a, b, c, d) ((__u32)(a) | (__u32)(b) << 8 | (__u32)(c) << 16 | (__u32)(d) << 24)

/* 1: as a request begins, 2: as a response does, 0: neither. Fewer than four bytes are enough for
 * no more than a guess, which user space looks into. */
static __always_inline int begins_message(__u64 base, __u64 length)
{
    __u32 word = 0;

    if (length < 4) {
        char first = 0;

        bpf_probe_read_user(&first, 1, (void *)base);
        return first >= 'A' && first <= 'Z' ? first == 'H' ? 2 : 1 : 0;
    }
    if (bpf_probe_read_user(&word, sizeof(word), (void *)base))
        return 0;
    switch (word) {
    case WORD('H', 'T', 'T', 'P'):
        return 2;
    case WORD('G', 'E', 'T', ' '):
    case WORD('H', 'E', 'A', 'D'):
    case WORD('P', 'O', 'S', 'T'):
    case WORD('P', 'U', 'T', ' '):
    case WORD('D', 'E', 'L', 'E'):
    case WORD('O', 'P', 'T', 'I'):
    case WORD('P', 'A', 'T', 'C'):
    case WORD('C', 'O', 'N', 'N'):
    case WORD('T', 'R', 'A', 'C'):
    case WORD('P', 'R', 'O', 'P'):
    case WORD('M', 'K', 'C', 'O'):
    case WORD('C', 'O', 'P', 'Y'):
    case WORD('M', 'O', 'V', 'E'):
    case WORD('L', 'O', 'C', 'K'):
    case WORD('U', 'N', 'L', 'O'):
    case WORD('R', 'E', 'P', 'O'):
    case WORD('S', 'E', 'A', 'R'):
        return 1;
    }
    return 0;
}

static __always_inline __u32 ports_of(struct sock *sock)
{
    return (__u32)BPF_CORE_READ(sock, __sk_common.skc_num) << 16 |
           BPF_CORE_READ(sock, __sk_common.skc_dport);
}

static __always_inline long send(struct http_event *event)
{
    __u64 size = HEADER_SIZE + event->captured;

    /* Without the barrier clang drops the comparison, and the verifier does not see the bound. */
    barrier_var(size);
    if (size > sizeof(*event))
        size = sizeof(*event);
    return bpf_ringbuf_output(&events, event, size, 0);
}

static __always_inline struct http_event *blank_event(__u32 pid, __u32 kind)
{
    __u32 zero = 0;
    struct http_event *event = bpf_map_lookup_elem(&scratch, &zero);

    if (!event)
        return NULL;
    __builtin_memset(event, 0, HEADER_SIZE);
    event->time = bpf_ktime_get_ns();
    event->pid = pid;
    event->kind = kind;
    bpf_get_current_comm(event->command, sizeof(event->command));
    return event;
}

static __always_inline void make_connection(struct connection_key *key, struct sock *sock)
{
    struct connection fresh = {
        .id = (bpf_ktime_get_ns() << 16) ^ key->sock,
        .ports = ports_of(sock),
    };

    bpf_map_update_elem(&connections, key, &fresh, BPF_ANY);
}

/* The connection of a socket, also of one that took the place in memory of another. */
static __always_inline struct connection *connection_of(struct connection_key *key,
                                                        struct sock *sock)
{
    struct connection *connection = bpf_map_lookup_elem(&connections, key);

    if (connection && connection->ports == ports_of(sock))
        return connection;
    make_connection(key, sock);
    return bpf_map_lookup_elem(&connections, key);
}

/* One buffer of a call. A null `base` is data that is nowhere in the process' memory. */
static __noinline int piece(__u64 sock_address, __u32 descriptor, __u64 base, __u64 length,
                            __u32 kind)
{
    struct sock *sock = (struct sock *)sock_address;
    __u32 pid = bpf_get_current_pid_tgid() >> 32;
    struct connection_key key = {.sock = sock_address, .pid = pid};
    struct connection *connection = connection_of(&key, sock);
    struct http_event *event;
    __u64 captured;
    int begins;

    if (!connection || (!connection->followed && connection->misses >= PATIENCE))
        return 0;
    begins = base && length ? begins_message(base, length) : 0;
    if (!connection->followed) {
        struct descriptor_key at = {.pid = pid, .descriptor = descriptor};

        if (!begins) {
            connection->misses++;
            return 0;
        }
        connection->followed = 1;
        bpf_map_update_elem(&descriptors, &at, &sock_address, BPF_ANY);
    }
    event = blank_event(pid, kind);
    if (!event)
        return 0;
    event->connection = connection->id;
    event->descriptor = descriptor;
    event->length = length;
    event->flags = connection->flags;
    event->family = BPF_CORE_READ(sock, __sk_common.skc_family);
    event->local_port = BPF_CORE_READ(sock, __sk_common.skc_num);
    event->peer_port = __builtin_bswap16(BPF_CORE_READ(sock, __sk_common.skc_dport));
    if (event->family == INET)
        bpf_core_read(event->peer, 4, &sock->__sk_common.skc_daddr);
    else if (event->family == INET6)
        bpf_core_read(event->peer, 16, &sock->__sk_common.skc_v6_daddr);
    captured = base ? length : 0;
    if (captured > capture)
        captured = capture;
    barrier_var(captured);
    if (captured > LARGEST_CAPTURE)
        captured = LARGEST_CAPTURE;
    if (captured && bpf_probe_read_user(event->data, captured, (void *)base))
        captured = 0;
    event->captured = captured;
    if (!send(event)) {
        connection->flags = 0;
        return 0;
    }
    connection->flags |= kind == SENT ? LOST_SENT : LOST_RECEIVED;
    __sync_fetch_and_add(&lost, 1);
    if (begins == 1)
        __sync_fetch_and_add(&lost_requests, 1);
    if (begins == 2)
        __sync_fetch_and_add(&lost_responses, 1);
    return 0;
}

/* The buffers of readv and its like, as far as `length` bytes went. */
static __always_inline void pieces(__u64 sock, __u32 descriptor, __u64 buffers, __u64 count,
                                   __u64 length, __u32 kind)
{
    for (int i = 0; i < PIECES; i++) {
        struct buffer buffer = {};

        if (i >= count || !length)
            return;
        if (bpf_probe_read_user(&buffer, sizeof(buffer), (void *)(buffers + i * sizeof(buffer))))
            break;
        if (!buffer.length)
            continue;
        if (buffer.length > length)
            buffer.length = length;
        piece(sock, descriptor, buffer.base, buffer.length, kind);
        length -= buffer.length;
    }
    if (length)
        piece(sock, descriptor, 0, length, kind);
}

static __always_inline void closed(__u32 pid, __s32 descriptor)
{
    struct descriptor_key at = {.pid = pid, .descriptor = descriptor};
    __u64 *sock = bpf_map_lookup_elem(&descriptors, &at);
    struct connection_key key = {.pid = pid};
    struct connection *connection;
    struct http_event *event;

    if (!sock)
        return;
    key.sock = *sock;
    bpf_map_delete_elem(&descriptors, &at);
    connection = bpf_map_lookup_elem(&connections, &key);
    if (!connection)
        return;
    event = blank_event(pid, CLOSED);
    if (event) {
        event->connection = connection->id;
        event->descriptor = descriptor;
        event->flags = connection->flags;
        if (send(event))
            __sync_fetch_and_add(&lost, 1);
    }
    bpf_map_delete_elem(&connections, &key);
}

#define MSG_PEEK 2

static __always_inline void complete(__s32 number, const __u64 *arguments, __u64 flags,
                                     __s64 result)
{
    enum call call = call_of_number(number);
    __u32 pid = bpf_get_current_pid_tgid() >> 32;
    __u32 descriptor = arguments[0];
    __u64 buffers = arguments[1], count = arguments[2];
    struct message message = {};
    __u32 kind = RECEIVED;
    struct sock *sock;
    __u64 address;

    if (call == CLOSE) {
        closed(pid, descriptor);
        return;
    }
    if (call == ACCEPT)
        descriptor = result;
    if (result < 0 && call != CONNECT)
        return;
    sock = stream_of(descriptor);
    address = (__u64)sock;
    if (!sock)
        return;
    if (call == ACCEPT || call == CONNECT) {
        struct connection_key key = {.sock = address, .pid = pid};

        /* Another may have been at that address before. */
        make_connection(&key, sock);
        return;
    }
    if (call == WRITE || call == WRITEV || call == SENDTO || call == SENDMSG || call == SENDFILE)
        kind = SENT;
    if ((call == RECVFROM && flags & MSG_PEEK) || (call == RECVMSG && count & MSG_PEEK))
        return;
    if (!result) {
        struct connection_key key = {.sock = address, .pid = pid};
        struct connection *connection = bpf_map_lookup_elem(&connections, &key);

        if (kind == RECEIVED && count && connection && connection->followed)
            piece(address, descriptor, 0, 0, ENDED);
        return;
    }
    switch (call) {
    case SENDFILE:
        piece(address, descriptor, 0, result, kind);
        return;
    case SENDMSG:
    case RECVMSG:
        if (bpf_probe_read_user(&message, sizeof(message), (void *)buffers))
            return;
        buffers = message.buffers;
        count = message.count;
        break;
    case READV:
    case WRITEV:
        break;
    default:
        piece(address, descriptor, buffers, result, kind);
        return;
    }
    pieces(address, descriptor, buffers, count, result, kind);
}

SEC("raw_tp/sys_exit")
int on_sys_exit(struct bpf_raw_tracepoint_args *ctx)
{
    struct pt_regs *regs = (struct pt_regs *)ctx->args[0];
    __s32 number = call_number(regs);
    __u64 arguments[6];

    if (call_of_number(number) == NO_CALL)
        return 0;
    if (state_of(bpf_get_current_pid_tgid() >> 32) != WATCHED || is_compat_call())
        return 0;
    read_arguments(arguments, regs, false);
    complete(number, arguments, arguments[3], ctx->args[1]);
    return 0;
}

SEC("kprobe")
int on_entry(struct pt_regs *ctx)
{
    __u64 pid_tid = bpf_get_current_pid_tgid();
    __u32 tid = (__u32)pid_tid;
    struct pending_call call = {};
    struct pt_regs *regs;
    __u64 arguments[6];

    if (state_of(pid_tid >> 32) != WATCHED)
        return 0;
    /* The function's only argument is what the process called with. */
#if defined(__TARGET_ARCH_x86)
    regs = (struct pt_regs *)BPF_CORE_READ(ctx, di);
#else
    regs = (struct pt_regs *)BPF_CORE_READ(ctx, regs[0]);
#endif
    read_arguments(arguments, regs, false);
    call.arguments[0] = arguments[0];
    call.arguments[1] = arguments[1];
    call.arguments[2] = arguments[2];
    call.flags = arguments[3];
    call.number = (__u32)call_number(regs);
    /* The return of the call before was not seen: too many were under way at once. */
    if (bpf_map_update_elem(&calls, &tid, &call, BPF_NOEXIST)) {
        __sync_fetch_and_add(&lost, 1);
        bpf_map_update_elem(&calls, &tid, &call, BPF_ANY);
    }
    return 0;
}

SEC("kretprobe")
int on_return(struct pt_regs *ctx)
{
    __u32 tid = (__u32)bpf_get_current_pid_tgid();
    struct pending_call *known = bpf_map_lookup_elem(&calls, &tid);
    struct pending_call call;
    __s64 result;

    if (!known)
        return 0;
    call = *known;
    bpf_map_delete_elem(&calls, &tid);
#if defined(__TARGET_ARCH_x86)
    result = BPF_CORE_READ(ctx, ax);
#else
    result = BPF_CORE_READ(ctx, regs[0]);
#endif
    complete(call.number, call.arguments, call.flags, result);
    return 0;
}

SEC("raw_tp/sched_process_fork")
int on_fork(struct bpf_raw_tracepoint_args *ctx)
{
    watch_child((struct task_struct *)ctx->args[0], (struct task_struct *)ctx->args[1]);
    return 0;
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
    struct task_struct *task = (struct task_struct *)ctx->args[0];
    __u64 pid_tid = bpf_get_current_pid_tgid();
    __u32 pid = pid_tid >> 32, tid = (__u32)pid_tid;
    struct http_event *event;

    bpf_map_delete_elem(&calls, &tid);
    if (BPF_CORE_READ(task, signal, live.counter))
        return 0;
    if (state_of(pid) == WATCHED) {
        event = blank_event(pid, PROCESS_GONE);
        if (event && send(event))
            __sync_fetch_and_add(&lost, 1);
    }
    forget_exited(task, pid);
    return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
