package dev.purebpf;

import dev.purebpf.error.KernelException;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.error.UnsupportedFeatureException;
import dev.purebpf.insn.Instruction;
import dev.purebpf.kernel.DelegatedKernel;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.LoadResult;
import dev.purebpf.kernel.MapCommands;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.kernel.ProgramCommands;
import dev.purebpf.link.LinkOptions;
import dev.purebpf.link.LinkedObject;
import dev.purebpf.link.LinkedProgram;
import dev.purebpf.link.Linker;
import dev.purebpf.link.MapDefinition;
import dev.purebpf.link.MapType;
import dev.purebpf.link.ObjectFile;
import dev.purebpf.link.ProgramDefinition;
import dev.purebpf.link.ProgramType;
import dev.purebpf.link.TargetKernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * One load, from the open object to the loaded one, in libbpf's order: relocate and link (pure),
 * load the object's own types, create and fill the maps, load the programs, bind what has to live
 * as long as they do. Whatever has been opened is closed again if any step fails.
 */
final class ObjectLoading {
    private final BpfObject object;
    private final ObjectFile file;
    private final LoadOptions options;
    private Kernel kernel;
    private final Resources resources = new Resources();

    /** What is taken back only if the load fails: pins. */
    private final Resources undo = new Resources();

    private final Map<String, CreatedMap> created = new LinkedHashMap<>();
    private final Map<String, OwnedFd> programs = new HashMap<>();
    private RunningKernel running;
    private TargetKernel target;

    ObjectLoading(BpfObject object, LoadOptions options) {
        this.object = object;
        this.file = object.file();
        this.options = options;
        this.kernel = options.kernel();
    }

    LoadedObject run() {
        Arena arena = Arena.ofShared();
        try {
            return run(arena);
        } catch (Throwable e) {
            try (arena;
                    resources;
                    undo) {
                Notices.debug("loading " + object.name() + " failed, undoing it");
            } catch (RuntimeException suppressed) {
                e.addSuppressed(suppressed);
            }
            throw e;
        }
    }

    private LoadedObject run(Arena arena) {
        refuseStructOps();
        kernel = delegated();
        try (var about = new RunningKernel(kernel, options.kernelBtf(), object.kernelConfig())) {
            running = about;
            return linkAndLoad(arena);
        }
    }

    private LoadedObject linkAndLoad(Arena arena) {
        LinkedObject linked = link();
        ObjectBtf btf = ObjectBtf.load(kernel, file, types(linked), options.log());
        if (btf.fd() != null) {
            resources.add(btf.fd());
        }
        var result = new LoadedObject(object, kernel, arena, resources);
        createMaps(btf.fd(), linked, result, arena);
        for (LinkedProgram program : linked.programs()) {
            result.add(load(linked, program, btf, result));
        }
        fillProgramArrays();
        return result;
    }

    /** {@return the kernel, asked with a token where something is delegated to this process} */
    private Kernel delegated() {
        String wanted = options.token().orElse(null);
        if (wanted != null && wanted.isEmpty()) {
            return kernel;
        }
        String bpffs = wanted == null ? DelegatedKernel.BPFFS : wanted;
        long token = DelegatedKernel.token(kernel, bpffs);
        if (token < 0 && wanted == null) {
            // The usual case: an older kernel, no container, or nothing delegated to it.
            return kernel;
        }
        OwnedFd fd = OwnedFd.of(kernel, token, "making a BPF token of " + bpffs);
        return DelegatedKernel.of(kernel, resources.add(fd));
    }

    /** Before anything is done: such a map is a promise to the kernel, not a place for data. */
    private void refuseStructOps() {
        for (MapSpec map : object.maps()) {
            if (map.definition().origin() == MapDefinition.Origin.STRUCT_OPS && map.autocreate()) {
                throw new UnsupportedFeatureException(
                        "creating struct_ops map "
                                + map.name()
                                + " (turn its creation off to load the other programs)",
                        null);
            }
        }
    }

    private LinkedObject link() {
        Set<String> wanted = new HashSet<>();
        boolean relocates = false;
        for (ProgramDefinition program : file.programs()) {
            if (object.program(program.name()).autoload()) {
                wanted.add(program.name());
                relocates |= hasRelocations(program);
            }
        }
        for (ProgramDefinition subprogram : file.subprograms()) {
            relocates |= hasRelocations(subprogram);
        }
        target = running.forLinking(file, relocates && !wanted.isEmpty());
        LinkOptions which = LinkOptions.defaults().withPrograms(wanted);
        return Linker.link(file, target, which).orThrow();
    }

    private static boolean hasRelocations(ProgramDefinition program) {
        for (Instruction instruction : program.instructions()) {
            if (!instruction.relocations().isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /** What Java's own file access reports, as one of the family. */
    static KernelException failure(String operation, IOException e) {
        Errno errno =
                switch (e) {
                    case AccessDeniedException _ -> Errno.EACCES;
                    case NoSuchFileException _ -> Errno.ENOENT;
                    default -> Errno.EIO;
                };
        return new KernelException(operation, errno.number(), errno.name(), e.getMessage(), e);
    }

    private void createMaps(OwnedFd btf, LinkedObject linked, LoadedObject result, Arena arena) {
        var creation = new MapCreation(kernel, file, options, resources, undo, btf);
        for (MapSpec spec : object.maps()) {
            MapDefinition definition = spec.definition();
            if (!spec.autocreate()
                    || definition.isGlobalData()
                            && (definition.valueSize() == 0
                                    || !kernel.features().has(Feature.GLOBAL_DATA))) {
                continue;
            }
            byte[] image =
                    switch (definition.origin()) {
                        case DECLARED, STRUCT_OPS -> null;
                        case KERNEL_CONFIG -> linked.settings();
                        case DATA, READ_ONLY_DATA, ZEROED_DATA -> object.image(definition);
                    };
            CreatedMap map = creation.create(spec, image);
            created.put(map.name(), map);
            BpfMap shown =
                    map.describe(
                            kernel, object.btf(), definition.keyType(), definition.valueType());
            result.add(shown);
            if (definition.isGlobalData()) {
                GlobalData.addVariables(result, shown, definition, object.btf(), arena);
            } else if (definition.typeNumber() == MapType.ARENA.number()) {
                // Instructions were made for the arena as the object declares it.
                long start = target.arenaGlobalsOffset(file.map(map.name()).orElseThrow());
                GlobalData.mapArena(result, shown, definition, start, object.btf(), arena);
            }
        }
        for (MapSpec spec : object.maps()) {
            if (spec.definition().inner().isPresent()) {
                fill(
                        spec.definition(),
                        name -> created.containsKey(name) ? created.get(name).fd() : null);
            }
        }
    }

    private Set<ProgramType> types(LinkedObject linked) {
        Set<ProgramType> types = EnumSet.noneOf(ProgramType.class);
        for (LinkedProgram program : linked.programs()) {
            object.program(program.name()).type().ifPresent(types::add);
        }
        return types;
    }

    private Program load(
            LinkedObject linked, LinkedProgram program, ObjectBtf btf, LoadedObject result) {
        try (var jumps = JumpTableMaps.create(kernel, program)) {
            return load(linked, program, btf, result, jumps);
        }
    }

    private Program load(
            LinkedObject linked,
            LinkedProgram program,
            ObjectBtf btf,
            LoadedObject result,
            JumpTableMaps jumps) {
        ProgramSpec spec = object.program(program.name());
        var attributes =
                new ProgramLoading(kernel, file, spec, program, running)
                        .attributes(this::mapDescriptor, jumps::descriptor, btf);
        if (!linked.functionModules().isEmpty()) {
            // The first stands for the kernel itself.
            attributes.fdArray(
                    IntStream.concat(
                                    IntStream.of(0),
                                    linked.functionModules().stream()
                                            .mapToInt(running::moduleDescriptor))
                            .toArray());
        }
        LoadResult loaded = ProgramCommands.load(kernel, attributes, options.log());
        if (!loaded.loaded()) {
            throw VerifierLog.failure(kernel, file, program, loaded);
        }
        OwnedFd fd = resources.add(loaded.fd());
        programs.put(program.name(), fd);
        bindConstants(fd, program.name());
        return new Program(result, spec, fd, loaded.log());
    }

    private int mapDescriptor(String map) {
        CreatedMap found = created.get(map);
        return found == null ? -1 : found.fd().number();
    }

    /** Constants that the verifier folded away are not referred to, yet tools want to see them. */
    private void bindConstants(OwnedFd program, String name) {
        for (MapDefinition map : file.maps()) {
            CreatedMap found = created.get(map.name());
            if (map.origin() != MapDefinition.Origin.READ_ONLY_DATA
                    || found == null
                    || !kernel.features().has(Feature.BIND_MAP)) {
                continue;
            }
            long result = ProgramCommands.bindMap(kernel, program.number(), found.fd().number());
            if (result < 0) {
                String what = "binding map " + map.name() + " to program " + name;
                Notices.warn(kernel.failure(result, what).getMessage());
            }
        }
    }

    private void fillProgramArrays() {
        for (MapSpec spec : object.maps()) {
            if (spec.definition().inner().isEmpty()) {
                fill(spec.definition(), programs::get);
            }
        }
    }

    private void fill(MapDefinition map, Function<String, OwnedFd> targets) {
        CreatedMap owner = created.get(map.name());
        if (owner == null || map.slots().isEmpty()) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
            for (MapDefinition.Slot slot : map.slots()) {
                OwnedFd target = targets.apply(slot.target());
                if (target == null) {
                    throw new MalformedObjectException(
                            object.name(),
                            ".maps",
                            -1,
                            "slot "
                                    + slot.index()
                                    + " of map "
                                    + map.name()
                                    + " is to hold "
                                    + slot.target()
                                    + ", which was not loaded or created: turn that on, or do not"
                                    + " create the map");
                }
                key.set(ValueLayout.JAVA_INT, 0, slot.index());
                value.set(ValueLayout.JAVA_INT, 0, target.number());
                kernel.check(
                        MapCommands.update(
                                kernel, owner.fd().number(), key, value, MapCommands.ANY),
                        "putting " + slot.target() + " into map " + map.name());
            }
        }
    }
}
