/**
 * Everything that can go wrong, as one sealed family.
 *
 * <p>All of PureBPF's own failures are {@link dev.purebpf.error.BpfException}s. The family is
 * closed, so a {@code switch} over it needs no {@code default}:
 *
 * <pre>{@code
 * try (var loaded = BpfObject.open(path).load()) {
 *     ...
 * } catch (BpfException e) {
 *     String hint = switch (e) {
 *         case MalformedObjectException m -> "rebuild " + m.file();
 *         case RelocationException r -> "this kernel has no " + r.spec();
 *         case VerifierException v -> v.log();
 *         case KernelException k -> k.advice();
 *         case UnsupportedFeatureException u -> "needs Linux " + u.since();
 *     };
 * }
 * }</pre>
 *
 * <p>It sits at the bottom of the module graph because every layer throws from it: the readers of
 * file formats {@link dev.purebpf.error.MalformedObjectException}, the relocator {@link
 * dev.purebpf.error.RelocationException}, the loader the rest. Each message says what failed,
 * where, the likely reason and what to do; each datum of the message has an accessor of its own, so
 * that no program needs to parse a message.
 */
package dev.purebpf.error;
