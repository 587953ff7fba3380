/**
 * C structs as Java records.
 *
 * <p>A {@link dev.purebpf.codec.Codec} copies a C value in memory to a Java value and back. It is
 * bound once, to a {@linkplain dev.purebpf.codec.CType C layout} and a Java type, and refuses then
 * whatever is not byte for byte the same: names, order, sizes and number of the fields. Afterwards
 * it decodes without reflection and without boxing; what it allocates is the record and what the
 * record holds.
 *
 * <pre>{@code
 * // struct event { __u32 pid; char comm[16]; __u64 when; };
 * record Event(int pid, String comm, long when) {}
 *
 * var codec = Codec.of(CType.of(btf, btf.find("event", BtfKind.STRUCT)), Event.class);
 * Event event = codec.decode(segment, offset);
 * }</pre>
 *
 * <p>What goes with what:
 *
 * <table>
 * <caption>C types and the Java types that they bind to</caption>
 * <tr><th>C</th><th>Java</th></tr>
 * <tr><td>integers of 1, 2, 4, 8 bytes, signed or not</td>
 *     <td>{@code byte}, {@code short} or {@code char}, {@code int}, {@code long}</td></tr>
 * <tr><td>{@code bool}</td><td>{@code boolean}</td></tr>
 * <tr><td>{@code float}, {@code double}</td><td>the same</td></tr>
 * <tr><td>pointers</td><td>{@code long}</td></tr>
 * <tr><td>enumerations</td><td>an {@code enum} with the same constants, or the integer of its
 *     size</td></tr>
 * <tr><td>{@code char[N]} and other arrays of bytes</td>
 *     <td>{@code String} (UTF-8, up to the first zero byte) or {@code byte[]}</td></tr>
 * <tr><td>arrays</td><td>arrays, also of records and of arrays</td></tr>
 * <tr><td>structs</td><td>records</td></tr>
 * <tr><td>unions, 128-bit integers</td><td>{@code byte[]}</td></tr>
 * <tr><td>bitfields</td><td>{@code boolean} for {@code bool}, else the integer of the size of
 *     their type</td></tr>
 * </table>
 *
 * <p>Field names may differ in their underscores and case, so that {@code start_ns} is {@code
 * startNs}. Padding that the C compiler put between fields needs no component; it is written as
 * zeros, because the kernel compares keys of hash maps byte by byte.
 */
package dev.purebpf.codec;
