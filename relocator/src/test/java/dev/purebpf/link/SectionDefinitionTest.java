package dev.purebpf.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.purebpf.link.SectionDefinition.Flag;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.EnumSet;

class SectionDefinitionTest {
    @ParameterizedTest
    @CsvSource({
        "socket, SOCKET_FILTER, , ''",
        "kprobe/do_unlinkat, KPROBE, , AUTO_ATTACH",
        "kprobe, KPROBE, , AUTO_ATTACH",
        "kprobe.multi/vfs_*, KPROBE, TRACE_KPROBE_MULTI, AUTO_ATTACH",
        "uprobe.s//bin/bash:main, KPROBE, , AUTO_ATTACH SLEEPABLE",
        "usdt/libc.so.6:libc:setjmp, KPROBE, , AUTO_ATTACH USDT",
        "tp/sched/sched_switch, TRACEPOINT, , AUTO_ATTACH",
        "tracepoint/raw_syscalls/sys_enter, TRACEPOINT, , AUTO_ATTACH",
        "raw_tp/sys_enter, RAW_TRACEPOINT, , AUTO_ATTACH",
        "raw_tp.w/sys_enter, RAW_TRACEPOINT_WRITABLE, , AUTO_ATTACH",
        "tp_btf/sched_switch, TRACING, TRACE_RAW_TP, AUTO_ATTACH BTF_TARGET",
        "fentry.s/do_unlinkat, TRACING, TRACE_FENTRY, AUTO_ATTACH BTF_TARGET SLEEPABLE",
        "lsm/file_open, LSM, LSM_MAC, AUTO_ATTACH BTF_TARGET",
        "lsm_cgroup/socket_bind, LSM, LSM_CGROUP, BTF_TARGET",
        "xdp, XDP, XDP, ATTACH_TYPE_OPTIONAL",
        "xdp.frags/cpumap, XDP, XDP_CPUMAP, XDP_FRAGS",
        "tc/ingress, SCHED_CLS, TCX_INGRESS, ''",
        "cgroup_skb/ingress, CGROUP_SKB, CGROUP_INET_INGRESS, ATTACH_TYPE_OPTIONAL",
        "cgroup/sendmsg_unix, CGROUP_SOCK_ADDR, CGROUP_UNIX_SENDMSG, ''",
        "syscall, SYSCALL, , SLEEPABLE",
        "struct_ops.s/dispatch, STRUCT_OPS, , SLEEPABLE",
    })
    void aSectionsNameSaysTypeAttachTypeAndFlags(
            String section, ProgramType type, AttachType attachType, String flags) {
        SectionDefinition definition = SectionDefinition.find(section).orElseThrow();
        assertEquals(type, definition.programType());
        assertEquals(attachType, definition.attachType());
        assertEquals(attachType == null ? 0 : attachType.number(), definition.attachTypeNumber());
        var expected = EnumSet.noneOf(Flag.class);
        for (String flag : flags.split(" ")) {
            if (!flag.isEmpty()) {
                expected.add(Flag.valueOf(flag));
            }
        }
        assertEquals(expected, definition.flags());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "kprobes",
                "kprobe.x/y",
                "xdp/other",
                "socket1",
                "socket/x",
                "mine",
                "?xdp"
            })
    void otherNamesAreNotKnown(String section) {
        assertTrue(SectionDefinition.find(section).isEmpty());
    }

    @Test
    void everyEntryIsFoundByItsOwnName() {
        for (SectionDefinition definition : SectionDefinition.all()) {
            assertEquals(definition, SectionDefinition.find(definition.prefix()).orElseThrow());
        }
    }

    @Test
    void numbersAreTheKernels() {
        assertEquals(17, ProgramType.RAW_TRACEPOINT.number());
        assertEquals(32, ProgramType.NETFILTER.number());
        assertEquals(57, AttachType.TRACE_UPROBE_SESSION.number());
        assertEquals(27, MapType.RINGBUF.number());
        for (ProgramType type : ProgramType.values()) {
            assertEquals(type, ProgramType.fromNumber(type.number()).orElseThrow());
        }
        for (AttachType type : AttachType.values()) {
            assertEquals(type, AttachType.fromNumber(type.number()).orElseThrow());
        }
        for (MapType type : MapType.values()) {
            assertEquals(type, MapType.fromNumber(type.number()).orElseThrow());
        }
        assertTrue(MapType.fromNumber(-1).isEmpty());
        assertTrue(MapType.fromNumber(4711).isEmpty());
    }
}
