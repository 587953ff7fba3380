package dev.purebpf;

import dev.purebpf.link.MapType;

import java.util.OptionalInt;

/**
 * A map of programs, one of which {@code bpf_tail_call} goes on with: {@code
 * BPF_MAP_TYPE_PROG_ARRAY}, as {@link BpfMap#programArray} gives it. The programs stay loaded as
 * long as they are in it. May be used by any thread as long as the map may.
 */
public final class ProgramArray {
    private final TypedMap<Integer, Integer> programs;

    ProgramArray(BpfMap map) {
        if (map.type().orElse(null) != MapType.PROG_ARRAY) {
            throw new IllegalArgumentException("map " + map.name() + " is no map of programs");
        }
        this.programs = map.typed(Integer.class, Integer.class);
    }

    /**
     * Puts a program into the map, in place of any other.
     *
     * @param index where
     * @param program the program
     * @throws dev.purebpf.error.KernelException if the kernel refuses: EINVAL if the program is of
     *     another kind than those that use the map, E2BIG if there is no such place
     */
    public void put(int index, Program program) {
        programs.put(index, program.fd());
    }

    /**
     * Puts a program into the map that belongs to no object of this process.
     *
     * @param index where
     * @param program the program
     * @throws dev.purebpf.error.KernelException as {@link #put(int, Program)}
     */
    public void put(int index, OpenProgram program) {
        programs.put(index, program.fd());
    }

    /**
     * Takes a program out of the map: a jump there then goes nowhere, and its program goes on.
     *
     * @param index where
     * @return whether there was one
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public boolean delete(int index) {
        return programs.delete(index);
    }

    /**
     * {@return the id of a program, which {@link OpenProgram#ofId} opens; empty if there is none}
     *
     * @param index where
     * @throws dev.purebpf.error.KernelException if the kernel refuses
     */
    public OptionalInt programId(int index) {
        Integer id = programs.get(index);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    @Override
    public String toString() {
        return "programs of map " + programs.map().name();
    }
}
