// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The kernel side of `purebpf grpc`: the header blocks that gRPC-Go gets and writes, where they are
 * still, or again, lists of names and values. Where these are, differs by the versions of gRPC and
 * of Go, and is told by user space for each program.
 *
 *   on_server_headers, on_client_headers   operateHeaders of the transports: a block has come
 *   on_write                               (*loopyWriter).writeHeader: a block is about to be sent
 *   on_client_end                          (*http2Client).closeStream: a client has a call's status
 *   on_cleanup                             (*loopyWriter).cleanupStreamHandler: a stream is over
 *   on_server_close, on_client_close       Close of the transports: a connection is
 *   on_handled                             (*serverHandlerTransport).HandleStreams: net/http has got a
 *                                          call, of which nothing else is seen
 *   on_function                            all of these by one link (6.6), which may wait for memory
 *   on_function_at_once                    likewise, which may not
 *   sched_process_...                      who is watched, what it runs, and who is gone
 *
 * A connection is known by the address of its framer, which transport and writer refer to both. A
 * call ends with the block that ends its stream, else by the stream's or the connection's end; of a
 * client, else with the status that it makes up itself, since nobody sends it one. Each
 * event is sent or counted in `lost`; a call whose end is lost is counted in `lost_calls`, too, and no
 * longer in `streams`, by which user space knows. Blocks are put together in the ring, never in memory
 * of the processor: from 6.0 on, a task may be interrupted in between, and another one be here.
 */
#include "memory.h"
#include "stack.h"
#include "watch.h"

#define FIELDS 64            /* of a block that are looked at */
#define SHORT 256            /* bytes of a name that are kept */

#define ON_STACK 0x10000     /* of a place: the rest is what to add to the stack pointer */
#define UNREAD 0x8000        /* of a size: the string was not in memory, and its address is there */

enum kind {
    SERVER_RECEIVED = 0,
    CLIENT_RECEIVED = 1,
    WRITTEN = 2,
    RESET = 3,               /* the call was over before its last block */
    CLOSED = 4,
    STARTED = 5,             /* a process runs another program */
    PROCESS_GONE = 6,
};

/* flags of events */
#define END 1                /* the block ends its stream, in one direction */
#define CUT 2                /* there was more than was captured */
#define SERVER 4             /* our end serves: of what the writer tells */
#define SENT_RESET 8         /* we reset it */
/* and, of ends, what is known of the call in `streams`: */
#define KNOWN 16             /* its request was seen */
#define REQUEST_LOST 32
#define HEADERS_LOST 64
#define ENDS_TOLD 128        /* of CLOSED: the end of each call that is open will be told, too */

/* Where things are in one program: numbers of registers in Go's order, or ON_STACK; offsets. */
struct layout {
    __u32 server_frame;      /* places of parameters; the first, the receiver, is always the same */
    __u32 client_frame;
    __u32 write_stream;
    __u32 write_end;
    __u32 write_fields;
    __u32 write_count;
    __u32 cleanup_item;
    __u32 receiver;
    __u32 server_framer;     /* in http2Server */
    __u32 server_peer;
    __u32 client_framer;     /* in http2Client */
    __u32 client_peer;
    __u32 writer_framer;     /* in loopyWriter */
    __u32 writer_side;
    __u32 meta_headers;      /* in http2.MetaHeadersFrame */
    __u32 meta_fields;
    __u32 meta_truncated;
    __u32 header_flags;      /* in http2.HeadersFrame */
    __u32 header_stream;
    __u32 field_size;        /* of hpack.HeaderField, which begins with name and value */
    __u32 cleanup_stream;    /* in cleanupStream */
    __u32 cleanup_reset;
    __u32 cleanup_code;
    __u32 has_client_end;    /* whether what follows is known: 1 or 0 */
    __u32 end_stream;        /* places of parameters of closeStream */
    __u32 end_reset;
    __u32 end_code;
    __u32 end_status;
    __u32 stream_number;     /* in Stream or ClientStream */
    __u32 status_content;    /* in status.Status */
    __u32 content_code;      /* in what that refers to */
    __u32 reserved;
    __u64 code[3];           /* where on_server_headers, on_client_headers and on_write are, in
                              * the addresses of the file */
};

#define MOST_PROGRAMS 256

/* What the cookie of a probe is: which of `layouts`, and of one link for all functions which one. */
#define FUNCTION 0x10000

enum function {
    HANDLED = 0,
    SERVER_CLOSE = 1,
    CLIENT_CLOSE = 2,
    CLIENT_END = 3,
    CLEANUP = 4,
    CLIENT_HEADERS = 5,
    WRITE = 6,
    SERVER_HEADERS = 7,
};

/* What user space receives. Behind this, of a block, for each field: __u16 sizes of name and value,
 * then these; of an UNREAD one, which is as long as the rest of its size says, its address in the file. */
struct grpc_event {
    __u64 time;              /* CLOCK_MONOTONIC in ns */
    __u64 connection;
    __u32 pid;
    __u32 stream;
    __u32 code;              /* of SENT_RESET: the error code of HTTP/2 */
    __u32 status;            /* of RESET: the code of gRPC and 1, 0 if that is not known */
    __u32 reserved;
    __u16 program;           /* index in `layouts` */
    __u16 size;              /* bytes of fields */
    __u8 kind;
    __u8 flags;
    __u16 family;            /* of the peer: 0 if it is not known */
    __u32 port;
    __u8 peer[16];
    char command[16];
};

/* A list of fields, to be sent. */
struct block {
    __u64 connection;
    __u64 fields;
    __u64 count;
    __u64 peer;              /* address of the peer's net.Addr; 0: not known */
    __u64 bias;              /* what was added to the addresses of the file */
    __u32 program;
    __u32 stream;
    __u32 kind;
    __u32 flags;
};

/* A string of Go. */
struct text {
    __u64 address;
    __u64 length;
};

/* The beginning of an hpack.HeaderField. */
struct field {
    struct text name;
    struct text value;
};

/* What a field may have behind the place where it begins, without its value: sizes, the name, and
 * an address for what could not be read. */
#define MOST_OF_FIELD (2 * sizeof(__u16) + SHORT + sizeof(__u64))

const volatile bool use_cookies = false;
const volatile __u32 capture = 1024; /* user space allows up to 8192 */

/* Read by user space while the programs run. */
__u64 lost = 0;              /* events that could not be sent */
__u64 lost_requests = 0;     /* of these, requests */
__u64 lost_calls = 0;        /* of these, ends of calls whose beginning was seen */
__u64 handled = 0;           /* calls that net/http serves */

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, MOST_PROGRAMS);
    __type(key, __u32);
    __type(value, struct layout);
} layouts SEC(".maps");

struct stream_key {
    __u64 connection;
    __u32 pid;
    __u32 stream;
};

/* The calls that have begun and not ended, and which of REQUEST_LOST and HEADERS_LOST. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 65536);
    __type(key, struct stream_key);
    __type(value, __u32);
} streams SEC(".maps");

/* Who has sent something. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 16384);
    __type(key, __u32);
    __type(value, __u32);
} speakers SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 32 * 1024 * 1024);
} events SEC(".maps");

static __always_inline __u64 go_register(struct pt_regs *regs, __u32 number)
{
    switch (number) {
#if defined(__TARGET_ARCH_x86)
    case 0: return BPF_CORE_READ(regs, ax);
    case 1: return BPF_CORE_READ(regs, bx);
    case 2: return BPF_CORE_READ(regs, cx);
    case 3: return BPF_CORE_READ(regs, di);
    case 4: return BPF_CORE_READ(regs, si);
    case 5: return BPF_CORE_READ(regs, r8);
    case 6: return BPF_CORE_READ(regs, r9);
    case 7: return BPF_CORE_READ(regs, r10);
    case 8: return BPF_CORE_READ(regs, r11);
#else
    case 0: return BPF_CORE_READ(regs, regs[0]);
    case 1: return BPF_CORE_READ(regs, regs[1]);
    case 2: return BPF_CORE_READ(regs, regs[2]);
    case 3: return BPF_CORE_READ(regs, regs[3]);
    case 4: return BPF_CORE_READ(regs, regs[4]);
    case 5: return BPF_CORE_READ(regs, regs[5]);
    case 6: return BPF_CORE_READ(regs, regs[6]);
    case 7: return BPF_CORE_READ(regs, regs[7]);
    case 8: return BPF_CORE_READ(regs, regs[8]);
#endif
    default: return 0;
    }
}

static __always_inline __u64 instruction(struct pt_regs *regs)
{
#if defined(__TARGET_ARCH_x86)
    return BPF_CORE_READ(regs, ip);
#else
    return BPF_CORE_READ(regs, pc);
#endif
}

static __always_inline __u64 read_word(__u64 address, const bool may_sleep)
{
    __u64 word = 0;

    read_user(&word, sizeof(word), address, may_sleep);
    return word;
}

static __always_inline __u32 read_number(__u64 address, const bool may_sleep)
{
    __u32 number = 0;

    read_user(&number, sizeof(number), address, may_sleep);
    return number;
}

static __always_inline __u8 read_byte(__u64 address, const bool may_sleep)
{
    __u8 byte = 0;

    read_user(&byte, sizeof(byte), address, may_sleep);
    return byte;
}

/* A parameter. Of one that is shorter than a word, the rest may be anything. */
static __always_inline __u64 parameter(struct pt_regs *regs, __u32 place, const bool may_sleep)
{
    if (place & ON_STACK)
        return read_word(regs->sp + (place & (ON_STACK - 1)), may_sleep);
    return go_register(regs, place);
}

/* The program that is running, if the current process is watched. */
static __always_inline struct layout *layout_of(void *ctx, __u32 *program)
{
    __u32 pid = bpf_get_current_pid_tgid() >> 32;

    keep_stack(ctx);
    if (state_of(pid) != WATCHED)
        return NULL;
    *program = use_cookies ? bpf_get_attach_cookie(ctx) & (FUNCTION - 1) : 0;
    return bpf_map_lookup_elem(&layouts, program);
}

static __always_inline void begin_event(struct grpc_event *event, __u32 kind)
{
    __builtin_memset(event, 0, sizeof(*event));
    event->time = bpf_ktime_get_ns();
    event->pid = bpf_get_current_pid_tgid() >> 32;
    event->kind = kind;
    bpf_get_current_comm(event->command, sizeof(event->command));
}

/* An event without a block. Returns 0, or an error, which is counted. */
static __always_inline int send_bare(struct grpc_event *event)
{
    if (!bpf_ringbuf_output(&events, event, sizeof(*event), 0))
        return 0;
    __sync_fetch_and_add(&lost, 1);
    return -1;
}

#define IPV4 4
#define IPV6 16
#define LONGEST_SLICE 256    /* room of a slice that is an address; no pointer is so low */

/* The peer, from what a net.Addr refers to: of a net.TCPAddr the slice with the address and the port,
 * of a net.UnixAddr two strings. */
static __always_inline void read_peer(struct grpc_event *event, __u64 address,
                                      const bool may_sleep)
{
    __u64 words[4] = {};

    if (!address || !read_user(words, sizeof(words), address, may_sleep))
        return;
    if (words[2] > LONGEST_SLICE) {
        if (words[3] == 4 &&
            read_number(words[2], may_sleep) == ('u' | 'n' << 8 | 'i' << 16 | 'x' << 24))
            event->family = 1; /* AF_UNIX */
        return;
    }
    if (words[1] == IPV4 && read_user(event->peer, IPV4, words[0], may_sleep))
        event->family = 2; /* AF_INET */
    else if (words[1] == IPV6 && read_user(event->peer, IPV6, words[0], may_sleep))
        event->family = 10; /* AF_INET6 */
    event->port = words[3];
}

/* Appends a string of at most `longest` bytes to the fields; returns the size that is to be told. How
 * far the record is filled is kept in the record itself: of a variable the verifier would follow
 * each value that it may have, field by field. */
static __always_inline __u16 append(struct grpc_event *event, __u64 most, struct text *text,
                                    __u64 longest, __u64 bias, const bool may_sleep)
{
    char *data = (char *)(event + 1);
    __u64 length = text->length;
    __u64 to = event->size;

    if (length > longest) {
        length = longest;
        event->flags |= CUT;
    }
    barrier_var(to);
    if (to > most)
        return 0;
    if (read_user(data + to, length, text->address, may_sleep)) {
        event->size = to + length;
        return length;
    }
    /* Not in memory, as constants of the program before their first use. */
    text->address -= bias;
    bpf_probe_read_kernel(data + to, sizeof(text->address), &text->address);
    event->size = to + sizeof(text->address);
    return UNREAD | length;
}

/* Appends a field of a block. Returns whether another one may follow it. */
static __always_inline bool append_field(struct grpc_event *event, struct layout *layout,
                                         struct block *block, __u32 i, const bool may_sleep)
{
    struct field field = {};
    __u16 sizes[2];
    __u64 to = event->size;

    if (i >= block->count)
        return false;
    barrier_var(to);
    if (to > capture ||
        !read_user(&field, sizeof(field), block->fields + i * layout->field_size, may_sleep)) {
        event->flags |= CUT;
        return false;
    }
    event->size = to + sizeof(sizes);
    sizes[0] = append(event, capture + sizeof(sizes), &field.name, SHORT, block->bias, may_sleep);
    sizes[1] = append(event, capture + sizeof(sizes) + SHORT, &field.value, capture, block->bias,
                      may_sleep);
    bpf_probe_read_kernel((char *)(event + 1) + to, sizeof(sizes), sizes);
    return true;
}

/* What the visit of a field needs to know. */
struct visit {
    struct grpc_event *event;
    struct layout *layout;
    struct block *block;
};

static long visit_field(__u32 i, struct visit *visit)
{
    return !append_field(visit->event, visit->layout, visit->block, i, true);
}

static long visit_field_at_once(__u32 i, struct visit *visit)
{
    return !append_field(visit->event, visit->layout, visit->block, i, false);
}

/* Fills an event with the fields of a block that begin in the first `capture` bytes. Of bpf_loop (5.17)
 * the verifier follows one round, of a loop each: 4,700 instructions instead of 188,000. */
static __always_inline void fill(struct grpc_event *event, struct layout *layout,
                                 struct block *block, const bool has_loop, const bool may_sleep)
{
    begin_event(event, block->kind);
    event->connection = block->connection;
    event->program = block->program;
    event->stream = block->stream;
    event->flags = block->flags | (block->count > FIELDS ? CUT : 0);
    read_peer(event, block->peer, may_sleep);
    if (has_loop) {
        struct visit visit = {.event = event, .layout = layout, .block = block};

        bpf_loop(FIELDS, may_sleep ? visit_field : visit_field_at_once, &visit, 0);
        return;
    }
    for (int i = 0; i < FIELDS; i++) {
        if (!append_field(event, layout, block, i, may_sleep))
            break;
    }
}

/* A call has begun. */
static __always_inline void begin_call(struct stream_key *key, bool is_lost)
{
    __u32 begun = is_lost ? REQUEST_LOST : 0;

    if (is_lost)
        __sync_fetch_and_add(&lost_requests, 1);
    if (!bpf_map_lookup_elem(&speakers, &key->pid))
        bpf_map_update_elem(&speakers, &key->pid, &key->pid, BPF_ANY);
    bpf_map_update_elem(&streams, key, &begun, BPF_ANY);
}

/* A call is answered, or ends. Returns what is known of it. */
static __always_inline __u32 answer_call(struct stream_key *key, bool ends, bool is_lost)
{
    __u32 *state = bpf_map_lookup_elem(&streams, key);
    __u32 known;

    if (!state)
        return 0;
    known = KNOWN | *state;
    if (!ends) {
        if (is_lost)
            *state |= HEADERS_LOST;
        return known;
    }
    /* Another thread may have ended it by now, which then tells. */
    if (bpf_map_delete_elem(&streams, key))
        return 0;
    if (is_lost)
        __sync_fetch_and_add(&lost_calls, 1);
    return known;
}

/* Keeps what a block says of its call: it begins, or is answered. */
static __always_inline void keep(struct block *block, bool request, bool is_lost)
{
    struct stream_key key = {
        .connection = block->connection,
        .pid = bpf_get_current_pid_tgid() >> 32,
        .stream = block->stream,
    };

    if (request)
        begin_call(&key, is_lost);
    else
        block->flags |= answer_call(&key, block->flags & END, is_lost);
}

/* Sends the block with which a call begins, or one that answers. Where it goes is asked for first, and
 * all that depends on what it is done before its fields are read: the verifier follows the loop over
 * them once for each combination of what is still known then. That of 5.10 forgets what is reserved when
 * anything lies between that and the question whether it was. */
static __always_inline void tell(struct layout *layout, struct block *block, bool request,
                                 const bool has_loop, const bool may_sleep)
{
    struct grpc_event *event =
        bpf_ringbuf_reserve(&events, sizeof(*event) + 2 * capture + MOST_OF_FIELD, 0);

    if (!event) {
        keep(block, request, true);
        __sync_fetch_and_add(&lost, 1);
        return;
    }
    keep(block, request, false);
    fill(event, layout, block, has_loop, may_sleep);
    bpf_ringbuf_submit(event, 0);
}

static __always_inline void read_frame(struct block *block, struct layout *layout, __u64 frame,
                                       const bool may_sleep)
{
    __u64 headers = read_word(frame + layout->meta_headers, may_sleep);

    block->fields = read_word(frame + layout->meta_fields, may_sleep);
    block->count = read_word(frame + layout->meta_fields + sizeof(__u64), may_sleep);
    block->stream = read_number(headers + layout->header_stream, may_sleep);
    block->flags = read_byte(headers + layout->header_flags, may_sleep) & END;
    block->flags |= (read_byte(frame + layout->meta_truncated, may_sleep) & 1) * CUT;
}

static __always_inline void server_headers(struct pt_regs *ctx, const bool has_loop,
                                           const bool may_sleep)
{
    struct block block = {.kind = SERVER_RECEIVED};
    struct layout *layout = layout_of(ctx, &block.program);
    __u64 transport;

    if (!layout)
        return;
    transport = parameter(ctx, layout->receiver, may_sleep);
    block.connection = read_word(transport + layout->server_framer, may_sleep);
    block.peer = read_word(transport + layout->server_peer + sizeof(__u64), may_sleep);
    block.bias = instruction(ctx) - layout->code[0];
    read_frame(&block, layout, parameter(ctx, layout->server_frame, may_sleep), may_sleep);
    tell(layout, &block, true, has_loop, may_sleep);
}

static __always_inline void client_headers(struct pt_regs *ctx, const bool has_loop,
                                           const bool may_sleep)
{
    struct block block = {.kind = CLIENT_RECEIVED};
    struct layout *layout = layout_of(ctx, &block.program);
    __u64 transport;

    if (!layout)
        return;
    transport = parameter(ctx, layout->receiver, may_sleep);
    block.connection = read_word(transport + layout->client_framer, may_sleep);
    block.peer = read_word(transport + layout->client_peer + sizeof(__u64), may_sleep);
    block.bias = instruction(ctx) - layout->code[1];
    read_frame(&block, layout, parameter(ctx, layout->client_frame, may_sleep), may_sleep);
    tell(layout, &block, false, has_loop, may_sleep);
}

static __always_inline void written(struct pt_regs *ctx, const bool has_loop,
                                    const bool may_sleep)
{
    struct block block = {.kind = WRITTEN};
    struct layout *layout = layout_of(ctx, &block.program);
    __u64 writer;

    if (!layout)
        return;
    writer = parameter(ctx, layout->receiver, may_sleep);
    block.connection = read_word(writer + layout->writer_framer, may_sleep);
    block.bias = instruction(ctx) - layout->code[2];
    block.stream = parameter(ctx, layout->write_stream, may_sleep);
    block.fields = parameter(ctx, layout->write_fields, may_sleep);
    block.count = parameter(ctx, layout->write_count, may_sleep);
    block.flags |= (parameter(ctx, layout->write_end, may_sleep) & 1) * END;
    block.flags |= (read_number(writer + layout->writer_side, may_sleep) & 1) * SERVER;
    tell(layout, &block, !(block.flags & SERVER), has_loop, may_sleep);
}

/* A call ends before its last block, if it has not ended: whoever takes it out of `streams` tells. */
static __always_inline void end_without_block(struct grpc_event *event)
{
    struct stream_key key = {
        .connection = event->connection,
        .pid = event->pid,
        .stream = event->stream,
    };
    __u32 *state = bpf_map_lookup_elem(&streams, &key);

    if (!state)
        return;
    event->flags |= KNOWN | *state;
    if (!bpf_map_delete_elem(&streams, &key) && send_bare(event))
        __sync_fetch_and_add(&lost_calls, 1);
}

static __always_inline void client_ends(struct pt_regs *ctx, const bool may_sleep)
{
    __u32 program;
    struct layout *layout = layout_of(ctx, &program);
    struct grpc_event event;
    __u64 transport, stream, status;

    if (!layout)
        return;
    begin_event(&event, RESET);
    transport = parameter(ctx, layout->receiver, may_sleep);
    event.connection = read_word(transport + layout->client_framer, may_sleep);
    stream = parameter(ctx, layout->end_stream, may_sleep);
    event.stream = read_number(stream + layout->stream_number, may_sleep);
    if (parameter(ctx, layout->end_reset, may_sleep) & 0xff) {
        event.flags |= SENT_RESET;
        event.code = parameter(ctx, layout->end_code, may_sleep);
    }
    status = parameter(ctx, layout->end_status, may_sleep);
    status = read_word(status + layout->status_content, may_sleep);
    if (status)
        event.status = read_number(status + layout->content_code, may_sleep) + 1;
    end_without_block(&event);
}

static __always_inline void cleaned_up(struct pt_regs *ctx, const bool may_sleep)
{
    __u32 program;
    struct layout *layout = layout_of(ctx, &program);
    struct grpc_event event;
    __u64 writer, item;

    if (!layout)
        return;
    begin_event(&event, RESET);
    writer = parameter(ctx, layout->receiver, may_sleep);
    event.connection = read_word(writer + layout->writer_framer, may_sleep);
    item = parameter(ctx, layout->cleanup_item, may_sleep);
    event.stream = read_number(item + layout->cleanup_stream, may_sleep);
    if (read_number(writer + layout->writer_side, may_sleep))
        event.flags |= SERVER;
    if (read_byte(item + layout->cleanup_reset, may_sleep)) {
        event.flags |= SENT_RESET;
        event.code = read_number(item + layout->cleanup_code, may_sleep);
    }
    end_without_block(&event);
}

static __always_inline void closed(struct pt_regs *ctx, bool server, const bool may_sleep)
{
    __u32 program;
    struct layout *layout = layout_of(ctx, &program);
    struct grpc_event event;
    __u64 transport;

    if (!layout)
        return;
    begin_event(&event, CLOSED);
    if (!server && layout->has_client_end)
        event.flags |= ENDS_TOLD;
    transport = parameter(ctx, layout->receiver, may_sleep);
    event.connection = read_word(
        transport + (server ? layout->server_framer : layout->client_framer), may_sleep);
    send_bare(&event);
}

static __always_inline void is_handled(struct pt_regs *ctx)
{
    __u32 program;

    if (layout_of(ctx, &program))
        __sync_fetch_and_add(&handled, 1);
}

SEC("uprobe")
int on_server_headers(struct pt_regs *ctx)
{
    server_headers(ctx, false, false);
    return 0;
}

SEC("uprobe")
int on_client_headers(struct pt_regs *ctx)
{
    client_headers(ctx, false, false);
    return 0;
}

SEC("uprobe")
int on_write(struct pt_regs *ctx)
{
    written(ctx, false, false);
    return 0;
}

SEC("uprobe")
int on_client_end(struct pt_regs *ctx)
{
    client_ends(ctx, false);
    return 0;
}

SEC("uprobe")
int on_cleanup(struct pt_regs *ctx)
{
    cleaned_up(ctx, false);
    return 0;
}

SEC("uprobe")
int on_server_close(struct pt_regs *ctx)
{
    closed(ctx, true, false);
    return 0;
}

SEC("uprobe")
int on_client_close(struct pt_regs *ctx)
{
    closed(ctx, false, false);
    return 0;
}

SEC("uprobe")
int on_handled(struct pt_regs *ctx)
{
    is_handled(ctx);
    return 0;
}

/* Does what all of these do. The kernel that has links of many uprobes has bpf_loop, too. */
static __always_inline void any_function(struct pt_regs *ctx, const bool may_sleep)
{
    switch (bpf_get_attach_cookie(ctx) / FUNCTION) {
    case HANDLED:
        is_handled(ctx);
        break;
    case SERVER_CLOSE:
        closed(ctx, true, may_sleep);
        break;
    case CLIENT_CLOSE:
        closed(ctx, false, may_sleep);
        break;
    case CLIENT_END:
        client_ends(ctx, may_sleep);
        break;
    case CLEANUP:
        cleaned_up(ctx, may_sleep);
        break;
    case CLIENT_HEADERS:
        client_headers(ctx, true, may_sleep);
        break;
    case WRITE:
        written(ctx, true, may_sleep);
        break;
    case SERVER_HEADERS:
        server_headers(ctx, true, may_sleep);
        break;
    }
}

SEC("uprobe.multi.s")
int on_function(struct pt_regs *ctx)
{
    any_function(ctx, true);
    return 0;
}

SEC("uprobe.multi")
int on_function_at_once(struct pt_regs *ctx)
{
    any_function(ctx, false);
    return 0;
}

SEC("raw_tp/sched_process_exec")
int on_exec(struct bpf_raw_tracepoint_args *ctx)
{
    __u32 pid = bpf_get_current_pid_tgid() >> 32;
    struct grpc_event event;

    watch_after_exec(pid);
    if (state_of(pid) != WATCHED)
        return 0;
    begin_event(&event, STARTED);
    send_bare(&event);
    return 0;
}

SEC("raw_tp/sched_process_exit")
int on_exit(struct bpf_raw_tracepoint_args *ctx)
{
    struct task_struct *task = (struct task_struct *)ctx->args[0];
    __u32 pid = bpf_get_current_pid_tgid() >> 32;
    struct grpc_event event;

    if (BPF_CORE_READ(task, signal, live.counter))
        return 0;
    if (!bpf_map_delete_elem(&speakers, &pid)) {
        begin_event(&event, PROCESS_GONE);
        send_bare(&event);
    }
    forget_exited(task, pid);
    return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
