package dev.purebpf.cli;

/** A command line that makes no sense; the message says what is wrong with it. */
public final class WrongUsage extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Refuses a command line.
     *
     * @param message what is wrong with it
     */
    public WrongUsage(String message) {
        super(message);
    }
}
