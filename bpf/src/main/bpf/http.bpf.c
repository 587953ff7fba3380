// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The kernel side of `purebpf http`: what watched processes read and write on stream sockets whose
 * data begins like a message of HTTP/1.x.
 *
 *   sys_exit             by the tracepoint of all system calls: those that move data have happened;
 *                        a second program is there for what the kernel leaves the first one out of
 *   on_entry, on_return  the same by kprobes of just these calls, which keeps all others fast
 *   sched_process_fork, sched_process_exec, sched_process_exit   who is watched, and who is gone
 *
 * At its end a call still has its arguments, and the bytes are where it said: a read has them
 * there, a write has not returned to whoever may change them. A connection is followed from the
 * first piece on that begins with a method or with HTTP/; all else is looked at a few times, and
 * then no more. A piece is one buffer of a call; of what is longer than `capture` the last bytes are
 * sent, too, since a body may end there, and what is between is only counted.
 *
 * Each piece of a followed connection is sent or counted in `lost`; those that begin a message are
 * also counted as requests and responses. The next piece that is sent says how much is missing
 * before it: TCP itself counts the bytes that were read and written, also those of calls that the
 * kernel did not tell of, and of ways that are not looked at.
 */
#include "socket.h"
#include "watch.h"

#define LARGEST_CAPTURE 8192
#define LARGEST_TAIL 256
#define PIECES 16      /* buffers of one call that are looked into */
#define BUFFERS 128    /* buffers of one call among which its last is looked for */
#define PATIENCE 16    /* pieces that may be something else before a socket is passed over */

enum kind {
    RECEIVED = 0,
    SENT = 1,
    CLOSED = 2,       /* the process closed its descriptor */
    ENDED = 3,        /* the other end sends no more */
    PROCESS_GONE = 4,
};

/* What user space receives: everything up to `data`, then `captured` and `tail` bytes of that. */
struct http_event {
    __u64 time;       /* CLOCK_MONOTONIC in ns */
    __u64 connection; /* differs from that of every other connection */
    __u32 pid;
    __s32 descriptor;
    __u32 length;     /* bytes that were read or written */
    __u16 captured;
    __u8 kind;
    __u8 unused;
    __u16 family;
    __u16 local_port;
    __u16 peer_port;
    __u16 tail;       /* the last bytes of the piece, if they are not among those captured */
    __u8 peer[16];    /* an address as it is in packets */
    char command[16];
    __u32 lost[2];    /* bytes that were received and sent before, and counted in `lost` */
    __u32 missing;    /* bytes before these that were not seen; of what was sent if CLOSED */
    char data[LARGEST_CAPTURE + LARGEST_TAIL];
};

#define HEADER_SIZE __builtin_offsetof(struct http_event, data)

const volatile __u32 capture = 4096;

/* Read by user space while the programs run. */
__u64 lost = 0;           /* pieces, ends and calls that could not be sent */
__u64 lost_requests = 0;  /* of these, those that began a request */
__u64 lost_responses = 0; /* of these, those that began a response */
__u64 made_up = 0;        /* calls of any process that only the second program at sys_exit saw */

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
    SPLICE,
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
    case 275: return SPLICE;
    case 288: return ACCEPT;
#else
    case 57: return CLOSE;
    case 63: return READ;
    case 64: return WRITE;
    case 65: return READV;
    case 66: return WRITEV;
    case 71: return SENDFILE;
    case 76: return SPLICE;
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
    __u32 ports;
    __u32 positions; /* whether `seen` is set */
    __u32 seen[2];   /* by RECEIVED and SENT: the position after what was seen */
    __u32 lost[2];   /* bytes that could not be sent, since the last time that something was */
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

/* What a call moved, and one buffer of it after the other. It is in a map and not on the stack so
 * that the verifier knows no values of it: it would follow each combination of them through all
 * that comes after. */
struct piece {
    __u64 sock;
    __u64 vector;  /* of `count` buffers, if not null; otherwise all is at `base` */
    __u64 count;
    __u64 left;    /* bytes of the call from this piece on */
    __u64 base;    /* where it is; null if that is nowhere in the process' memory, or not known */
    __u64 length;
    __u64 end;     /* after its last byte */
    __u64 ending;  /* the bytes before that which are its last */
    __u32 descriptor;
    __u32 kind;
    __u32 again;   /* the first program may have seen this call, after all */
    volatile __u32 begins;
    volatile __u32 missing;
};

struct scratch {
    volatile __u32 at_work; /* on_sys_exit runs on this processor, for whatever task */
    struct piece piece;
    struct http_event event;
};

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct scratch);
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
    /* The methods that are registered, and those of caches. */
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
    case WORD('M', 'K', 'A', 'C'):
    case WORD('M', 'K', 'R', 'E'):
    case WORD('M', 'K', 'W', 'O'):
    case WORD('C', 'O', 'P', 'Y'):
    case WORD('M', 'O', 'V', 'E'):
    case WORD('L', 'O', 'C', 'K'):
    case WORD('U', 'N', 'L', 'O'):
    case WORD('R', 'E', 'P', 'O'):
    case WORD('S', 'E', 'A', 'R'):
    case WORD('Q', 'U', 'E', 'R'):
    case WORD('P', 'U', 'R', 'G'):
    case WORD('B', 'A', 'N', ' '):
    case WORD('A', 'C', 'L', ' '):
    case WORD('B', 'I', 'N', 'D'):
    case WORD('R', 'E', 'B', 'I'):
    case WORD('U', 'N', 'B', 'I'):
    case WORD('L', 'I', 'N', 'K'):
    case WORD('U', 'N', 'L', 'I'):
    case WORD('M', 'E', 'R', 'G'):
    case WORD('C', 'H', 'E', 'C'):
    case WORD('U', 'N', 'C', 'H'):
    case WORD('U', 'P', 'D', 'A'):
    case WORD('L', 'A', 'B', 'E'):
    case WORD('V', 'E', 'R', 'S'):
    case WORD('B', 'A', 'S', 'E'):
    case WORD('O', 'R', 'D', 'E'):
    case WORD('S', 'U', 'B', 'S'):
    case WORD('U', 'N', 'S', 'U'):
    case WORD('N', 'O', 'T', 'I'):
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
    __u64 size = HEADER_SIZE + event->captured + event->tail;

    /* Without the barrier clang drops the comparison, and the verifier does not see the bound. */
    barrier_var(size);
    if (size > sizeof(*event))
        size = sizeof(*event);
    return bpf_ringbuf_output(&events, event, size, 0);
}

static __always_inline struct scratch *scratch_memory(void)
{
    __u32 zero = 0;

    return bpf_map_lookup_elem(&scratch, &zero);
}

static __always_inline struct http_event *blank_event(__u32 pid, __u32 kind)
{
    struct scratch *memory = scratch_memory();
    struct http_event *event;

    if (!memory)
        return NULL;
    event = &memory->event;
    __builtin_memset(event, 0, HEADER_SIZE);
    event->time = bpf_ktime_get_ns();
    event->pid = pid;
    event->kind = kind;
    bpf_get_current_comm(event->command, sizeof(event->command));
    return event;
}

static __always_inline void make_connection(struct connection_key *key, struct sock *sock,
                                            bool accepted)
{
    struct connection fresh = {
        .id = (bpf_ktime_get_ns() << 16) ^ key->sock,
        .ports = ports_of(sock),
    };

    /* One that is being connected has no position to be read from until it is. */
    if (accepted && has_positions(sock)) {
        fresh.positions = 1;
        fresh.seen[RECEIVED] = read_position(sock);
        fresh.seen[SENT] = write_position(sock);
    }
    bpf_map_update_elem(&connections, key, &fresh, BPF_ANY);
}

/* The connection of a socket, also of one that took the place in memory of another. A socket that
 * its peer has reset has no local port any more. */
static __always_inline struct connection *connection_of(struct connection_key *key,
                                                        struct sock *sock)
{
    struct connection *connection = bpf_map_lookup_elem(&connections, key);
    __u32 ports = ports_of(sock);

    if (connection && (connection->ports == ports || !(ports >> 16)))
        return connection;
    make_connection(key, sock, false);
    return bpf_map_lookup_elem(&connections, key);
}

/* The bytes between two positions; 0 if a thread that was quicker went past the second. */
static __always_inline __u32 bytes_between(__u32 from, __u32 to)
{
    return (__s32)(to - from) > 0 ? to - from : 0;
}

/* Notes where a piece is in its stream, and how many bytes before it were not seen. Returns whether
 * it is new. */
static __always_inline bool pass(struct piece *piece, struct connection *connection)
{
    struct sock *sock = (struct sock *)piece->sock;
    bool sent = piece->kind == SENT;
    __u32 *seen = sent ? &connection->seen[SENT] : &connection->seen[RECEIVED];
    __u32 position, missing;

    if (!has_positions(sock)) {
        connection->positions = 0;
        return true;
    }
    position = (sent ? write_position(sock) : read_position(sock)) - (__u32)piece->left;
    if (!connection->positions) {
        connection->seen[RECEIVED] = sent ? read_position(sock) : position;
        connection->seen[SENT] = sent ? position : write_position(sock);
        connection->positions = 1;
    }
    missing = bytes_between(*seen, position);
    if (missing && !sent && read_end(sock)) {
        missing--;
        position--;
    }
    piece->missing = missing;
    position += (__u32)piece->length;
    if (bytes_between(*seen, position))
        *seen = position;
    else if (piece->again && piece->length)
        return false;
    return true;
}

static __always_inline void add_lost(__u32 *lost_bytes, __u64 more)
{
    more += *lost_bytes;
    *lost_bytes = more > 0xffffffff ? 0xffffffff : more;
}

/* Sends the piece in `scratch`. It is a global function, which the verifier looks at once: of a static
 * one it would follow each call by each way that leads there, four times as much in all. Such functions
 * take no pointers before 5.12. */
__noinline int tell(void)
{
    struct scratch *memory = scratch_memory();
    __u32 pid = bpf_get_current_pid_tgid() >> 32;
    struct connection_key key = {.pid = pid};
    struct connection *connection;
    struct http_event *event;
    __u64 captured, tail;
    struct piece *piece;
    struct sock *sock;

    if (!memory)
        return 0;
    piece = &memory->piece;
    key.sock = piece->sock;
    sock = (struct sock *)key.sock;
    connection = connection_of(&key, sock);
    if (!connection || (!connection->followed && connection->misses >= PATIENCE))
        return 0;
    piece->begins = piece->base && piece->length ? begins_message(piece->base, piece->length) : 0;
    piece->missing = 0;
    if (!pass(piece, connection))
        return 0;
    if (!connection->followed) {
        struct descriptor_key at = {.pid = pid, .descriptor = piece->descriptor};

        if (!piece->begins) {
            connection->misses++;
            return 0;
        }
        connection->followed = 1;
        bpf_map_update_elem(&descriptors, &at, &key.sock, BPF_ANY);
    }
    event = blank_event(pid, piece->kind);
    if (!event)
        return 0;
    event->connection = connection->id;
    event->descriptor = piece->descriptor;
    event->length = piece->length;
    event->missing = piece->missing;
    event->lost[RECEIVED] = connection->lost[RECEIVED];
    event->lost[SENT] = connection->lost[SENT];
    event->family = BPF_CORE_READ(sock, __sk_common.skc_family);
    event->local_port = BPF_CORE_READ(sock, __sk_common.skc_num);
    event->peer_port = __builtin_bswap16(BPF_CORE_READ(sock, __sk_common.skc_dport));
    if (event->family == INET)
        bpf_core_read(event->peer, 4, &sock->__sk_common.skc_daddr);
    else if (event->family == INET6)
        bpf_core_read(event->peer, 16, &sock->__sk_common.skc_v6_daddr);
    captured = piece->base ? piece->length : 0;
    if (captured > capture)
        captured = capture;
    barrier_var(captured);
    if (captured > LARGEST_CAPTURE)
        captured = LARGEST_CAPTURE;
    if (captured && bpf_probe_read_user(event->data, captured, (void *)piece->base))
        captured = 0;
    event->captured = captured;
    tail = piece->length - captured;
    if (tail > piece->ending)
        tail = piece->ending;
    barrier_var(tail);
    if (tail > LARGEST_TAIL)
        tail = LARGEST_TAIL;
    if (tail && bpf_probe_read_user(event->data + captured, tail, (void *)(piece->end - tail)))
        tail = 0;
    event->tail = tail;
    if (!send(event)) {
        connection->lost[RECEIVED] = connection->lost[SENT] = 0;
        return 0;
    }
    add_lost(piece->kind == SENT ? &connection->lost[SENT] : &connection->lost[RECEIVED],
             piece->length + piece->missing);
    __sync_fetch_and_add(&lost, 1);
    if (piece->begins == 1)
        __sync_fetch_and_add(&lost_requests, 1);
    if (piece->begins == 2)
        __sync_fetch_and_add(&lost_responses, 1);
    return 0;
}

/* What is left from one buffer on, of which only the last bytes are looked at. */
static __always_inline void tell_rest(struct piece *piece, __u32 from)
{
    struct buffer buffer = {};
    __u64 left = piece->left;

    piece->base = 0;
    piece->length = left;
    piece->ending = 0;
    for (__u32 i = from; i < BUFFERS; i++) {
        if (i >= piece->count ||
            bpf_probe_read_user(&buffer, sizeof(buffer),
                                (void *)(piece->vector + i * sizeof(buffer))))
            break;
        if (buffer.length >= left) {
            piece->end = buffer.base + left;
            piece->ending = left;
            break;
        }
        left -= buffer.length;
    }
    tell();
}

/* All buffers of a call, as far as `left` bytes went. */
static __always_inline void tell_all(struct piece *piece)
{
    for (__u32 i = 0; i < PIECES; i++) {
        struct buffer buffer = {};

        piece->length = piece->left;
        if (piece->vector) {
            __u64 at = piece->vector + i * sizeof(buffer);

            if (i >= piece->count || bpf_probe_read_user(&buffer, sizeof(buffer), (void *)at))
                break;
            if (!buffer.length)
                continue;
            if (buffer.length < piece->left)
                piece->length = buffer.length;
            piece->base = buffer.base;
        }
        piece->end = piece->base + piece->length;
        piece->ending = piece->base ? piece->length : 0;
        tell();
        piece->left -= piece->length;
        if (!piece->left)
            return;
    }
    tell_rest(piece, PIECES);
}

static __always_inline void closed(__u32 pid, __s32 descriptor)
{
    struct descriptor_key at = {.pid = pid, .descriptor = descriptor};
    __u64 *sock = bpf_map_lookup_elem(&descriptors, &at);
    struct connection_key key = {.pid = pid};
    struct connection *connection;
    struct http_event *event;
    __s32 other;

    if (!sock)
        return;
    key.sock = *sock;
    bpf_map_delete_elem(&descriptors, &at);
    other = other_descriptor((struct sock *)key.sock, descriptor);
    if (other >= 0) {
        at.descriptor = other;
        bpf_map_update_elem(&descriptors, &at, &key.sock, BPF_ANY);
        return;
    }
    connection = bpf_map_lookup_elem(&connections, &key);
    if (!connection)
        return;
    event = blank_event(pid, CLOSED);
    if (event) {
        struct sock *socket = (struct sock *)key.sock;

        event->connection = connection->id;
        event->descriptor = descriptor;
        event->lost[RECEIVED] = connection->lost[RECEIVED];
        event->lost[SENT] = connection->lost[SENT];
        /* What is sent still, or waits for its acknowledgement, keeps the socket in its place. */
        if (connection->positions && connection->ports == ports_of(socket)) {
            event->missing = bytes_between(connection->seen[SENT], write_position(socket));
            if (event->missing && wrote_end(socket))
                event->missing--;
        }
        if (send(event))
            __sync_fetch_and_add(&lost, 1);
    }
    bpf_map_delete_elem(&connections, &key);
}

#define MSG_OOB 1
#define MSG_PEEK 2
#define MSG_TRUNC 0x20
#define MSG_ERRQUEUE 0x2000

static __always_inline void complete(__s32 number, const __u64 *arguments, __u64 flags,
                                     __s64 result, bool again)
{
    enum call call = call_of_number(number);
    __u32 pid = bpf_get_current_pid_tgid() >> 32;
    __u32 descriptor = arguments[0];
    __u64 buffers = arguments[1], count = arguments[2], options = 0;
    struct connection_key key = {.pid = pid};
    struct message message = {};
    struct connection *connection;
    struct scratch *memory;
    struct piece *piece;
    struct sock *sock;
    bool sends = call == WRITE || call == WRITEV || call == SENDTO || call == SENDMSG ||
                 call == SENDFILE;

    if (call == CLOSE) {
        closed(pid, descriptor);
        return;
    }
    if (call == ACCEPT)
        descriptor = result;
    if (result < 0 && call != CONNECT)
        return;
    sock = stream_of(descriptor);
    if (call == SPLICE && !sock) {
        /* From a pipe, and not into one. */
        descriptor = arguments[2];
        sock = stream_of(descriptor);
        sends = true;
    }
    memory = scratch_memory();
    if (!sock || !memory)
        return;
    key.sock = (__u64)sock;
    if (call == ACCEPT || call == CONNECT) {
        /* Another may have been at that address before. */
        make_connection(&key, sock, call == ACCEPT);
        return;
    }
    piece = &memory->piece;
    __builtin_memset(piece, 0, sizeof(*piece));
    piece->sock = (__u64)sock;
    piece->descriptor = descriptor;
    piece->left = result;
    piece->again = again;
    if (sends)
        piece->kind = SENT;
    if (call == RECVFROM)
        options = flags;
    if (call == RECVMSG)
        options = count;
    /* The first will be read again, the others are no part of the stream. */
    if (options & (MSG_PEEK | MSG_OOB | MSG_ERRQUEUE))
        return;
    if (call == RECVMSG || call == SENDMSG) {
        if (bpf_probe_read_user(&message, sizeof(message), (void *)buffers))
            return;
        count = message.count;
    }
    if (!result) {
        connection = bpf_map_lookup_elem(&connections, &key);
        /* Who reads into no room at all is told nothing. */
        if (piece->kind == SENT || !(count || call == SPLICE) || !connection ||
            !connection->followed)
            return;
        piece->kind = ENDED;
    } else if (options & MSG_TRUNC) {
        /* Bytes that are dropped instead of read are nowhere to be found. */
    } else if (call == SENDMSG || call == RECVMSG) {
        piece->vector = message.buffers;
        piece->count = count;
    } else if (call == READV || call == WRITEV) {
        piece->vector = buffers;
        piece->count = count;
    } else if (call != SENDFILE && call != SPLICE) {
        piece->base = buffers;
    }
    tell_all(piece);
}

static __always_inline void end_of_call(struct bpf_raw_tracepoint_args *ctx, bool again)
{
    struct pt_regs *regs = (struct pt_regs *)ctx->args[0];
    __s32 number = call_number(regs);
    __u64 arguments[6];

    if (call_of_number(number) == NO_CALL)
        return;
    if (state_of(bpf_get_current_pid_tgid() >> 32) != WATCHED || is_compat_call())
        return;
    read_arguments(arguments, regs, false);
    complete(number, arguments, arguments[3], ctx->args[1], again);
}

SEC("raw_tp/sys_exit")
int on_sys_exit(struct bpf_raw_tracepoint_args *ctx)
{
    struct scratch *memory = scratch_memory();

    if (!memory)
        return 0;
    memory->at_work = 1;
    begin_undisturbed();
    end_of_call(ctx, false);
    /* If another task is due it runs now, and still as if within this program. */
    end_undisturbed();
    memory->at_work = 0;
    return 0;
}

/* Attached after on_sys_exit, and hence called after it: for the task that interrupts that one. */
SEC("raw_tp/sys_exit")
int on_sys_exit_left_out(struct bpf_raw_tracepoint_args *ctx)
{
    struct scratch *memory = scratch_memory();

    if (!memory || !memory->at_work)
        return 0;
    begin_undisturbed();
    __sync_fetch_and_add(&made_up, 1);
    end_of_call(ctx, true);
    end_undisturbed();
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
    complete(call.number, call.arguments, call.flags, result, false);
    return 0;
}

SEC("raw_tp/sched_process_exec")
int on_exec(struct bpf_raw_tracepoint_args *ctx)
{
    begin_undisturbed();
    watch_after_exec(bpf_get_current_pid_tgid() >> 32);
    end_undisturbed();
    return 0;
}

static __always_inline void end_of_task(struct task_struct *task)
{
    __u64 pid_tid = bpf_get_current_pid_tgid();
    __u32 pid = pid_tid >> 32, tid = (__u32)pid_tid;
    struct http_event *event;

    bpf_map_delete_elem(&calls, &tid);
    if (BPF_CORE_READ(task, signal, live.counter))
        return;
    if (state_of(pid) == WATCHED) {
        event = blank_event(pid, PROCESS_GONE);
        if (event && send(event))
            __sync_fetch_and_add(&lost, 1);
    }
    forget_exited(task, pid);
}

SEC("raw_tp/sched_process_exit")
int on_exit(struct bpf_raw_tracepoint_args *ctx)
{
    begin_undisturbed();
    end_of_task((struct task_struct *)ctx->args[0]);
    end_undisturbed();
    return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
