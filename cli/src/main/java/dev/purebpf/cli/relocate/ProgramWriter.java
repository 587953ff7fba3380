package dev.purebpf.cli.relocate;

import dev.purebpf.link.LinkedProgram;
import dev.purebpf.link.ProgramDefinition;

import java.nio.ByteOrder;

/** Writes down what became of objects and their programs. */
interface ProgramWriter {
    /**
     * An object's programs follow.
     *
     * @param path the object's file, as it was named
     */
    void object(String path);

    /**
     * An object could not be opened.
     *
     * @param path the object's file, as it was named
     * @param problem why, in one line
     */
    void unopened(String path, String problem);

    /**
     * A program of the object that was told last.
     *
     * @param program the program, linked
     * @param order the byte order of the machine that it is for
     */
    void program(LinkedProgram program, ByteOrder order);

    /**
     * A program of the object that was told last, which could not be linked.
     *
     * @param program the program as it is in the object
     * @param problem why, in one line
     */
    void failed(ProgramDefinition program, String problem);

    /** Hands over what has been written. */
    void flush();
}
