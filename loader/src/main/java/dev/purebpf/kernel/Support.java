package dev.purebpf.kernel;

/** What a kernel answers when it is tried whether it can do something. */
public enum Support {
    /** It can. */
    YES,

    /** It cannot: it is too old, or was built without. */
    NO,

    /**
     * This process may not try: it lacks a capability, or a security policy forbids it to
     * everybody.
     */
    NOT_PERMITTED;

    /**
     * {@return what a raw result says}
     *
     * @param result zero or more for yes, else minus an error number
     */
    static Support of(long result) {
        if (result >= 0) {
            return YES;
        }
        return Errno.EPERM.is(result) ? NOT_PERMITTED : NO;
    }
}
