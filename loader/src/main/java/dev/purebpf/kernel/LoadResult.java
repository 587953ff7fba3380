package dev.purebpf.kernel;

/**
 * The outcome of a {@code BPF_PROG_LOAD} or {@code BPF_BTF_LOAD}: a descriptor, or an error and
 * usually the verifier's log. Whoever gets it closes {@link #fd}.
 *
 * @param fd what was loaded, {@code null} when it was refused
 * @param errno the positive error number, 0 when it was loaded
 * @param log what the verifier said; empty if it was not asked or said nothing
 * @param truncated whether the log is cut, because it was larger than the buffer could become
 */
public record LoadResult(OwnedFd fd, int errno, String log, boolean truncated) {
    /** {@return whether it was loaded} */
    public boolean loaded() {
        return fd != null;
    }
}
