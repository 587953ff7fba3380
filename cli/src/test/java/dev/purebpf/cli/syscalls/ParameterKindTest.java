package dev.purebpf.cli.syscalls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParameterKindTest {

    @ParameterizedTest
    @CsvSource({
        "int, dfd, DESCRIPTOR",
        "unsigned int, fd, DESCRIPTOR",
        "unsigned long, fd, DESCRIPTOR",
        "int, sig, INT",
        "int, flags, FLAGS",
        "unsigned int, count, UNSIGNED_INT",
        "unsigned int, cmd, FLAGS",
        "unsigned long, addr, BITS",
        "unsigned long, len, SIZE",
        "size_t, count, SIZE",
        "const size_t, argsz, SIZE",
        "loff_t, pos, LONG",
        "umode_t, mode, MODE",
        "uid_t, user, IDENTITY",
        "pid_t, pid, INT",
        "struct stat *, statbuf, POINTER",
        "const char *const *, argv, POINTER",
        "cap_user_header_t, header, POINTER",
        "clockid_t, which_clock, INT",
    })
    void anArgumentIsShownByItsTypeAndName(String type, String name, ParameterKind kind) {
        assertEquals(kind, ParameterKind.of(type, name));
    }
}
