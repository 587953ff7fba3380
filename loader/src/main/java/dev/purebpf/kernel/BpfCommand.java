package dev.purebpf.kernel;

/**
 * The commands of {@code bpf(2)}: {@code enum bpf_cmd} of {@code include/uapi/linux/bpf.h}. The
 * order is the kernel's, so that the ordinal is the command's number.
 */
public enum BpfCommand {
    /** Creates a map. */
    MAP_CREATE,
    /** Copies the value of a key out of a map. */
    MAP_LOOKUP_ELEM,
    /** Puts a value into a map. */
    MAP_UPDATE_ELEM,
    /** Deletes a key. */
    MAP_DELETE_ELEM,
    /** Finds the key after another. */
    MAP_GET_NEXT_KEY,
    /** Verifies and loads a program. */
    PROG_LOAD,
    /** Pins a descriptor to a path in a bpffs. */
    OBJ_PIN,
    /** Opens what is pinned at a path. */
    OBJ_GET,
    /** Attaches a program without a link. */
    PROG_ATTACH,
    /** Detaches a program attached without a link. */
    PROG_DETACH,
    /** Runs a program on given input. */
    PROG_TEST_RUN,
    /** Finds the program id after another. */
    PROG_GET_NEXT_ID,
    /** Finds the map id after another. */
    MAP_GET_NEXT_ID,
    /** Opens a program by id. */
    PROG_GET_FD_BY_ID,
    /** Opens a map by id. */
    MAP_GET_FD_BY_ID,
    /** Tells about a map, program, BTF or link. */
    OBJ_GET_INFO_BY_FD,
    /** Lists the programs attached somewhere. */
    PROG_QUERY,
    /** Attaches a program to a raw tracepoint, or to what its BTF id says. */
    RAW_TRACEPOINT_OPEN,
    /** Loads BTF. */
    BTF_LOAD,
    /** Opens BTF by id. */
    BTF_GET_FD_BY_ID,
    /** Tells what a perf event descriptor of a task is attached to. */
    TASK_FD_QUERY,
    /** Takes a value out of a map. */
    MAP_LOOKUP_AND_DELETE_ELEM,
    /** Makes a map read-only for user space. */
    MAP_FREEZE,
    /** Finds the BTF id after another. */
    BTF_GET_NEXT_ID,
    /** Copies many values out of a map. */
    MAP_LOOKUP_BATCH,
    /** Takes many values out of a map. */
    MAP_LOOKUP_AND_DELETE_BATCH,
    /** Puts many values into a map. */
    MAP_UPDATE_BATCH,
    /** Deletes many keys. */
    MAP_DELETE_BATCH,
    /** Attaches a program by a link. */
    LINK_CREATE,
    /** Replaces a link's program. */
    LINK_UPDATE,
    /** Opens a link by id. */
    LINK_GET_FD_BY_ID,
    /** Finds the link id after another. */
    LINK_GET_NEXT_ID,
    /** Turns run statistics on until the descriptor is closed. */
    ENABLE_STATS,
    /** Opens an iterator of an iterator link. */
    ITER_CREATE,
    /** Detaches a link, which stays open. */
    LINK_DETACH,
    /** Keeps a map alive as long as a program. */
    PROG_BIND_MAP,
    /** Creates a token that delegates rights. */
    TOKEN_CREATE;

    /** {@return the number to pass as the first argument of {@code bpf(2)}} */
    public int number() {
        return ordinal();
    }
}
