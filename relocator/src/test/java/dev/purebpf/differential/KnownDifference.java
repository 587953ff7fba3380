package dev.purebpf.differential;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * A line of the file of known differences: globs, then the reason.
 *
 * @param judge the versions of libbpf that differ
 * @param object the objects, below the folder of all
 * @param program the names of their programs
 * @param kernel the releases
 * @param pair what we have and what libbpf has, with a bar between them: two slots, {@code
 *     fits|refused}, {@code answers|crashes}, or lists of programs
 * @param reason why
 */
record KnownDifference(
        String judge, String object, String program, String kernel, String pair, String reason) {

    /** {@return the lines that are about a version of libbpf} */
    static List<KnownDifference> read(Path file, String version) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(KnownDifference::parse)
                .filter(difference -> matches(difference.judge, version))
                .toList();
    }

    private static KnownDifference parse(String line) {
        String[] words = line.split("\\s+", 6);
        if (words.length < 6) {
            throw new IllegalArgumentException("five columns and a reason, not: " + line);
        }
        return new KnownDifference(words[0], words[1], words[2], words[3], words[4], words[5]);
    }

    /** {@return whether this is the reason for all that differs in a program} */
    boolean covers(String anObject, String aProgram, String aKernel, Set<String> pairs) {
        return matches(object, anObject)
                && matches(program, aProgram)
                && matches(kernel, aKernel)
                && pairs.stream().allMatch(each -> matches(pair, each));
    }

    private static boolean matches(String glob, String text) {
        return FileSystems.getDefault().getPathMatcher("glob:" + glob).matches(Path.of(text));
    }

    @Override
    public String toString() {
        return String.join(" ", judge, object, program, kernel, pair) + ": " + reason;
    }
}
