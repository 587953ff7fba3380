// link: -no-pie -fno-omit-frame-pointer -fno-optimize-sibling-calls
/*
 * Makes a system call and passes a place that is marked (USDT), deep enough for a stack that a test
 * knows, as often as its first argument says; then waits until there is a file, its second. For
 * tests only.
 */
#include <stdlib.h>
#include <unistd.h>

asm(".pushsection .stapsdt.base,\"a\",%progbits\n"
    "_.stapsdt.base: .space 1\n"
    ".popsection\n");

#if defined(__x86_64__)
enum { GETPPID = 110, OPENAT = 257 };
#else
enum { GETPPID = 173, OPENAT = 56 };
#endif

/* From within the very function that wants it: those of the C library keep no frame pointer. */
static inline __attribute__((always_inline)) long system_call(long number, long directory)
{
    long result;

#if defined(__x86_64__)
    register long flags asm("r10") = 0;

    asm volatile("syscall"
                 : "=a"(result)
                 : "a"(number), "D"(directory), "S"(0L), "d"(0L), "r"(flags)
                 : "rcx", "r11", "memory");
#else
    register long call asm("x8") = number;
    register long first asm("x0") = directory;
    register long path asm("x1") = 0;
    register long flags asm("x2") = 0;
    register long mode asm("x3") = 0;

    asm volatile("svc 0" : "+r"(first) : "r"(call), "r"(path), "r"(flags), "r"(mode) : "memory");
    result = first;
#endif
    return result;
}

__attribute__((noinline)) long innermost(void)
{
    long result;

    /* Who asks for it has one: compilers leave it out where nothing else is called. */
    asm volatile("" : : "r"(__builtin_frame_address(0)));
    result = system_call(GETPPID, 0);
    /* No path, which the kernel finds out in a function that its types tell of. */
    result += system_call(OPENAT, -100);
    asm volatile("990: nop\n"
                 ".pushsection .note.stapsdt,\"\",%note\n"
                 ".balign 4\n"
                 ".4byte 992f-991f, 994f-993f, 3\n"
                 "991: .asciz \"stapsdt\"\n"
                 "992: .balign 4\n"
                 "993: .8byte 990b, _.stapsdt.base, 0\n"
                 ".asciz \"stacks\"\n"
                 ".asciz \"called\"\n"
                 ".asciz \"\"\n"
                 "994: .balign 4\n"
                 ".popsection\n");
    return result;
}

__attribute__((noinline)) long middle(long depth)
{
    return innermost() + depth;
}

__attribute__((noinline)) long outermost(long depth)
{
    return middle(depth + 1) + depth;
}

int main(int count, char **words)
{
    long sum = 0;

    if (count < 3)
        return 2;
    for (int i = atoi(words[1]); i > 0; i--)
        sum += outermost(i);
    for (int i = 0; i < 6000 && access(words[2], F_OK); i++)
        usleep(10000);
    return sum == 0;
}
