/* Something of each kind that debugging information describes: compiled in each version of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct point {
    int x, y;
};

enum color { RED, GREEN = 7 };

typedef struct {
    struct point corners[4];
    const char *label;
    enum color color;
    unsigned flags : 3;
    double weight;
} shape_t;

static inline int area(const struct point *p)
{
    return p->x * p->y;
}

__attribute__((noinline)) static int sum(const shape_t *shape, int (*of)(const struct point *))
{
    int total = 0;

    for (int i = 0; i < 4; i++)
        total += of ? of(&shape->corners[i]) : area(&shape->corners[i]);
    return total;
}

__attribute__((cold, noinline)) static void complain(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

int measure(int count, char **words)
{
    shape_t shape = {.label = words[0], .color = GREEN, .weight = 1.5};

    if (count > 100)
        complain("too many");
    for (int i = 0; i < 4; i++)
        shape.corners[i] = (struct point){i, count + (int)strlen(words[0])};
    return sum(&shape, 0) + sum(&shape, area);
}

int main(int argc, char **argv)
{
    return measure(argc, argv) == 0;
}
