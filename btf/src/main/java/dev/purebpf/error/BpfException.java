package dev.purebpf.error;

import java.io.Serial;

/**
 * The root of all failures that PureBPF reports by itself.
 *
 * <p>Unchecked, because most callers can only report it; sealed, because those who can do more want
 * to be told by the compiler when they forgot a case. Failures of the file system stay {@link
 * java.io.IOException}s, and wrong use of the API stays {@link IllegalArgumentException} or {@link
 * IllegalStateException}.
 */
public abstract sealed class BpfException extends RuntimeException
        permits MalformedObjectException,
                RelocationException,
                VerifierException,
                KernelException,
                UnsupportedFeatureException {
    @Serial private static final long serialVersionUID = 1L;

    BpfException(String message, Throwable cause) {
        super(message, cause);
    }
}
