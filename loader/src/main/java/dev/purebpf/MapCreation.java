package dev.purebpf;

import dev.purebpf.error.KernelException;
import dev.purebpf.error.MalformedObjectException;
import dev.purebpf.kernel.Cpus;
import dev.purebpf.kernel.Errno;
import dev.purebpf.kernel.Feature;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.kernel.MapAttributes;
import dev.purebpf.kernel.MapCommands;
import dev.purebpf.kernel.OwnedFd;
import dev.purebpf.link.MapDefinition;
import dev.purebpf.link.MapType;
import dev.purebpf.link.ObjectFile;

import java.nio.file.Path;

/** Creates the maps of one object, with libbpf's adjustments to what the object says. */
final class MapCreation {
    private final Kernel kernel;
    private final ObjectFile file;
    private final LoadOptions options;
    private final Resources resources;
    private final Resources undo;
    private final OwnedFd btf;

    /**
     * Prepares.
     *
     * @param resources gets what stays open
     * @param undo gets what is to be taken back only if the load fails
     * @param btf the object's types, or {@code null} if they are not loaded
     */
    MapCreation(
            Kernel kernel,
            ObjectFile file,
            LoadOptions options,
            Resources resources,
            Resources undo,
            OwnedFd btf) {
        this.kernel = kernel;
        this.file = file;
        this.options = options;
        this.resources = resources;
        this.undo = undo;
        this.btf = btf;
    }

    /**
     * {@return the map, filled and frozen if it holds global variables, pinned or reused if it is
     * to be}
     *
     * @param image the initial content for global variables, {@code null} for zero
     */
    CreatedMap create(MapSpec spec, byte[] image) {
        MapDefinition definition = adjust(spec.definition());
        Path pin = pinPath(spec);
        if (pin == null) {
            return fresh(definition, image);
        }
        var pinned = new PinnedMap(kernel, definition, pin);
        OwnedFd found = pinned.open();
        if (found != null) {
            return reused(definition, found, pinned);
        }
        CreatedMap map = fresh(definition, image);
        try {
            pinned.pin(map.fd(), undo);
        } catch (KernelException e) {
            // Somebody else was faster: take theirs.
            OwnedFd theirs = Errno.EEXIST.is(e) ? pinned.open() : null;
            if (theirs == null) {
                throw e;
            }
            map.fd().close();
            return reused(definition, theirs, pinned);
        }
        return map;
    }

    private CreatedMap reused(MapDefinition definition, OwnedFd fd, PinnedMap pinned) {
        resources.add(fd);
        pinned.check(fd);
        return created(definition, fd);
    }

    private CreatedMap fresh(MapDefinition definition, byte[] image) {
        OwnedFd inner = definition.inner().map(this::template).orElse(null);
        OwnedFd fd;
        try {
            fd = create(definition, inner);
        } finally {
            if (inner != null) {
                inner.close();
            }
        }
        CreatedMap map = created(definition, resources.add(fd));
        if (definition.isGlobalData()) {
            GlobalData.fill(kernel, map, image);
            if (definition.isFrozen()) {
                MapCommands.freeze(kernel, fd.number(), definition.name());
            }
        }
        return map;
    }

    /** A map that shows what the maps in a map of maps look like; closed once that exists. */
    private OwnedFd template(MapDefinition inner) {
        return create(adjust(inner), null);
    }

    private OwnedFd create(MapDefinition map, OwnedFd inner) {
        MapAttributes attributes = attributes(map, inner);
        boolean typed = btf != null && map.keyType() + map.valueType() != 0 && takesTypes(map);
        if (!typed) {
            return MapCommands.create(kernel, attributes);
        }
        attributes.btf(btf.number(), map.keyType(), map.valueType());
        try {
            return MapCommands.create(kernel, attributes);
        } catch (KernelException e) {
            Notices.debug(e.getMessage() + "; trying again without the types of keys and values");
            return MapCommands.create(kernel, attributes.btf(0, 0, 0));
        }
    }

    private MapAttributes attributes(MapDefinition map, OwnedFd inner) {
        // As the kernel reads it: an unsigned number of 32 bits.
        int maxEntries = (int) map.maxEntries();
        var attributes =
                new MapAttributes(
                                map.kernelName(),
                                map.typeNumber(),
                                size(map, "key", map.keySize()),
                                size(map, "value", map.valueSize()),
                                maxEntries)
                        .flags(map.flags())
                        .numaNode((int) map.numaNode())
                        .extra(map.mapExtra());
        return inner == null ? attributes : attributes.innerMap(inner.number());
    }

    private int size(MapDefinition map, String what, long bytes) {
        if (bytes < 0 || bytes > Integer.MAX_VALUE) {
            throw new MalformedObjectException(
                    file.name(),
                    ".maps",
                    -1,
                    "map " + map.name() + " has a " + what + " of " + bytes + " bytes");
        }
        return (int) bytes;
    }

    /** Numbers that depend on the machine, and flags that the kernel may not know. */
    private MapDefinition adjust(MapDefinition map) {
        MapType type = map.type().orElse(null);
        if (map.isGlobalData()
                && (map.flags() & MapDefinition.MAPPABLE) != 0
                && !kernel.features().has(Feature.MAPPABLE_ARRAY)) {
            return map.withFlags(map.flags() & ~MapDefinition.MAPPABLE);
        }
        if (type == null) {
            return map;
        }
        return switch (type) {
            case RINGBUF, USER_RINGBUF ->
                    map.withMaxEntries(ringSize(map.maxEntries(), kernel.pageSize()));
            case PERF_EVENT_ARRAY ->
                    map.maxEntries() == 0 ? map.withMaxEntries(Cpus.possibleCount(kernel)) : map;
            case STRUCT_OPS -> map.withMaxEntries(1);
            default -> map;
        };
    }

    /** The next power of two pages, as the kernel insists on; 0 stays, for it to refuse. */
    static long ringSize(long wanted, int pageSize) {
        if (wanted == 0 || wanted >= 1L << 31) {
            return wanted;
        }
        long size = pageSize;
        while (size < wanted) {
            size <<= 1;
        }
        return size;
    }

    /** Types for which the kernel refuses, or has no use for, the types of keys and values. */
    private static boolean takesTypes(MapDefinition map) {
        MapType type = map.type().orElse(null);
        if (type == null) {
            return true;
        }
        return switch (type) {
            case PERF_EVENT_ARRAY,
                    CGROUP_ARRAY,
                    STACK_TRACE,
                    ARRAY_OF_MAPS,
                    HASH_OF_MAPS,
                    DEVMAP,
                    DEVMAP_HASH,
                    CPUMAP,
                    XSKMAP,
                    SOCKMAP,
                    SOCKHASH,
                    QUEUE,
                    STACK,
                    ARENA ->
                    false;
            default -> true;
        };
    }

    private Path pinPath(MapSpec spec) {
        if (spec.pinPath().isPresent()) {
            return spec.pinPath().get();
        }
        return spec.definition().pinning() == MapDefinition.Pinning.BY_NAME
                ? options.pinRoot().resolve(spec.name())
                : null;
    }

    private static CreatedMap created(MapDefinition map, OwnedFd fd) {
        return new CreatedMap(
                map.name(),
                map.typeNumber(),
                (int) map.keySize(),
                (int) map.valueSize(),
                (int) map.maxEntries(),
                map.flags(),
                fd);
    }
}
