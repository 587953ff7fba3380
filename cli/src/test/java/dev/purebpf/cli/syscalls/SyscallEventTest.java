package dev.purebpf.cli.syscalls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.programs.Programs;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;

class SyscallEventTest {

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void fieldsLieWhereTheCompilerPutThem(String architecture) throws Exception {
        try (ElfFile elf = ElfFile.of("syscalls.bpf.o", Programs.read("syscalls", architecture))) {
            Btf btf = Btf.ofElf(elf).orElseThrow();
            int struct = btf.find("syscall_event", BtfKind.STRUCT);
            assertEquals(SyscallEvent.START, offset(btf, struct, "start"));
            assertEquals(SyscallEvent.DURATION, offset(btf, struct, "duration"));
            assertEquals(SyscallEvent.RESULT, offset(btf, struct, "result"));
            assertEquals(SyscallEvent.ARGUMENTS, offset(btf, struct, "arguments"));
            assertEquals(SyscallEvent.PID, offset(btf, struct, "pid"));
            assertEquals(SyscallEvent.TID, offset(btf, struct, "tid"));
            assertEquals(SyscallEvent.NUMBER, offset(btf, struct, "number"));
            assertEquals(SyscallEvent.FLAGS, offset(btf, struct, "flags"));
            assertEquals(SyscallEvent.TEXT_LENGTH, offset(btf, struct, "text_length"));
            assertEquals(SyscallEvent.COMMAND, offset(btf, struct, "command"));
            assertEquals(SyscallEvent.TEXT, offset(btf, struct, "text"));
            assertEquals(
                    SyscallEvent.TEXT + SyscallTable.STRINGS * SyscallEvent.STRING_SIZE,
                    btf.size(struct));
        }
    }

    private static long offset(Btf btf, int struct, String name) {
        return btf.field(struct, name).byteOffset();
    }

    @Test
    void tooFewBytesAreNoEvent() {
        MemorySegment bytes = MemorySegment.ofArray(new byte[SyscallEvent.TEXT]);
        assertThrows(
                IllegalArgumentException.class,
                () -> new SyscallEvent().wrap(bytes, 0, SyscallEvent.TEXT - 1));
    }

    @Test
    void stringsThatClaimMoreThanThereIsAreCut() {
        SyscallEvent event = new EventBytes(82).text(0, "abc").text(1, "defg").event();
        byte[] to = new byte[SyscallEvent.STRING_SIZE];
        assertEquals(3, event.text(0, to));
        assertEquals(4, event.text(1, to));
        SyscallEvent empty = new EventBytes(82).event();
        assertEquals(0, empty.text(0, to));
    }
}
