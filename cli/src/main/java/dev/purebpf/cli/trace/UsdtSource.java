package dev.purebpf.cli.trace;

import dev.purebpf.cli.CommandFailure;
import dev.purebpf.cli.OneLine;
import dev.purebpf.kernel.Kernel;
import dev.purebpf.probe.Usdt;
import dev.purebpf.symbol.Glob;
import dev.purebpf.symbol.UsdtArgument;
import dev.purebpf.symbol.UsdtProbe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * {@code usdt:FILE:PROVIDER:NAME}: places that the authors of a program marked, with the values
 * that belong to them.
 */
record UsdtSource(ProbePattern pattern) implements ProbeSource {

    private String provider() {
        return pattern.name().substring(0, pattern.name().indexOf(':'));
    }

    private String name() {
        return pattern.name().substring(pattern.name().indexOf(':') + 1);
    }

    /** {@return the places by PROVIDER:NAME, of which there can be several} */
    private Map<String, List<UsdtProbe>> matching(int pid) {
        return Usdt.matching(
                        Kernel.host(), pattern.place(), pid, new Glob(provider()), new Glob(name()))
                .stream()
                .collect(
                        Collectors.groupingBy(
                                place -> place.provider() + ":" + place.name(),
                                TreeMap::new,
                                Collectors.toList()));
    }

    @Override
    public List<Listing> list(KernelTypes types) {
        List<Listing> found = new ArrayList<>();
        matching(-1)
                .forEach(
                        (name, places) ->
                                found.add(
                                        new Listing(
                                                pattern.named(name),
                                                () -> arguments(places.getFirst()))));
        return found;
    }

    private static String arguments(UsdtProbe place) {
        return "(" + place.arguments().strip().replaceAll("\\s+(?=-?\\d+@)", ", ") + ")";
    }

    @Override
    public List<TracedProbe> probes(Scope scope) {
        if (!Glob.isGlob(pattern.name())) {
            Usdt probe = Usdt.of(pattern.place(), provider(), name()).inProcess(scope.pid());
            return List.of(traced(probe, probe.places(Kernel.host())));
        }
        Map<String, List<UsdtProbe>> found = matching(scope.pid());
        pattern.requireSome(
                found.keySet(), "USDT probe of " + pattern.place(), pattern.named("*:*"));
        List<TracedProbe> probes = new ArrayList<>();
        for (List<UsdtProbe> places : found.values()) {
            UsdtProbe first = places.getFirst();
            try {
                probes.add(
                        traced(
                                Usdt.of(pattern.place(), first.provider(), first.name())
                                        .inProcess(scope.pid()),
                                places));
            } catch (CommandFailure e) {
                System.err.println("purebpf: " + OneLine.of(e.getMessage()));
            }
        }
        return probes;
    }

    private TracedProbe traced(Usdt probe, List<UsdtProbe> places) {
        String name = pattern.named(probe.provider() + ":" + probe.name());
        List<List<UsdtArgument>> arguments = new ArrayList<>();
        try {
            for (UsdtProbe place : places) {
                arguments.add(UsdtArgument.parse(place.arguments(), Kernel.host().architecture()));
            }
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(name + " cannot be traced: " + e.getMessage(), e);
        }
        return new TracedProbe(
                RecordLayout.ofFunction(name, FunctionFields.marked(arguments), false),
                HitProgram.MARK,
                (TracedProbe.Single) (program, cookie) -> probe.withCookie(cookie).attach(program));
    }
}
