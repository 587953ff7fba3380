package dev.purebpf.cli.syscalls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.Json;
import dev.purebpf.cli.session.WallClock;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.function.Function;

/** How one call reads, as text and as JSON. Numbers are those of x86-64. */
class WriterTest {
    private static final int READ = 0;
    private static final int MMAP = 9;
    private static final int RENAME = 82;
    private static final int MOUNT = 165;
    private static final int EXIT_GROUP = 231;
    private static final int OPENAT = 257;

    private final SyscallTable table = SyscallTable.of("x86_64");

    @Test
    void aCallShowsItsArgumentsByNameAndItsResult() {
        EventBytes openat =
                new EventBytes(OPENAT)
                        .start(45_296_789_012_345L)
                        .duration(12_345)
                        .arguments(-100L & 0xffffffffL, 0x7ffc0000L, 0x80000, 0)
                        .text(0, "/etc/ld.so.cache")
                        .result(3);
        assertEquals(
                "12:34:56.789012 1234/1235 openat(dfd: AT_FDCWD, filename: \"/etc/ld.so.cache\","
                        + " flags: 0x80000, mode: 0) = 3 <0.000012345>\n",
                text(openat));
        assertEquals(
                "{\"time\":\"1970-01-01T12:34:56.789012345Z\",\"command\":\"cat\",\"pid\":1234,"
                        + "\"tid\":1235,\"call\":\"openat\",\"number\":257,\"arguments\":{"
                        + "\"dfd\":-100,\"filename\":\"/etc/ld.so.cache\",\"flags\":\"0x80000\","
                        + "\"mode\":0},\"result\":3,\"error\":null,\"duration_ns\":12345}\n",
                json(openat));
    }

    @Test
    void anErrorShowsItsNameAndMeaning() {
        EventBytes failed = new EventBytes(READ).arguments(7, 0, 4096).result(-9);
        assertTrue(
                text(failed)
                        .endsWith(
                                "read(fd: 7, buf: NULL, count: 4096) = -1 EBADF (Bad file"
                                        + " descriptor) <0.000000000>\n"),
                text(failed));
        assertEquals("EBADF", object(failed).get("error"));
        assertEquals(-1L, object(failed).get("result"));
    }

    @Test
    void errorsThatTheKernelKeepsForItselfAreNoResults() {
        EventBytes interrupted = new EventBytes(READ).result(-512);
        assertTrue(
                text(interrupted)
                        .contains(" = ? ERESTARTSYS (To be restarted if SA_RESTART is set) <"),
                text(interrupted));
        assertEquals("ERESTARTSYS", object(interrupted).get("error"));
    }

    @Test
    void anUnnamedErrorKeepsItsNumber() {
        assertTrue(text(new EventBytes(READ).result(-4095)).contains("errno 4095"));
        assertEquals(-4096L, object(new EventBytes(READ).result(-4096)).get("result"));
    }

    @Test
    void addressesAreHexadecimalAndAnFdOfMmapIsSigned() {
        EventBytes mmap =
                new EventBytes(MMAP)
                        .arguments(0, 8192, 3, 0x22, 0xffffffffL, 0)
                        .result(0x7f0000001000L);
        assertTrue(
                text(mmap)
                        .contains(
                                "mmap(addr: 0x0, len: 8192, prot: 0x3, flags: 0x22, fd: -1, off:"
                                        + " 0x0) = 0x7f0000001000 <"),
                text(mmap));
        assertEquals("0x7f0000001000", object(mmap).get("result"));
    }

    @Test
    void aCallWithTwoStringsShowsBoth() {
        EventBytes rename =
                new EventBytes(RENAME).arguments(1, 2).text(0, "/tmp/a").text(1, "/tmp/\"b\"");
        assertTrue(
                text(rename)
                        .contains("rename(oldname: \"/tmp/a\", newname: \"/tmp/\\\"b\\\"\") = 0"),
                text(rename));
    }

    @Test
    void ofMoreStringsTheRestAreAddresses() {
        EventBytes mount =
                new EventBytes(MOUNT).arguments(1, 2, 0x1000).text(0, "none").text(1, "/proc");
        assertTrue(
                text(mount)
                        .contains(
                                "mount(dev_name: \"none\", dir_name: \"/proc\", type: 0x1000,"
                                        + " flags: 0x0, data: NULL)"),
                text(mount));
    }

    @Test
    void aStringThatCouldNotBeReadIsItsAddress() {
        assertTrue(
                text(new EventBytes(RENAME).arguments(8, 0).text(0, "").result(-14))
                        .contains("rename(oldname: \"\", newname: NULL)"));
        assertTrue(
                text(new EventBytes(RENAME).arguments(8, 9))
                        .contains("(oldname: 0x8, newname: 0x9"));
    }

    @Test
    void aStringThatWasCutSaysSo() {
        byte[] path = new byte[255];
        Arrays.fill(path, (byte) 'x');
        EventBytes cut = new EventBytes(OPENAT).arguments(3, 1).text(0, path);
        assertTrue(text(cut).contains("x\"..., flags"), text(cut));
        assertEquals(true, object(cut).get("truncated"));
        byte[] whole = Arrays.copyOf(path, 254);
        assertFalse(text(new EventBytes(OPENAT).arguments(3, 1).text(0, whole)).contains("..."));
    }

    @Test
    void aCallThatNeverReturnsHasNoResult() {
        EventBytes exit = new EventBytes(EXIT_GROUP).arguments(3).flags(SyscallEvent.NO_RESULT);
        assertTrue(text(exit).endsWith("exit_group(error_code: 3) = ?\n"), text(exit));
        assertNull(object(exit).get("result"));
        assertNull(object(exit).get("duration_ns"));
        EventBytes killed =
                new EventBytes(READ).flags(SyscallEvent.NO_RESULT).duration(2_000_000_000);
        assertTrue(text(killed).endsWith(" = ? <2.000000000>\n"), text(killed));
    }

    @Test
    void aCallThatBeganUnseenHasNoDuration() {
        EventBytes running = new EventBytes(READ).flags(SyscallEvent.NO_ENTRY).result(1);
        assertTrue(text(running).endsWith(" = 1 <?>\n"), text(running));
        assertEquals(false, object(running).get("began"));
        assertTrue(object(running).containsKey("duration_ns"));
        assertNull(object(running).get("duration_ns"));
        EventBytes execve =
                new EventBytes(59).flags(SyscallEvent.NO_ENTRY | SyscallEvent.UNKNOWN_ARGUMENTS);
        assertTrue(text(execve).contains("execve(?) = 0 <?>"), text(execve));
    }

    @Test
    void a32BitCallIsNamedByItsOwnNumberAndMarked() {
        EventBytes getpid = new EventBytes(20).flags(SyscallEvent.COMPAT).result(77);
        assertTrue(text(getpid).contains(" 32-bit getpid() = 77 <"), text(getpid));
        assertEquals(true, object(getpid).get("compat"));
        EventBytes mmap = new EventBytes(90).flags(SyscallEvent.COMPAT).arguments(0xffffd000L);
        assertTrue(text(mmap).contains(" 32-bit mmap(0xffffd000, 0x0, 0x0, 0x0, 0x0, 0x0) = "));
    }

    @Test
    void aCallWithoutANameShowsItsNumberAndAllRegisters() {
        EventBytes unknown = new EventBytes(500).arguments(1, 2, 3, 4, 5, 6).result(-38);
        assertTrue(
                text(unknown)
                        .contains(
                                "syscall_500(0x1, 0x2, 0x3, 0x4, 0x5, 0x6) = -1 ENOSYS (Function"
                                        + " not implemented)"),
                text(unknown));
        assertEquals(
                List.of("0x1", "0x2", "0x3", "0x4", "0x5", "0x6"),
                object(unknown).get("arguments"));
        assertTrue(text(new EventBytes(-1)).contains("syscall_-1("));
    }

    @Test
    void theNumberOfAnX32CallIsFoundWithoutItsMark() {
        assertTrue(text(new EventBytes(0x4000_0000 | 39)).contains("getpid()"));
    }

    @Test
    void theWholeMachineShowsWhoCalls() {
        String line =
                write(
                        output -> new TextWriter(output, clock(), true, false),
                        new EventBytes(39).command("my \u001b[2Jprog"));
        assertTrue(line.contains(" my??[2Jprog 1234/1235 getpid()"), line);
    }

    @Test
    void colorsMarkNamesAndErrors() {
        String line =
                write(
                        output -> new TextWriter(output, clock(), false, true),
                        new EventBytes(39).result(-1));
        assertTrue(
                line.contains(
                        "\u001b[1mgetpid\u001b[0m() = \u001b[31m-1 EPERM (Operation not"
                                + " permitted)\u001b[0m"),
                line);
    }

    @Property
    void textInJsonIsTheTextThatWasRead(@ForAll @StringLength(max = 80) String text) {
        EventBytes open = new EventBytes(2).arguments(1).text(0, text);
        Object back = ((Map<?, ?>) object(open).get("arguments")).get("filename");
        byte[] expected = text.getBytes(StandardCharsets.UTF_8);
        assertEquals(new String(expected, StandardCharsets.UTF_8), back);
    }

    @Test
    void bytesThatAreNoTextAreReplacedInJson() {
        EventBytes open =
                new EventBytes(2).arguments(1).text(0, new byte[] {'a', (byte) 0xff, '"'});
        assertEquals("a\ufffd\"", ((Map<?, ?>) object(open).get("arguments")).get("filename"));
    }

    @Property
    void whateverTheRegistersHoldTheLineIsOneLineAndTheJsonIsValid(
            @ForAll @IntRange(min = -2, max = 600) int number,
            @ForAll @IntRange(max = 31) int flags,
            @ForAll @Size(6) long[] arguments,
            @ForAll long result,
            @ForAll @Size(max = 255) byte[] first,
            @ForAll @Size(max = 255) byte[] second) {
        EventBytes event =
                new EventBytes(number)
                        .flags(flags)
                        .arguments(arguments)
                        .result(result)
                        .text(0, first)
                        .text(1, second);
        String text = text(event);
        assertEquals(text.length() - 1, text.indexOf('\n'), text);
        Map<String, Object> object = object(event);
        assertEquals((long) number, object.get("number"));
    }

    private String text(EventBytes bytes) {
        return write(output -> new TextWriter(output, clock(), false, false), bytes);
    }

    private String json(EventBytes bytes) {
        return write(output -> new JsonWriter(output, WallClock.instant(0)), bytes);
    }

    private Map<String, Object> object(EventBytes bytes) {
        String line = json(bytes);
        assertEquals(line.length() - 1, line.indexOf('\n'), line);
        return Json.object(line);
    }

    private String write(Function<CommandOutput, CallWriter> kind, EventBytes bytes) {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        CallWriter writer = kind.apply(new CommandOutput(written));
        SyscallEvent event = bytes.event();
        writer.write(event, table.get(event.number(), event.has(SyscallEvent.COMPAT)));
        writer.flush();
        return written.toString(StandardCharsets.UTF_8);
    }

    private static WallClock clock() {
        return WallClock.timeOfDay(0, TimeZone.getTimeZone("UTC"));
    }
}
