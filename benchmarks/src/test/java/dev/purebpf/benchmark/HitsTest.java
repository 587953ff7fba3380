package dev.purebpf.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code benchmarks/hits} says when it cannot begin: one sentence, before anything is built.
 */
@Timeout(60)
class HitsTest {
    private static final int FAILED = 1;
    private static final int USAGE = 2;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    --kernel           | --kernel needs the beginning of one release
                    --kernel six       | not 'six'
                    --kernel 5.10,6.12 | not '5.10,6.12'
                    --kernels 6.12     | knows no --kernels
                    -1                 | knows no -1
                    0                  | '0' is no number of hits or rounds
                    many               | 'many' is no number
                    1000 few           | 'few' is no number
                    12345678901        | '12345678901' is no number
                    1000 5 more        | there is 'more'
                    """)
    void badArgumentsAreUsage(String arguments, String said) throws Exception {
        refuses(USAGE, arguments, said);
    }

    @Test
    void aKernelThatWasNotFetchedIsNoUsage() throws Exception {
        refuses(FAILED, "--offline --kernel 1.0", "offline");
    }

    private static void refuses(int code, String arguments, String said) throws Exception {
        var command = new ArrayList<>(List.of(Path.of("hits").toAbsolutePath().toString()));
        command.addAll(List.of(arguments.split(" ")));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        assertEquals(code, process.waitFor(), output);
        assertEquals(1, output.lines().count(), output);
        assertTrue(output.contains(said), output);
    }
}
