package dev.purebpf.kernel;

/**
 * What the kernel says about a map: {@code struct bpf_map_info}.
 *
 * @param id its id
 * @param type the number of {@code enum bpf_map_type}
 * @param keySize bytes of a key
 * @param valueSize bytes of a value
 * @param maxEntries how many entries fit
 * @param flags {@code BPF_F_…}; some types add flags to those asked for
 * @param name at most 15 characters
 * @param btfId the id of the BTF that describes it, 0 for none
 * @param btfKeyTypeId the type of the key in it
 * @param btfValueTypeId the type of the value in it
 * @param extra {@code map_extra}
 */
public record MapInfo(
        int id,
        int type,
        int keySize,
        int valueSize,
        int maxEntries,
        int flags,
        String name,
        int btfId,
        int btfKeyTypeId,
        int btfValueTypeId,
        long extra) {}
