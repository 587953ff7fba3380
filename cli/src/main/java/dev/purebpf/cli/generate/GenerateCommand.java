package dev.purebpf.cli.generate;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.CHeader;
import dev.purebpf.cli.Command;
import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.OneLine;
import dev.purebpf.cli.WrongUsage;
import dev.purebpf.cli.input.FileProblem;
import dev.purebpf.cli.input.KernelInput;
import dev.purebpf.elf.ElfFile;
import dev.purebpf.error.BpfException;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.link.ObjectFile;

import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** {@code purebpf generate java} and {@code generate vmlinux.h}: their options and their help. */
public final class GenerateCommand implements Command {
    private static final String LANGUAGE = "java";
    private static final String HEADER = "vmlinux.h";
    private static final List<String> OF_CLASSES =
            List.of("package", "class", "type", "output", "resources");

    private static final String HELP =
            """
            Usage: purebpf generate java OBJECT --package NAME [OPTION...]
                   purebpf generate vmlinux.h [--btf FILE]
            The first writes a Java class for a BPF object: a method for each of its programs,
            maps and global variables, records for its structs, enums for its enums. Beside the
            class it puts the object, as the resource that the class loads. The second prints a C
            header with the types of a kernel and the functions that it lends to programs, which
            a program includes instead of the kernel's own headers. Both load nothing themselves
            and need no privileges.

                  --package NAME      The package of the class.
                  --class NAME        Its name; without it made from the object's: SysCalls for
                                      sys_calls.bpf.o.
                  --type NAME         Also a record for this struct, union, enum or typedef, such
                                      as what a ring buffer carries. May be given more than once.
                  --output DIR        Where packages begin; without it the current directory.
                  --resources DIR     Where packages begin for the copy of the object, if that is
                                      another place.
                  --btf FILE          Of vmlinux.h the types, or an ELF file with them, such as a
                                      BPF object; without it the running kernel's.
                  --debug             Show the whole story of errors.
              -h, --help              Show this.

            The same object and options give the same bytes. Files that were generated before are
            replaced, others are not. Layouts are those of the object's BTF (clang -g -target bpf).
            A compiler leaves a struct out that no map, global variable or function mentions; this
            line of C keeps it: struct event *unused_event __attribute__((unused));

            What the class depends on is dev.purebpf.loader alone.

            Examples:
              purebpf generate java counts.bpf.o --package com.example.counts --output src/main/java
              purebpf generate java calls.bpf.o --package com.example --type event \\
                  --output src/main/java --resources src/main/resources
              purebpf generate vmlinux.h > vmlinux.h
              purebpf generate vmlinux.h --btf 5.10.btf > vmlinux-5.10.h

            Exit code: 0 when all is written, 1 when not, 2 on wrong usage.
            """;

    /** Makes the command. */
    public GenerateCommand() {}

    @Override
    public String name() {
        return "generate";
    }

    @Override
    public String purpose() {
        return "a typed Java class for a BPF object; a C header of a kernel's types";
    }

    @Override
    public String help() {
        return HELP;
    }

    @Override
    public Options options() {
        Options options = new Options();
        options.addOption(null, "package", true, null);
        options.addOption(null, "class", true, null);
        options.addOption(null, "type", true, null);
        options.addOption(null, "output", true, null);
        options.addOption(null, "resources", true, null);
        options.addOption(null, "btf", true, null);
        return options;
    }

    @Override
    public boolean optionsMayFollowOperands() {
        return true;
    }

    @Override
    public int run(CommandLine options, List<String> operands, boolean debug) {
        String what = operands.isEmpty() ? "" : operands.getFirst();
        return switch (what) {
            case LANGUAGE -> generateClass(options, operands);
            case HEADER -> printHeader(options, operands);
            default ->
                    throw new WrongUsage(
                            "what to generate comes first, and is "
                                    + LANGUAGE
                                    + " or "
                                    + HEADER
                                    + (what.isEmpty() ? "" : ", not " + OneLine.of(what)));
        };
    }

    private static int printHeader(CommandLine options, List<String> operands) {
        if (operands.size() > 1) {
            throw new WrongUsage("the types are named by --btf FILE");
        }
        for (String option : OF_CLASSES) {
            if (options.hasOption(option)) {
                throw new WrongUsage("--" + option + " goes with " + LANGUAGE);
            }
        }
        String file = options.getOptionValue("btf");
        Btf types = file == null ? KernelInput.running() : KernelInput.require(file);
        try {
            // All of it or nothing: what is printed half may be taken for a header.
            System.out.print(CHeader.of(types));
        } catch (MalformedObjectException e) {
            throw new CommandFailure(
                    OneLine.of("no C header of these types: " + e.getMessage()), e);
        }
        return 0;
    }

    private static int generateClass(CommandLine options, List<String> operands) {
        if (options.hasOption("btf")) {
            throw new WrongUsage("--btf goes with " + HEADER);
        }
        if (operands.size() != 2) {
            throw new WrongUsage(operands.size() < 2 ? "which object?" : "one object at a time");
        }
        String packageName = options.getOptionValue("package");
        if (packageName == null) {
            throw new WrongUsage("which --package shall the class be in?");
        }
        requirePackage(packageName);
        Path output = directory(options.getOptionValue("output", ""));
        Path resources =
                options.hasOption("resources")
                        ? directory(options.getOptionValue("resources"))
                        : output;
        Path file = object(operands.getLast());
        String objectName = file.getFileName().toString();
        String className = className(options.getOptionValue("class"), objectName);
        String[] types = options.getOptionValues("type");

        byte[] bytes = read(file);
        String source =
                ObjectSource.of(
                        parse(file, bytes),
                        objectName,
                        packageName,
                        className,
                        types == null ? List.of() : List.of(types));
        String folder = packageName.replace('.', '/');
        Path copy = resources.resolve(folder).resolve(objectName);
        GeneratedFiles.requireObject(copy);
        GeneratedFiles.writeSource(output.resolve(folder).resolve(className + ".java"), source);
        GeneratedFiles.writeObject(copy, bytes);
        return 0;
    }

    private static void requirePackage(String name) {
        for (String part : name.split("\\.", -1)) {
            if (!JavaNames.isName(part)) {
                throw new WrongUsage(
                        "--package wants a name such as com.example.counts, not '" + name + "'");
            }
        }
    }

    private static String className(String wanted, String objectName) {
        if (wanted != null && !JavaNames.isName(wanted)) {
            throw new WrongUsage("--class wants a name such as SysCalls, not '" + wanted + "'");
        }
        int dot = objectName.indexOf('.');
        return wanted != null
                ? wanted
                : JavaNames.ofType(dot < 0 ? objectName : objectName.substring(0, dot));
    }

    private static Path directory(String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw new CommandFailure("no directory can be called " + OneLine.of(name), e);
        }
    }

    private static Path object(String name) {
        try {
            Path file = Path.of(name);
            FileProblem.requireFile(file);
            return file;
        } catch (IOException | InvalidPathException e) {
            throw refused(name, e);
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw refused(file.toString(), e);
        }
    }

    private static ObjectFile parse(Path file, byte[] bytes) {
        try (ElfFile elf = ElfFile.of(file.getFileName().toString(), bytes)) {
            return ObjectFile.parse(elf);
        } catch (BpfException e) {
            throw refused(file.toString(), e);
        }
    }

    private static CommandFailure refused(String name, Exception e) {
        return new CommandFailure(OneLine.of(name) + ": " + FileProblem.describe(name, e), e);
    }
}
