#include <unistd.h>

#ifdef __aarch64__
#define REFUSED "svc #0"
#else
#define REFUSED "hlt"
#endif

/* Never called: it begins with what the kernel cannot run elsewhere than where it is. */
__asm__(".text\n"
        ".globl may_not_be_probed\n"
        ".type may_not_be_probed, %function\n"
        "may_not_be_probed:\n"
        REFUSED "\n"
        "ret\n"
        ".size may_not_be_probed, .-may_not_be_probed\n");

__attribute__((noinline)) int may_be_probed(int number)
{
    __asm__ volatile("" : "+r"(number));
    return number;
}

/* With an argument it only lies there: the kernel looks at instructions of files that are mapped. */
int main(int count, char **arguments)
{
    if (count > 1) {
        write(1, "mapped\n", 7);
        pause();
    }
    return may_be_probed(count) != count;
}
