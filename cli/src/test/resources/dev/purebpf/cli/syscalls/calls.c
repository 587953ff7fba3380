// Makes system calls in all the ways that are hard to trace: calls WAY [ARGUMENT]
// link: -static
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void make_calls(int count)
{
    for (int i = 0; i < count; i++)
        syscall(SYS_getppid);
}

static void *thread(void *count)
{
    make_calls((int)(long)count);
    return NULL;
}

static void threads(void)
{
    pthread_t all[4];

    for (int i = 0; i < 4; i++)
        pthread_create(&all[i], NULL, thread, (void *)100L);
    for (int i = 0; i < 4; i++)
        pthread_join(all[i], NULL);
}

static void run(const char *program)
{
    execl(program, program, NULL);
    _exit(127);
}

static void children(void)
{
    for (int i = 0; i < 3; i++) {
        pid_t child;

        if (i == 1) {
            child = vfork();
            if (!child)
                run("/bin/true");
            waitpid(child, NULL, 0);
            continue;
        }
        child = fork();
        if (!child) {
            if (i)
                run("/bin/true");
            make_calls(10);
            if (!fork()) {
                make_calls(5);
                _exit(0);
            }
            wait(NULL);
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
}

static void *exec_true(void *unused)
{
    make_calls(7);
    usleep(50000); /* until the first thread waits */
    run("/bin/true");
    return NULL;
}

static void *read_forever(void *fd)
{
    char byte;

    return (void *)read((int)(long)fd, &byte, 1);
}

/* Threads inside a call while the process ends. */
static void ended(void)
{
    int fds[2];
    pthread_t reader;

    if (pipe(fds))
        exit(1);
    pthread_create(&reader, NULL, read_forever, (void *)(long)fds[0]);
    usleep(50000);
    exit(3);
}

/* A string in a page that is not in memory yet when the call begins. */
static void page_fault(const char *file)
{
    int fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0600);
    char *mapped;

    if (write(fd, "/no/such/file\0", 14) != 14)
        exit(1);
    mapped = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    if (open(mapped, O_RDONLY) >= 0 || errno != ENOENT)
        exit(1);
    if (open((char *)8, O_RDONLY) >= 0 || errno != EFAULT)
        exit(1);
}

/* exec with its path in such a page. */
static void page_fault_in_exec(const char *file)
{
    int fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0600);

    if (write(fd, "/bin/true\0", 10) != 10)
        exit(1);
    run(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0));
}

/* A hundred threads inside a call when the process is killed. */
static void killed(void)
{
    int fds[2];
    pthread_t reader;

    if (pipe(fds))
        exit(1);
    for (int i = 0; i < 100; i++)
        pthread_create(&reader, NULL, read_forever, (void *)(long)fds[0]);
    usleep(300000);
    kill(getpid(), SIGKILL);
}

/* A call that seccomp answers has no beginning for the kernel's tracepoints. */
static void refused(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof(code) / sizeof(*code), code};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
        exit(1);
    make_calls(3);
}

#ifdef __x86_64__
/* Calls as 32-bit programs make them. */
static void compat(void)
{
    char *low = mmap((void *)0x10000000, 4096, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    long result;

    strcpy(low, "/etc/passwd");
    asm volatile("int $0x80" : "=a"(result) : "a"(64L) : "memory"); /* getppid */
    asm volatile("int $0x80"
                 : "=a"(result)
                 : "a"(5L), "b"(low), "c"(0L), "d"(0L) /* open */
                 : "memory");
    if (result < 0)
        exit(1);
}
#endif

/* Calls without end, by several threads; says first that it is ready. */
static void *steadily(void *unused)
{
    struct timespec pause = {0, 10000000};

    for (;;) {
        make_calls(1);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

/* Until it is killed, or the pipe that is its input has no other end any more: so it does not outlive
 * a test that was killed. */
static void steady(void)
{
    pthread_t other;

    fcntl(0, F_SETOWN, getpid());
    fcntl(0, F_SETFL, O_ASYNC);
    for (int i = 0; i < 3; i++)
        pthread_create(&other, NULL, steadily, NULL);
    if (write(1, "ready\n", 6) != 6)
        exit(1);
    if (!fork()) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        steadily(NULL);
    }
    steadily(NULL);
}

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "";
    int argument = argc > 2 ? atoi(argv[2]) : 0;
    pthread_t other;

    if (!strcmp(way, "getppid"))
        make_calls(argument);
    else if (!strcmp(way, "threads"))
        threads();
    else if (!strcmp(way, "children"))
        children();
    else if (!strcmp(way, "exec-in-thread")) {
        pthread_create(&other, NULL, exec_true, NULL);
        for (;;)
            pause();
    } else if (!strcmp(way, "ended"))
        ended();
    else if (!strcmp(way, "page-fault"))
        page_fault(argv[2]);
    else if (!strcmp(way, "page-fault-in-exec"))
        page_fault_in_exec(argv[2]);
    else if (!strcmp(way, "killed"))
        killed();
    else if (!strcmp(way, "refused"))
        refused();
#ifdef __x86_64__
    else if (!strcmp(way, "compat"))
        compat();
#endif
    else if (!strcmp(way, "steady"))
        steady();
    else if (!strcmp(way, "signal"))
        raise(argument);
    else if (!strcmp(way, "exit"))
        return argument;
    else
        return 99;
    return 0;
}
