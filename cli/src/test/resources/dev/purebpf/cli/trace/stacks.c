// link: -fno-omit-frame-pointer -fno-optimize-sibling-calls
/*
 * Makes a system call and calls a function, deep enough for a stack that a test knows, as often as
 * its first argument says; then waits until there is a file, its second. For tests only.
 */
#include <stdlib.h>
#include <unistd.h>

/* getppid, from within this very function: those of the C library keep no frame pointer. */
__attribute__((noinline)) long innermost(void)
{
    long result;

    /* Who asks for it has one: compilers leave it out where nothing else is called. */
    asm volatile("" : : "r"(__builtin_frame_address(0)));
#if defined(__x86_64__)
    asm volatile("syscall" : "=a"(result) : "a"(110L) : "rcx", "r11", "memory");
#else
    register long number asm("x8") = 173;
    register long first asm("x0") = 0;

    asm volatile("svc 0" : "+r"(first) : "r"(number) : "memory");
    result = first;
#endif
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
