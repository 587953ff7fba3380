package dev.purebpf.vm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What the machines of one kernel left behind, among which the test classes were divided.
 *
 * @param release the kernel
 * @param machines one or more
 */
record KernelRun(String release, List<MachineRun> machines) {

    /**
     * {@return what lies in a folder that is named after the kernel and has one folder for each
     * machine}
     *
     * @throws IOException when a file cannot be read or is no report
     */
    static KernelRun read(Path folder) throws IOException {
        String release = folder.getFileName().toString();
        List<MachineRun> machines = new ArrayList<>();
        try (var folders = Files.list(folder)) {
            for (Path machine : folders.sorted().toList()) {
                machines.add(MachineRun.read(release, machine));
            }
        }
        return new KernelRun(release, machines);
    }

    List<TestResult> tests() {
        return machines.stream().flatMap(machine -> machine.tests().stream()).toList();
    }

    /** {@return how each machine ended, and when} */
    String ends() {
        return machines.stream()
                .map(machine -> machine.end() + ", " + machine.seconds() + " s")
                .collect(Collectors.joining("; "));
    }

    /** {@return whether all is well on all machines, and something was tested} */
    boolean isGood() {
        return machines.stream().allMatch(MachineRun::isGood)
                && tests().stream().anyMatch(test -> !MachineRun.isSkipped(test));
    }
}
