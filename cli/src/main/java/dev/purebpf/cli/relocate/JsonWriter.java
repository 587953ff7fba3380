package dev.purebpf.cli.relocate;

import dev.purebpf.cli.CommandOutput;
import dev.purebpf.cli.JsonLines;
import dev.purebpf.core.AccessSpec;
import dev.purebpf.core.Resolution;
import dev.purebpf.insn.Instruction;
import dev.purebpf.insn.InstructionReader;
import dev.purebpf.link.AppliedRelocation;
import dev.purebpf.link.LinkedProgram;
import dev.purebpf.link.ProgramDefinition;
import dev.purebpf.link.TargetKernel;

import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/**
 * Programs for programs to read, one JSON object a line; here broken up:
 *
 * <pre>
 * {"object":"core.bpf.o","program":"fields","section":"raw_tp/sys_enter","autoload":true,
 *  "instructions":["85000000230000000",…],
 *  "maps":[{"slot":12,"name":".bss"}],
 *  "relocations":[{"function":"fields","slot":5,
 *    "source":{"file":"core.bpf.c","line":80,"text":"RESULT(0) = BPF_CORE_READ(task, pid);"},
 *    "kind":"field_byte_offset",
 *    "asked":{"type":7,"path":"struct task_struct.pid","spec":"[7] struct task_struct.pid (0:1 @ offset 16)"},
 *    "found":{"type":120,"path":…,"spec":…},
 *    "value":{"before":16,"after":1500},"size":{"before":4,"after":4},
 *    "poisoned":false,"reason":null}],
 *  "error":null}
 * </pre>
 *
 * <p>A program that could not be linked has nothing but names and its {@code error}; so has an
 * object that could not be opened, without a program. {@code found} is {@code null} when the kernel
 * has no such thing, {@code reason} says why an instruction was poisoned. Values are strings where
 * they lie beyond 2⁵³, which not all readers of JSON keep.
 */
final class JsonWriter implements ProgramWriter {
    private static final long EXACT = 1L << 53;

    private final JsonLines json;
    private final TargetKernel kernel;
    private String path;

    /**
     * @param output where it goes
     * @param kernel the kernel's types, to say what it has instead of what is asked for
     */
    JsonWriter(CommandOutput output, TargetKernel kernel) {
        this.json = JsonLines.to(output);
        this.kernel = kernel;
    }

    @Override
    public void object(String name) {
        path = name;
    }

    @Override
    public void unopened(String name, String problem) {
        json.writeStartObject();
        json.writeStringField("object", name);
        json.writeStringField("error", problem);
        json.endLine();
    }

    @Override
    public void failed(ProgramDefinition program, String problem) {
        names(program);
        json.writeStringField("error", problem);
        json.endLine();
    }

    private void names(ProgramDefinition program) {
        json.writeStartObject();
        json.writeStringField("object", path);
        json.writeStringField("program", program.name());
        json.writeStringField("section", program.section());
        json.writeBooleanField("autoload", program.autoload());
    }

    @Override
    public void program(LinkedProgram program, ByteOrder order) {
        names(program.program());
        json.writeArrayFieldStart("instructions");
        String code = HexFormat.of().formatHex(program.encode(_ -> 0, order));
        int digits = 2 * InstructionReader.SLOT_SIZE;
        for (int at = 0; at < code.length(); at += digits) {
            json.writeString(code.substring(at, at + digits));
        }
        json.writeEndArray();
        json.writeArrayFieldStart("maps");
        int slot = 0;
        for (Instruction instruction : program.instructions()) {
            Optional<String> map = MapReference.of(instruction);
            if (map.isPresent()) {
                json.writeStartObject();
                json.writeNumberField("slot", slot);
                json.writeStringField("name", map.get());
                json.writeEndObject();
            }
            slot += instruction.slots();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("relocations");
        for (AppliedRelocation relocation : program.relocations()) {
            write(relocation);
        }
        json.writeEndArray();
        json.writeNullField("error");
        json.endLine();
    }

    private void write(AppliedRelocation relocation) {
        Resolution resolution = relocation.resolution();
        json.writeStartObject();
        json.writeStringField("function", relocation.function());
        json.writeNumberField("slot", relocation.slot());
        json.writeSource(relocation.line());
        json.writeStringField(
                "kind", resolution.relocation().kind().name().toLowerCase(Locale.ROOT));
        spec("asked", Optional.of(resolution.local()));
        spec("found", resolution.target());
        change("value", resolution.original(), resolution.value());
        change("size", resolution.originalSize(), resolution.size());
        json.writeBooleanField("poisoned", relocation.poisoned());
        if (relocation.poisoned()) {
            json.writeStringField("reason", kernel.describeAbsence(resolution));
        } else {
            json.writeNullField("reason");
        }
        json.writeEndObject();
    }

    private void spec(String field, Optional<AccessSpec> spec) {
        if (spec.isEmpty()) {
            json.writeNullField(field);
            return;
        }
        json.writeObjectFieldStart(field);
        json.writeNumberField("type", spec.get().rootType());
        json.writeStringField("path", spec.get().path());
        json.writeStringField("spec", spec.get().toString());
        json.writeEndObject();
    }

    private void change(String field, long before, long after) {
        json.writeObjectFieldStart(field);
        number("before", before);
        number("after", after);
        json.writeEndObject();
    }

    private void number(String field, long value) {
        if (value > EXACT || value < -EXACT) {
            json.writeStringField(field, Long.toString(value));
        } else {
            json.writeNumberField(field, value);
        }
    }

    @Override
    public void flush() {
        json.flush();
    }
}
