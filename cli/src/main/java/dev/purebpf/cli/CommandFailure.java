package dev.purebpf.cli;

/** A failure that the message explains to people: one paragraph, with what to do about it. */
public final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Fails with a message.
     *
     * @param message what failed, why, and what to do
     */
    public CommandFailure(String message) {
        super(message);
    }

    /**
     * Fails with a message and its cause.
     *
     * @param message what failed, why, and what to do
     * @param cause shown with {@code --debug}
     */
    public CommandFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
