package dev.purebpf.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;

/** What the command says before it does anything. */
class MainTest {

    @Test
    void theVersionIsALine() throws Exception {
        PureBpf.Run run = PureBpf.run("--version");
        assertEquals(0, run.exitCode());
        assertTrue(run.out().matches("purebpf \\S+\n"), run.out());
        assertEquals("", run.err());
    }

    @Test
    void helpListsTheCommandsAndOnlyThoseThatThereAre() throws Exception {
        PureBpf.Run run = PureBpf.run("--help");
        assertEquals(0, run.exitCode());
        assertTrue(run.out().contains("\n  syscalls  "), run.out());
        assertTrue(run.out().contains("\n  relocate  "), run.out());
        assertTrue(run.out().contains("\n  check  "), run.out());
        assertTrue(run.out().contains("\n  generate  "), run.out());
        assertFalse(run.out().contains("\n  run  "), run.out());
    }

    /** All commands are made to find one; a class that takes long to begin would delay each. */
    @Test
    void noCommandBeginsWithWhatOnlySomeOptionNeeds() throws Exception {
        List<String> words =
                new ArrayList<>(PureBpf.command(System.getProperty("java.class.path")));
        words.add(1, "-Xlog:class+init=info");
        words.add("--help");
        PureBpf.Run run = PureBpf.startProcess(words).end();
        assertEquals(0, run.exitCode());
        assertTrue(run.out().contains("'dev/purebpf/cli/trace/TraceCommand'"), run.out());
        for (String late : List.of("java/math/BigDecimal", "java/util/regex/Pattern")) {
            assertFalse(run.out().contains("Initializing '" + late + "'"), late);
        }
    }

    @Test
    void withoutACommandItSaysHowItIsUsed() throws Exception {
        PureBpf.Run run = PureBpf.run();
        assertEquals(2, run.exitCode());
        assertEquals("", run.out());
        assertTrue(run.err().startsWith("Usage: purebpf COMMAND"), run.err());
    }

    @Test
    void anUnknownCommandIsWrongUsage() throws Exception {
        PureBpf.Run run = PureBpf.run("syscals");
        assertEquals(2, run.exitCode());
        assertEquals(
                "purebpf: there is no command 'syscals'; did you mean syscalls? See purebpf"
                        + " --help.\n",
                run.err());
        assertEquals(
                "purebpf: there is no command 'unheard-of'. See purebpf --help.\n",
                PureBpf.run("unheard-of").err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "syscalls --sumary -- true | --sumary; did you mean --summary?",
                "syscalls --buffersize=1M  | --buffersize; did you mean --buffer-size or --buffer?",
                "features --helper-of xdp  | --helper-of; did you mean --helpers-of, --helpers or"
                        + " --help?",
                "features -x               | -x",
            })
    void anUnknownOptionIsNamedWithWhatComesNear(String arguments, String said) throws Exception {
        String[] words = arguments.split(" ");
        PureBpf.Run run = PureBpf.run(words);
        assertEquals(2, run.exitCode());
        assertEquals(
                "purebpf " + words[0] + ": there is no option " + said, run.errLines().getFirst());
    }

    @Test
    void anUnknownCommandDoesNothingToATerminal() throws Exception {
        PureBpf.Run run = PureBpf.run("\u001b[31m");
        assertEquals(2, run.exitCode());
        assertEquals("purebpf: there is no command '\\x1b[31m'. See purebpf --help.\n", run.err());
    }

    @Test
    void theHelpOfSyscallsHasExamples() throws Exception {
        PureBpf.Run run = PureBpf.run("syscalls", "--help");
        assertEquals(0, run.exitCode());
        assertTrue(run.out().contains("  purebpf syscalls -- ls -l /\n"), run.out());
        assertTrue(run.out().lines().allMatch(line -> line.length() <= 80), run.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"relocate", "check"})
    void theHelpOfOthersToo(String command) throws Exception {
        PureBpf.Run run = PureBpf.run(command, "--help");
        assertEquals(0, run.exitCode());
        assertTrue(run.out().contains("Examples:\n  purebpf " + command + " "), run.out());
        assertTrue(run.out().contains("  --kallsyms FILE "), run.out());
        assertTrue(run.out().contains("Exit code: "), run.out());
        assertTrue(run.out().lines().allMatch(line -> line.length() <= 82), run.out());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--sumary",
                "--output yaml -- true",
                "--color sometimes -- true",
                "--buffer ringbuf -- true",
                "--buffer-size 1 -- true",
                "--buffer-size 2G -- true",
                "--buffer-size M -- true",
                "--buffer-size 99999999999999999999 -- true",
                "-p",
                "-p 0",
                "-p -4",
                "-p 12x",
                "-p 1 -- true",
            })
    void wrongUsageIsASentenceAndTheWayToTheHelp(String arguments) throws Exception {
        PureBpf.Run run = PureBpf.run(("syscalls " + arguments).split(" "));
        assertEquals(2, run.exitCode(), run.err());
        assertEquals("", run.out());
        assertTrue(run.err().startsWith("purebpf syscalls: "), run.err());
        assertTrue(run.err().endsWith("See purebpf syscalls --help.\n"), run.err());
        assertFalse(run.err().contains("\tat "), run.err());
    }

    @ParameterizedTest
    @CsvSource({"-p, -p", "--pid, -p", "--output, --output", "-o, -o"})
    void anOptionWithoutItsValueIsNamed(String option, String named) throws Exception {
        PureBpf.Run run = PureBpf.run("syscalls", option);
        assertEquals(2, run.exitCode());
        assertEquals(
                "purebpf syscalls: after "
                        + named
                        + " its value is missing\nSee purebpf syscalls --help.\n",
                run.err());
    }

    /** As each of them is one print, a full disk would go unnoticed. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "--version",
                "trace --help",
                "trace --list uprobe:libc.so.6:malloc",
            })
    void whatCannotBeWrittenIsAFailure(String arguments) throws Exception {
        PureBpf.Run run = inShell(arguments, "> /dev/full");
        assertEquals(
                "purebpf: the output is not complete, for it could not be written: No space left on"
                        + " device\n1\n",
                run.err());
    }

    @Test
    void aReaderThatHasSeenEnoughIsNoFailure() throws Exception {
        PureBpf.Run run = inShell("trace --list 'uprobe:libc.so.6:*'", "| head -n 1 > /dev/null");
        assertEquals("0\n", run.err());
    }

    /** Runs the command in a shell, which says its exit code on standard error. */
    private static PureBpf.Run inShell(String arguments, String redirection) throws Exception {
        String words = String.join(" ", PureBpf.command(System.getProperty("java.class.path")));
        String line = "{ " + words + " " + arguments + "; echo $? >&2; } " + redirection;
        try (PureBpf.Running running = PureBpf.startProcess(List.of("sh", "-c", line))) {
            return running.end();
        }
    }
}
