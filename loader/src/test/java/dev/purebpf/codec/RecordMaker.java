package dev.purebpf.codec;

import static java.lang.constant.ConstantDescs.CD_Object;

import java.lang.classfile.ClassFile;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.RecordAttribute;
import java.lang.classfile.attribute.RecordComponentInfo;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes record classes at run time, for layouts that are only thought up there. */
final class RecordMaker {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private RecordMaker() {}

    /** A component of a record. */
    record Component(String name, Class<?> type) {
        ClassDesc descriptor() {
            return type.describeConstable().orElseThrow();
        }
    }

    /** Knows the classes made here, so that records can hold records. */
    private static final class Loader extends ClassLoader {
        Loader() {
            super(RecordMaker.class.getClassLoader());
        }

        Class<?> define(String name, byte[] bytes) {
            return defineClass(name, bytes, 0, bytes.length);
        }
    }

    private static final Loader LOADER = new Loader();

    /** {@return a new record class without any methods of its own} */
    static Class<? extends Record> make(List<Component> components) {
        String name = "made.Record" + COUNT.incrementAndGet();
        ClassDesc self = ClassDesc.of(name);
        ClassDesc record = ClassDesc.of("java.lang.Record");
        byte[] bytes =
                ClassFile.of()
                        .build(
                                self,
                                type -> {
                                    type.withSuperclass(record)
                                            .withFlags(
                                                    ClassFile.ACC_PUBLIC
                                                            | ClassFile.ACC_FINAL
                                                            | ClassFile.ACC_SUPER)
                                            .with(
                                                    RecordAttribute.of(
                                                            components.stream()
                                                                    .map(
                                                                            c ->
                                                                                    RecordComponentInfo
                                                                                            .of(
                                                                                                    c
                                                                                                            .name(),
                                                                                                    c
                                                                                                            .descriptor()))
                                                                    .toList()));
                                    ClassDesc[] types =
                                            components.stream()
                                                    .map(Component::descriptor)
                                                    .toArray(ClassDesc[]::new);
                                    type.withMethodBody(
                                            ConstantDescs.INIT_NAME,
                                            MethodTypeDesc.of(ConstantDescs.CD_void, types),
                                            ClassFile.ACC_PUBLIC,
                                            code -> {
                                                code.aload(0)
                                                        .invokespecial(
                                                                record,
                                                                ConstantDescs.INIT_NAME,
                                                                ConstantDescs.MTD_void);
                                                int slot = 1;
                                                for (Component c : components) {
                                                    TypeKind kind = TypeKind.from(c.descriptor());
                                                    code.aload(0)
                                                            .loadLocal(kind, slot)
                                                            .putfield(
                                                                    self, c.name(), c.descriptor());
                                                    slot += kind.slotSize();
                                                }
                                                code.return_();
                                            });
                                    for (Component c : components) {
                                        type.withField(
                                                c.name(),
                                                c.descriptor(),
                                                ClassFile.ACC_PRIVATE | ClassFile.ACC_FINAL);
                                        type.withMethodBody(
                                                c.name(),
                                                MethodTypeDesc.of(c.descriptor()),
                                                ClassFile.ACC_PUBLIC,
                                                code ->
                                                        code.aload(0)
                                                                .getfield(
                                                                        self,
                                                                        c.name(),
                                                                        c.descriptor())
                                                                .return_(
                                                                        TypeKind.from(
                                                                                c.descriptor())));
                                    }
                                    addObjectMethods(type);
                                });
        return LOADER.define(name, bytes).asSubclass(Record.class);
    }

    /** Record leaves these abstract; what they say does not matter here. */
    private static void addObjectMethods(java.lang.classfile.ClassBuilder type) {
        type.withMethodBody(
                "equals",
                MethodTypeDesc.of(ConstantDescs.CD_boolean, CD_Object),
                ClassFile.ACC_PUBLIC,
                code -> code.iconst_0().ireturn());
        type.withMethodBody(
                "hashCode",
                MethodTypeDesc.of(ConstantDescs.CD_int),
                ClassFile.ACC_PUBLIC,
                code -> code.iconst_0().ireturn());
        type.withMethodBody(
                "toString",
                MethodTypeDesc.of(ConstantDescs.CD_String),
                ClassFile.ACC_PUBLIC,
                code -> code.loadConstant("made").areturn());
    }
}
