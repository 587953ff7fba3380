package dev.purebpf.differential;

import java.util.ArrayList;
import java.util.List;

/**
 * What became of an object, in the form that {@code purebpf relocate} prints.
 *
 * @param failure why the object as a whole could not be opened, or {@code null}
 * @param programs its programs, in the order of sections and offsets
 */
record Relocated(String failure, List<Program> programs) {
    /**
     * A program of the object.
     *
     * @param name its name
     * @param section the name of its section
     * @param failure why it could not be relocated, or {@code null}
     * @param code its instructions, one line each
     */
    record Program(String name, String section, String failure, List<String> code) {}

    /** Reads the printed form, one object after the other; messages of failures are kept. */
    static List<Relocated> parse(List<String> lines) {
        var objects = new ArrayList<Relocated>();
        List<Program> programs = null;
        List<String> code = null;
        int left = 0;
        for (String line : lines) {
            if (left > 0) {
                code.add(line);
                left--;
                continue;
            }
            String[] words = line.split(" ", 5);
            if (words[0].equals("object")) {
                programs = new ArrayList<>();
                String failure = words.length > 2 ? line.substring(line.indexOf(words[2])) : null;
                objects.add(new Relocated(failure, programs));
            } else if (words[3].equals("error")) {
                programs.add(new Program(words[1], words[2], words[4], List.of()));
            } else {
                code = new ArrayList<>();
                left = Integer.parseInt(words[3]);
                programs.add(new Program(words[1], words[2], null, code));
            }
        }
        return objects;
    }
}
