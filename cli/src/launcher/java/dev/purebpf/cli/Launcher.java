package dev.purebpf.cli;

/**
 * Where {@code java -jar purebpf.jar} begins: compiled for Java 8, so that an old Java can read it
 * and say what is missing, instead of failing on the class version of everything else.
 */
public final class Launcher {
    private static final int OLDEST = 25;

    private Launcher() {}

    /**
     * Starts the command, or ends with exit code 1 when this Java is too old for it.
     *
     * @param arguments the command's arguments
     */
    public static void main(String[] arguments) {
        // 1.8, 11, 25: the class file version minus 44 says it without the old notation.
        String classVersion = System.getProperty("java.class.version", "0");
        int point = classVersion.indexOf('.');
        int feature =
                Integer.parseInt(point < 0 ? classVersion : classVersion.substring(0, point)) - 44;
        if (feature < OLDEST) {
            System.err.println(
                    "purebpf: needs Java "
                            + OLDEST
                            + " or newer and was started by Java "
                            + feature
                            + " ("
                            + System.getProperty("java.home")
                            + "). Start it with ./purebpf, which finds a newer one in"
                            + " /usr/lib/jvm, or with the bin/java of a JDK "
                            + OLDEST
                            + ".");
            System.exit(1);
        }
        Main.main(arguments);
    }
}
