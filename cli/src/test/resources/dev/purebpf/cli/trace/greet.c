// Calls functions whose parameters and results a test knows, and one of which marks places (USDT).
// link: -no-pie

asm(".pushsection .stapsdt.base,\"a\",%progbits\n"
    "_.stapsdt.base: .space 1\n"
    ".popsection\n");

#define MARK(provider, name, arguments, ...) \
    asm volatile("990: nop\n" \
                 ".pushsection .note.stapsdt,\"\",%%note\n" \
                 ".balign 4\n" \
                 ".4byte 992f-991f, 994f-993f, 3\n" \
                 "991: .asciz \"stapsdt\"\n" \
                 "992: .balign 4\n" \
                 "993: .8byte 990b, _.stapsdt.base, 0\n" \
                 ".asciz \"" provider "\"\n" \
                 ".asciz \"" name "\"\n" \
                 ".asciz \"" arguments "\"\n" \
                 "994: .balign 4\n" \
                 ".popsection\n" ::__VA_ARGS__)

__attribute__((noinline)) long greet(int times, const char *name)
{
    MARK("greeter", "hello", "-4@%0 8@%1 1@%2", "r"(-times), "r"(name), "i"(7));
    if (name[0] == 'B')
        MARK("greeter", "bob", "");
    return times * 7 + (name[0] == 'B');
}

__attribute__((noinline)) long goodbye(long greeted)
{
    asm volatile("");
    return greeted == 50;
}

int main(int count, char **words)
{
    (void)words;
    return goodbye(greet(2 + count, "Ada") + greet(3 + count, "Bob")) ? 0 : 1;
}
