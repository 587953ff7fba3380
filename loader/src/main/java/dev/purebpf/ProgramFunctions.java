package dev.purebpf;

import dev.purebpf.btf.BtfKind;
import dev.purebpf.error.KernelException;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.InfoCommands;
import dev.purebpf.kernel.Kernel;

/** Finds the functions of a loaded program, to which other programs can be attached. */
final class ProgramFunctions {
    private ProgramFunctions() {}

    /** {@return the id of a function's type, as {@link Program#functionType} says} */
    static int type(Program program, String function) {
        Kernel kernel = program.kernel();
        String operation = "finding function " + function + " of BPF program " + program.name();
        int id = InfoCommands.program(kernel, program.fd()).btfId();
        if (id == 0) {
            throw missing(
                    operation, "the program was loaded without types: compile it with clang -g");
        }
        int type =
                ObjectBtf.byId(kernel, id, "the types of program " + program.name())
                        .find(function, BtfKind.FUNCTION);
        if (type < 0) {
            throw missing(
                    operation,
                    "its types name no such function: it may be inlined, or be another program's");
        }
        return type;
    }

    private static KernelException missing(String operation, String advice) {
        return Errno.ENOENT.failure(operation, advice);
    }
}
