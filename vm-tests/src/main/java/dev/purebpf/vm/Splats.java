package dev.purebpf.vm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** Where a kernel complains about itself, on its console. */
public final class Splats {
    /**
     * What a kernel prints when something is wrong with it: oopses, warnings, lock and RCU checks.
     * Not so stalls and lockups: software emulation on a busy machine is reason enough.
     */
    private static final Pattern SPLAT =
            Pattern.compile(
                    "BUG: (?!soft lockup|workqueue lockup)|kernel BUG at |WARNING: |Oops"
                            + "|Kernel panic|general protection fault|invalid opcode: "
                            + "|Internal error: |Unable to handle kernel "
                            + "|possible (circular|recursive) locking|inconsistent lock state"
                            + "|suspicious RCU usage|UBSAN: |KASAN: |unregister_netdevice");

    private Splats() {}

    /** {@return the lines of a console in which the kernel complains} */
    static List<String> in(List<String> console) {
        return console.stream().filter(line -> SPLAT.matcher(line).find()).toList();
    }

    /** {@return the lines of a file; a serial line may carry any bytes} */
    static List<String> lines(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
    }

    /**
     * Prints the complaints, and ends with exit code 1 when there are any.
     *
     * @param arguments the file with what a console showed
     * @throws IOException when it cannot be read
     */
    public static void main(String[] arguments) throws IOException {
        List<String> splats = in(lines(Path.of(arguments[0])));
        if (!splats.isEmpty()) {
            System.err.println("vm-tests: the kernel complained about itself:");
            splats.forEach(line -> System.err.println("    " + line));
            System.err.println("    (all that it said is in " + arguments[0] + ")");
            System.exit(1);
        }
    }
}
