package dev.purebpf.cli.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.cli.CompiledProgram;
import dev.purebpf.cli.PureBpf;
import dev.purebpf.fixtures.LeakCheck;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** Places that the authors of a program marked; the program was made for the test. */
@Tag("kernel")
@ExtendWith(LeakCheck.class)
class TraceUsdtTest {
    @TempDir static Path directory;

    private static String greet;

    @BeforeAll
    static void compile() throws Exception {
        Traced.requireTracing();
        greet = CompiledProgram.compile(TraceUsdtTest.class, "greet", directory);
    }

    @Test
    void valuesAreReadWhereTheNoteSaysTheyAre() throws IOException {
        String hello = "usdt:" + greet + ":greeter:hello";
        List<String> hits = Traced.hits(Traced.lines(directory, hello, "--", greet));
        assertEquals(2, hits.size(), hits.toString());
        assertTrue(hits.get(0).matches(hello + " arg0=-3 arg1=0x[0-9a-f]+ arg2=7"), hits.get(0));
        assertTrue(hits.get(1).matches(hello + " arg0=-4 arg1=0x[0-9a-f]+ arg2=7"), hits.get(1));
    }

    @Test
    void aPatternNamesSeveral() throws IOException {
        String all = "usdt:" + greet + ":gr*:*";
        List<String> table = Traced.lines(directory, "--count", all, "--", greet);
        assertEquals(3, table.size(), table.toString());
        String hello = " +2 +\\d+  greet +usdt:" + greet + ":greeter:hello";
        assertTrue(table.get(1).matches(hello), table.toString());
        String bob = " +1 +\\d+  greet +usdt:" + greet + ":greeter:bob";
        assertTrue(table.get(2).matches(bob), table.toString());
    }

    @Test
    void theyAreListedWithTheFormsOfTheirValues() {
        String start = "usdt:" + greet + ":greeter:";
        assertEquals(
                List.of(start + "bob", start + "hello"), Traced.list("usdt:" + greet + ":*:*"));
        List<String> typed = Traced.list("--types", start + "*");
        assertEquals(start + "bob()", typed.getFirst());
        assertTrue(
                typed.get(1)
                        .substring(start.length())
                        .matches("hello\\(-4@\\S+, 8@\\S+, 1@\\S+\\)"),
                typed.toString());
    }

    @Test
    void whatIsNotThereIsToldInOneSentence() {
        String missing = Traced.refusal("usdt:" + greet + ":greeter:helo", "--", greet);
        assertTrue(missing.contains("did you mean greeter:hello"), missing);
        String none = Traced.refusal("usdt:" + greet + ":none:*", "--", greet);
        assertTrue(none.contains("--list 'usdt:" + greet + ":*:*' prints all that can"), none);
        String noFile = Traced.refusal("usdt:/no/such:a:b", "--", greet);
        assertTrue(noFile.contains("there is no file /no/such"), noFile);
        String noElf = Traced.refusal("usdt:/etc/passwd:a:b", "--", greet);
        assertTrue(noElf.contains("/etc/passwd"), noElf);
    }

    @Test
    void namesOfAFileDoNothingToATerminal(@TempDir Path folder) throws Exception {
        byte[] program = Files.readAllBytes(Path.of(greet));
        int at = new String(program, StandardCharsets.ISO_8859_1).indexOf("greeter\0hello\0");
        byte[] colour = "h\u001b[7m".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(colour, 0, program, at + "greeter\0".length(), colour.length);
        Path file = Files.write(folder.resolve("colours"), program);
        String start = "usdt:" + file + ":greeter:";
        assertEquals(
                List.of(start + "bob", start + "h\\x1b[7m"), Traced.list("usdt:" + file + ":*:*"));
        // Before the names are the semaphore, the base and the place.
        Arrays.fill(program, at - 3 * Long.BYTES, at - 2 * Long.BYTES, (byte) 0x7f);
        Files.write(file, program);
        PureBpf.Run run = PureBpf.runHere("trace", "--list", "usdt:" + file + ":*:*");
        assertEquals(1, run.exitCode());
        assertTrue(run.err().contains("the probe greeter:h\\x1b[7m is said to be at"), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
    }
}
