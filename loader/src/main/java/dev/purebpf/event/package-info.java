/**
 * Reads what programs report: ring buffers and perf buffers.
 *
 * {@snippet :
 * try (var events = RingBuffer.open(kernel, fd, 1 << 20, "events", (data, offset, length) -> {
 *             int pid = data.get(ValueLayout.JAVA_INT, offset);
 *             System.out.println("pid " + pid + " reports " + length + " bytes");
 *         })) {
 *     while (running) {
 *         events.poll(Duration.ofMillis(100));
 *     }
 * }
 * }
 *
 * <p>The handler reads the kernel's own memory, and nothing is allocated on the way. One thread
 * polls, any may close: see {@link dev.purebpf.event.EventBuffer}.
 */
package dev.purebpf.event;
