/* Loads a shared library and calls a function of it: loads LIBRARY FUNCTION TIMES */
// link: -ldl
#include <dlfcn.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    void *library = argc == 4 ? dlopen(argv[1], RTLD_NOW) : 0;
    int (*function)(int) = library ? (int (*)(int))dlsym(library, argv[2]) : 0;

    if (!function)
        return 1;
    for (int i = 1; i <= atoi(argv[3]); i++)
        if (function(i) != 2 * i)
            return 2;
    return 0;
}
