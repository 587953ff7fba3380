package dev.purebpf.codec;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * How long the C array is that a component stands for. Needed only where no BTF tells, as for
 * structs that are used by nothing but a ring buffer: compilers leave those out.
 *
 * <pre>{@code
 * // struct event { __u32 pid; char comm[16]; };
 * record Event(int pid, @Length(16) String comm) {}
 * }</pre>
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Length {
    /** {@return the number of elements; for a string, the bytes of its {@code char} array} */
    int value();
}
