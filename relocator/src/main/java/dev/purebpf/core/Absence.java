package dev.purebpf.core;

import dev.purebpf.btf.Btf;
import dev.purebpf.btf.BtfKind;
import dev.purebpf.btf.BtfType;
import dev.purebpf.core.Candidates.Candidate;
import dev.purebpf.error.NearestNames;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Says why a kernel does not have what a relocation asks for, and what it has instead: {@code
 * struct task_struct has no field `cpu`; nearest: `thread_info.cpu`, `on_cpu`}.
 *
 * <p>For people who look into why a program does not fit. Relocating itself never needs it.
 */
public final class Absence {
    /** How many names are proposed. */
    private static final int PROPOSALS = 3;

    /** How deep a field is looked for that may have moved into a struct within the struct. */
    private static final int DEPTH = 3;

    /** More fields than any struct of a kernel has; bounds what a hostile one costs. */
    private static final int MAX_PLACES = 20_000;

    private final Resolution resolution;
    private final Types local;
    private final List<Candidate> candidates;
    private final Btf kernel;

    private Absence(Resolution resolution, Btf kernel, List<Btf> modules) {
        this.resolution = resolution;
        this.local = resolution.local().types();
        this.kernel = kernel;
        int root = resolution.local().rootType();
        this.candidates =
                new Candidates(new Types(kernel), () -> modules.stream().map(Types::new).toList())
                        .find(local.btf().name(root), local.btf().kind(root));
    }

    /**
     * {@return why the kernel's answer was no, or why the instruction cannot take it, in a sentence
     * without a full stop}
     *
     * @param resolution what was asked, and found or not
     * @param kernel the kernel's types
     * @param modules types of kernel modules
     * @throws dev.purebpf.error.MalformedObjectException if the kernel's types are damaged
     */
    public static String describe(Resolution resolution, Btf kernel, List<Btf> modules) {
        return new Absence(resolution, kernel, modules).describe();
    }

    private String describe() {
        if (resolution.target().isPresent()) {
            return describeSize();
        }
        if (candidates.isEmpty()) {
            return describeType();
        }
        // Candidates are mostly one. Of several the one that goes farthest is the likeliest meant.
        String farthest = null;
        int most = -1;
        for (Candidate candidate : candidates) {
            int steps = matchedSteps(candidate);
            if (steps > most) {
                most = steps;
                farthest =
                        resolution.relocation().kind().isEnumerator()
                                ? describeEnumerator(candidate)
                                : steps == resolution.local().accessors().size()
                                        ? "its " + describe(candidate) + " is made otherwise"
                                        : describeStep(candidate, steps);
            }
        }
        return farthest;
    }

    private static String describe(Candidate candidate) {
        return candidate.types().describe(candidate.id());
    }

    private String describeSize() {
        return resolution.local().path()
                + " has "
                + resolution.size()
                + " bytes there, not "
                + resolution.originalSize()
                + ", and only accesses to pointers and unsigned numbers can be made wider or"
                + " narrower";
    }

    private String describeType() {
        int root = resolution.local().rootType();
        String wanted = local.describe(root);
        int other =
                kernel.find(
                        EssentialName.of(local.btf().name(root)),
                        BtfKind.STRUCT,
                        BtfKind.UNION,
                        BtfKind.ENUM,
                        BtfKind.ENUM64,
                        BtfKind.TYPEDEF,
                        BtfKind.FORWARD);
        return wanted
                + " is absent"
                + (other < 0
                        ? ""
                        : "; there is only " + new Types(kernel).describe(other) + " of that name");
    }

    private String describeEnumerator(Candidate candidate) {
        String wanted = EssentialName.of(resolution.local().last().name());
        List<String> names =
                candidate.types().resolved(candidate.id()) instanceof BtfType.Enumeration type
                        ? type.enumerators().stream().map(BtfType.Enumerator::name).toList()
                        : List.of();
        return describe(candidate)
                + " has no enumerator `"
                + wanted
                + '`'
                + nearest(NearestNames.of(wanted, names));
    }

    /**
     * {@return how many steps of the way can be gone in a candidate, the first, to it, included}
     */
    private int matchedSteps(Candidate candidate) {
        int steps = resolution.local().accessors().size();
        while (steps > 0 && match(candidate, steps).isEmpty()) {
            steps--;
        }
        return steps;
    }

    private Optional<AccessSpec> match(Candidate candidate, int steps) {
        try {
            return Optional.ofNullable(
                    new TargetSpecs(local, candidate.types())
                            .match(
                                    resolution.local().prefix(steps),
                                    resolution.relocation().kind(),
                                    candidate.id()));
        } catch (CoreProblem e) {
            return Optional.empty();
        }
    }

    /** {@return why the step after some that can be gone cannot} */
    private String describeStep(Candidate candidate, int steps) {
        Types types = candidate.types();
        AccessSpec.Accessor wanted = resolution.local().accessors().get(steps);
        Optional<AccessSpec> reached = match(candidate, steps);
        int id = types.skip(reached.map(Absence::end).orElse(candidate.id()));
        String place = reached.map(AccessSpec::path).orElse(describe(candidate));
        if (wanted.name() == null) {
            return types.type(id) instanceof BtfType.Array array
                    ? place + " has only " + array.length() + " elements"
                    : place + " is no array but " + types.describe(id);
        }
        if (!(types.type(id) instanceof BtfType.Composite)) {
            return place + " is " + types.describe(id) + ", which has no fields";
        }
        String owner = types.type(id).name().isEmpty() ? place : types.describe(id);
        for (Place found : fields(types, id, 0)) {
            if (found.path.equals(wanted.name())) {
                return owner
                        + " has a field `"
                        + wanted.name()
                        + "` of another kind: "
                        + types.describe(types.skip(found.type));
            }
        }
        return owner
                + " has no field `"
                + wanted.name()
                + '`'
                + nearest(proposals(candidate, id, owner, wanted.name()));
    }

    /** {@return the type at the end of a way} */
    private static int end(AccessSpec spec) {
        AccessSpec.Accessor last = spec.last();
        return last.name() == null
                ? last.type()
                : ((BtfType.Composite) spec.types().type(last.type()))
                        .members()
                        .get(last.index())
                        .type();
    }

    private List<String> proposals(Candidate candidate, int id, String owner, String wanted) {
        Types types = candidate.types();
        Set<String> proposals = new LinkedHashSet<>();
        for (Place place : fields(types, id, DEPTH)) {
            if (place.path.endsWith("." + wanted)) {
                proposals.add(place.path);
            }
        }
        int root = types.skip(candidate.id());
        if (root != id) {
            String last = resolution.local().last().name();
            for (Place place : fields(types, root, 0)) {
                if (place.path.equals(last)) {
                    proposals.add(describe(candidate) + '.' + last);
                }
            }
        }
        List<String> own = fields(types, id, 0).stream().map(Place::path).toList();
        proposals.addAll(NearestNames.of(wanted, own));
        return List.copyOf(proposals);
    }

    private static String nearest(List<String> names) {
        if (names.isEmpty()) {
            return "";
        }
        List<String> quoted =
                names.stream().limit(PROPOSALS).map(name -> '`' + name + '`').toList();
        return "; nearest: " + String.join(", ", quoted);
    }

    /** A field, by its path from the struct that was looked into. */
    private record Place(String path, int type) {}

    /** {@return the fields of a struct, those of anonymous members and of members as well} */
    private static List<Place> fields(Types types, int id, int depth) {
        var places = new ArrayList<Place>();
        collect(types, id, "", depth, DEPTH, places);
        return places;
    }

    private static void collect(
            Types types, int id, String prefix, int depth, int anonymous, List<Place> places) {
        if (!(types.resolved(id) instanceof BtfType.Composite composite)
                || places.size() > MAX_PLACES) {
            return;
        }
        for (BtfType.Member member : composite.members()) {
            if (!member.name().isEmpty()) {
                places.add(new Place(prefix + member.name(), member.type()));
                if (depth > 0) {
                    String inner = prefix + member.name() + '.';
                    collect(types, member.type(), inner, depth - 1, anonymous, places);
                }
            } else if (anonymous > 0) {
                collect(types, member.type(), prefix, depth, anonymous - 1, places);
            }
        }
    }
}
