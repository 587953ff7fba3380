package dev.purebpf.kernel;

import java.util.List;

/**
 * What the kernel says about a program: the scalars of {@code struct bpf_prog_info}.
 *
 * @param id its id
 * @param type the number of {@code enum bpf_prog_type}
 * @param name at most 15 characters
 * @param tag a hash over the instructions: 16 hexadecimal digits, as bpftool shows it
 * @param translatedBytes bytes of the instructions after the verifier
 * @param loadTime when it was loaded, nanoseconds since boot
 * @param mapIds the ids of the maps that it uses
 * @param btfId the id of its BTF, 0 for none
 * @param gplCompatible whether its license admits helpers for GPL programs
 * @param runNanoseconds how long it has run while statistics were on
 * @param runCount how often it has run while statistics were on
 * @param misses how often the kernel left it out because it was running there already, as when it
 *     was interrupted (5.12; 0 before)
 */
public record ProgramInfo(
        int id,
        int type,
        String name,
        String tag,
        int translatedBytes,
        long loadTime,
        List<Integer> mapIds,
        int btfId,
        boolean gplCompatible,
        long runNanoseconds,
        long runCount,
        long misses) {

    /** Copies the list. */
    public ProgramInfo {
        mapIds = List.copyOf(mapIds);
    }
}
