// Calls a function twice, whose parameters and results a test knows.

__attribute__((noinline)) long greet(int times, const char *name)
{
    return times * 7 + (name[0] == 'B');
}

int main(int count, char **words)
{
    (void)words;
    return greet(2 + count, "Ada") + greet(3 + count, "Bob") == 50 ? 0 : 1;
}
