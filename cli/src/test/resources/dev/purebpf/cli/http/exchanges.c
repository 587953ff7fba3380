/*
 * Both ends of connections over IPv4, IPv6 and Unix sockets, which ask and answer by each call that
 * moves data. One thread does all of it, one call after the other.
 *
 *     exchanges          all, once
 *     exchanges again    one exchange after the other, until it is killed
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

static const char *const ways[] = {"read-write", "readv-writev", "recvfrom-sendto",
                                   "recvmsg-sendmsg", "sendfile"};
enum { READ_WRITE, READV_WRITEV, RECVFROM_SENDTO, RECVMSG_SENDMSG, SENDFILE, SENDMMSG };

static const char body[] = "hello";

static void give(int fd, int way, const char *data, size_t size)
{
    /* Two buffers, and one that is empty between them. */
    struct iovec parts[] = {{(void *)data, size / 2}, {NULL, 0},
                            {(void *)(data + size / 2), size - size / 2}};
    struct mmsghdr message = {.msg_hdr = {.msg_iov = parts, .msg_iovlen = 3}};
    ssize_t done = -1;
    int file;

    switch (way) {
    case READ_WRITE:
        done = write(fd, data, size);
        break;
    case READV_WRITEV:
        done = writev(fd, parts, 3);
        break;
    case RECVFROM_SENDTO:
        done = send(fd, data, size, 0);
        break;
    case RECVMSG_SENDMSG:
        done = sendmsg(fd, &message.msg_hdr, 0);
        break;
    case SENDFILE:
        file = memfd_create("body", 0);
        if (pwrite(file, data, size, 0) != (ssize_t)size)
            err(1, "memfd");
        done = sendfile(fd, file, NULL, size);
        close(file);
        break;
    case SENDMMSG:
        done = sendmmsg(fd, &message, 1, 0) == 1 ? (ssize_t)message.msg_len : -1;
        break;
    }
    if (done != (ssize_t)size)
        err(1, "give, way %d", way);
}

static void take(int fd, int way, size_t size)
{
    char data[4096];

    while (size > 0) {
        struct iovec parts[] = {{data, 10}, {data + 10, sizeof(data) - 10}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t done = -1;

        switch (way) {
        case READV_WRITEV:
            done = readv(fd, parts, 2);
            break;
        case RECVFROM_SENDTO:
            done = recv(fd, data, sizeof(data), 0);
            break;
        case RECVMSG_SENDMSG:
            done = recvmsg(fd, &message, 0);
            break;
        default:
            done = read(fd, data, sizeof(data));
            break;
        }
        if (done <= 0)
            err(1, "take, way %d", way);
        size -= done;
    }
}

static void ask(int client, int server, const char *path, int way)
{
    char request[256];
    int size = snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: test\r\n\r\n", path);

    give(client, way == SENDFILE ? READ_WRITE : way, request, size);
    take(server, way, size);
}

static size_t head(char *to, size_t room)
{
    return snprintf(to, room, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", strlen(body));
}

static void answer(int client, int server, int way)
{
    char response[256];
    size_t size = head(response, sizeof(response));

    if (way == SENDFILE) {
        give(server, READ_WRITE, response, size);
        give(server, SENDFILE, body, strlen(body));
    } else {
        strcpy(response + size, body);
        give(server, way, response, size + strlen(body));
    }
    take(client, way, size + strlen(body));
}

/* How two descriptors get connected. */
struct ends {
    int listener, client, server;
};

static struct ends connect_both(int family, bool four)
{
    union {
        struct sockaddr any;
        struct sockaddr_in inet;
        struct sockaddr_in6 inet6;
        struct sockaddr_un unix_name;
    } address = {};
    socklen_t length = sizeof(address.inet6);
    struct ends ends;

    address.any.sa_family = family;
    if (family == AF_INET) {
        address.inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        length = sizeof(address.inet);
    } else if (family == AF_INET6) {
        address.inet6.sin6_addr = in6addr_loopback;
    } else {
        /* Of a name of its own choice, which is in no directory. */
        length = offsetof(struct sockaddr_un, sun_path);
    }
    ends.listener = socket(family, SOCK_STREAM, 0);
    if (bind(ends.listener, &address.any, length) || listen(ends.listener, 1))
        err(1, "listen, family %d", family);
    length = sizeof(address);
    getsockname(ends.listener, &address.any, &length);
    ends.client = socket(family, SOCK_STREAM, 0);
    if (connect(ends.client, &address.any, length))
        err(1, "connect, family %d", family);
    ends.server = four ? accept4(ends.listener, NULL, NULL, SOCK_CLOEXEC)
                       : accept(ends.listener, NULL, NULL);
    if (ends.server < 0)
        err(1, "accept, family %d", family);
    return ends;
}

static void end(struct ends ends)
{
    close(ends.client);
    close(ends.server);
    close(ends.listener);
}

static void each_way(const char *name, int family)
{
    for (int way = READ_WRITE; way <= SENDFILE; way++) {
        struct ends ends = connect_both(family, way % 2);
        char path[64];

        snprintf(path, sizeof(path), "/%s/%s", name, ways[way]);
        ask(ends.client, ends.server, path, way);
        answer(ends.client, ends.server, way);
        end(ends);
    }
}

/* What passes is there once, though it is looked at twice or not at all. */
static void peek_and_drop(void)
{
    struct ends ends = connect_both(AF_INET, true);
    char request[] = "GET /peeked HTTP/1.1\r\nHost: test\r\n\r\n", data[256];
    size_t size = head(data, sizeof(data));

    give(ends.client, READ_WRITE, request, strlen(request));
    if (recv(ends.server, data + 128, 100, MSG_PEEK) != (ssize_t)strlen(request))
        err(1, "peek");
    take(ends.server, READ_WRITE, strlen(request));
    give(ends.server, READ_WRITE, data, size);
    give(ends.server, READ_WRITE, body, strlen(body));
    if (recv(ends.client, data, size, 0) != (ssize_t)size ||
        recv(ends.client, data, strlen(body), MSG_TRUNC) != (ssize_t)strlen(body))
        err(1, "drop");
    end(ends);
}

/* One connection, on which the server sends twice by a call that nobody looks at. */
static void answer_unseen(void)
{
    struct ends ends = connect_both(AF_INET, false);
    char response[256];
    size_t size = head(response, sizeof(response));

    ask(ends.client, ends.server, "/unseen/body", READ_WRITE);
    give(ends.server, READ_WRITE, response, size);
    give(ends.server, SENDMMSG, body, strlen(body));
    take(ends.client, READ_WRITE, size + strlen(body));
    ask(ends.client, ends.server, "/unseen/nothing", READ_WRITE);
    answer(ends.client, ends.server, READ_WRITE);
    ask(ends.client, ends.server, "/unseen/answer", READ_WRITE);
    strcpy(response + size, body);
    give(ends.server, SENDMMSG, response, size + strlen(body));
    take(ends.client, READ_WRITE, size + strlen(body));
    for (int i = 1; i <= 3; i++) {
        char path[64];

        snprintf(path, sizeof(path), "/unseen/next-%d", i);
        ask(ends.client, ends.server, path, READ_WRITE);
        answer(ends.client, ends.server, READ_WRITE);
    }
    end(ends);
}

/* The client has gone; its kernel says so to what is sent, which ends the connection. */
static void answer_too_late(void)
{
    struct ends ends = connect_both(AF_INET, false);
    char response[256];
    size_t size = head(response, sizeof(response));

    ask(ends.client, ends.server, "/too-late", READ_WRITE);
    close(ends.client);
    give(ends.server, READ_WRITE, response, size);
    close(ends.server);
    close(ends.listener);
}

static void talk_otherwise(void)
{
    static const char request[] = "GET /no-stream HTTP/1.1\r\n\r\n", line[] = "250 Ok\r\n";
    struct ends ends = connect_both(AF_INET, false);
    int pair[2];

    for (int i = 0; i < 20; i++) {
        give(ends.client, READ_WRITE, line, strlen(line));
        take(ends.server, READ_WRITE, strlen(line));
    }
    /* By now it is clear that this connection is none of HTTP. */
    ask(ends.client, ends.server, "/not-followed", READ_WRITE);
    end(ends);
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
        err(1, "socketpair");
    give(pair[0], READ_WRITE, request, strlen(request));
    take(pair[1], READ_WRITE, strlen(request));
    if (pipe(pair))
        err(1, "pipe");
    give(pair[1], READ_WRITE, request, strlen(request));
    take(pair[0], READ_WRITE, strlen(request));
}

int main(int count, char **words)
{
    struct ends ends;
    int pair[2];

    (void)words;
    if (count > 1) {
        ends = connect_both(AF_INET, false);
        for (;;) {
            ask(ends.client, ends.server, "/again", READ_WRITE);
            answer(ends.client, ends.server, READ_WRITE);
            usleep(5000);
        }
    }
    each_way("inet", AF_INET);
    each_way("inet6", AF_INET6);
    each_way("unix", AF_UNIX);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        err(1, "socketpair");
    ask(pair[0], pair[1], "/pair", READ_WRITE);
    answer(pair[0], pair[1], READ_WRITE);
    peek_and_drop();
    answer_unseen();
    answer_too_late();
    talk_otherwise();
    return 3;
}
