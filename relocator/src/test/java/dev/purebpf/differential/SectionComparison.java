package dev.purebpf.differential;

import dev.purebpf.link.SectionDefinition;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Holds the table of {@code SEC()} names against libbpf's: {@code SectionComparison JUDGE}. JUDGE
 * is the compiled {@code libbpf-judge}, with libbpf in it.
 *
 * <p>Asked are our names and all strings in the judge, among which is libbpf's table; each also
 * with a target, without one, and misspelt.
 */
final class SectionComparison {
    /** A name of libbpf's table that may be followed by a target ends so. */
    private static final String TARGET_MARK = "+";

    /** What libbpf knows in its source repository after 1.7.0, the newest that is released. */
    private static final Set<String> NEWER_THAN_LIBBPF =
            Set.of(
                    "fentry.multi",
                    "fentry.multi.s",
                    "fexit.multi",
                    "fexit.multi.s",
                    "fsession.multi",
                    "fsession.multi.s",
                    "raw_tp.s",
                    "raw_tracepoint.s",
                    "tp.s",
                    "tp_btf.s",
                    "tracepoint.s");

    private static final int LONGEST_NAME = 64;

    private SectionComparison() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<String> names = List.copyOf(names(Path.of(arguments[0])));
        int known = 0;
        int newer = 0;
        int different = 0;
        List<String> answers = judge(arguments[0], names);
        if (answers.size() != names.size()) {
            throw new IOException(names.size() + " names, but " + answers.size() + " answers");
        }
        for (int i = 0; i < names.size(); i++) {
            Optional<SectionDefinition> found = SectionDefinition.find(names.get(i));
            boolean isNewer = found.isPresent() && NEWER_THAN_LIBBPF.contains(found.get().prefix());
            String ours = answer(names.get(i), found);
            String theirs = answers.get(i);
            if (isNewer) {
                newer++;
            } else if (found.isPresent()) {
                known++;
            }
            if (isNewer ? !theirs.endsWith(" -") : !ours.equals(theirs)) {
                System.out.println("SEC() names: ours: " + ours + "; libbpf's: " + theirs);
                different++;
            }
        }
        System.out.printf(
                "SEC() names: of %d asked %d are known, %d newer than this libbpf, %d different%n",
                names.size(), known, newer, different);
        System.exit(different == 0 && known > 0 ? 0 : 1);
    }

    private static String answer(String name, Optional<SectionDefinition> found) {
        return name
                + found.map(
                                section ->
                                        " %d %d"
                                                .formatted(
                                                        section.programType().number(),
                                                        section.attachTypeNumber()))
                        .orElse(" -");
    }

    private static Set<String> names(Path judge) throws IOException {
        var names = new TreeSet<String>();
        for (SectionDefinition section : SectionDefinition.all()) {
            addWithNeighbours(section.prefix(), names);
        }
        for (String string : strings(Files.readAllBytes(judge))) {
            addWithNeighbours(
                    string.length() > 1 && string.endsWith(TARGET_MARK)
                            ? string.substring(0, string.length() - TARGET_MARK.length())
                            : string,
                    names);
        }
        return names;
    }

    private static void addWithNeighbours(String name, Set<String> names) {
        names.add(name);
        names.add(name + "/target");
        names.add(name + "/");
        names.add(name + "/a/b:c");
        names.add(name + ".s");
        names.add(name + ".s/target");
        names.add(name + "x");
        names.add(name + TARGET_MARK);
        names.add("?" + name);
        names.add(name.substring(0, name.length() - 1) + "X");
    }

    /** {@return what is printable, without blanks, and ends with a zero} */
    private static Set<String> strings(byte[] bytes) {
        var strings = new TreeSet<String>();
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == 0 && i > start && i - start <= LONGEST_NAME) {
                strings.add(new String(bytes, start, i - start, StandardCharsets.US_ASCII));
            }
            if (bytes[i] <= ' ' || bytes[i] == 0x7f) {
                start = i + 1;
            }
        }
        return strings;
    }

    private static List<String> judge(String judge, List<String> names)
            throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(judge, "--sections")
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        Thread writer = Thread.ofVirtual().start(() -> write(process, names));
        List<String> answers;
        try (var reader =
                new BufferedReader(
                        new InputStreamReader(
                                process.getInputStream(), StandardCharsets.US_ASCII))) {
            answers = new ArrayList<>(reader.lines().toList());
        }
        writer.join();
        if (process.waitFor() != 0) {
            throw new IOException(judge + " ended with " + process.exitValue());
        }
        return answers;
    }

    private static void write(Process process, List<String> names) {
        try (Writer out =
                new OutputStreamWriter(process.getOutputStream(), StandardCharsets.US_ASCII)) {
            for (String name : names) {
                out.write(name + "\n");
            }
        } catch (IOException e) {
            // The judge is gone: its exit code is what is reported.
            process.destroy();
        }
    }
}
