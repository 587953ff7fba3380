package dev.purebpf.cli.trace;

import dev.purebpf.cli.CommandFailure;

/** How many probes can be traced at once. */
enum ProbeLimit {
    /** Each takes a perf event on each CPU, and milliseconds to attach and to detach. */
    SINGLE(512),

    /** These take one link, and the kernel some time to change each function. */
    TOGETHER(4096);

    private final int most;

    ProbeLimit(int most) {
        this.most = most;
    }

    /**
     * Refuses more.
     *
     * @param count how many there would be
     * @throws CommandFailure if these are too many
     */
    void require(long count) {
        if (count > most) {
            throw new CommandFailure(
                    count
                            + " probes are too many at once; "
                            + most
                            + " is the limit, so name fewer");
        }
    }
}
