// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Maps of every kind, declared in every way, and with initial values. */
#include "torture.h"

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, int);
	__type(value, long);
};

struct inner first SEC(".maps"), second SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 8);
	__type(key, int);
	__array(values, struct inner);
} by_index SEC(".maps") = {
	.values = { &first, 0, &second, [5] = &first },
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 8);
	__type(key, int);
	__array(values, struct inner);
} by_key SEC(".maps") = {
	.values = { [3] = &second },
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__uint(value_size, 4);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_HASH);
		__uint(max_entries, 1);
		__type(key, long);
		__type(value, char);
	});
} anonymous_inner SEC(".maps");

int tail_one(struct __sk_buff *packet);
int tail_two(struct __sk_buff *packet);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__array(values, int(struct __sk_buff *));
} tails SEC(".maps") = {
	.values = { [1] = &tail_one, [3] = &tail_two },
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 5000);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} perf SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 100);
	__uint(value_size, 8);
	__uint(map_extra, 3);
} bloom SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE);
	__uint(numa_node, 0);
	__uint(max_entries, 9);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, struct { int a; long b; });
	__type(value, char[33]);
} pinned SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 2);
	__type(value, long);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, long);
} storage SEC(".maps");

SEC("tc")
int tail_one(struct __sk_buff *packet)
{
	bpf_tail_call(packet, &tails, 3);
	return 1;
}

SEC("tc")
int tail_two(struct __sk_buff *packet)
{
	bpf_tail_call_static(packet, &tails, 1);
	return 2;
}

SEC("tc")
int uses(struct __sk_buff *packet)
{
	int key = packet->len & 7;
	long value = 1;
	void *found = bpf_map_lookup_elem(&by_index, &key);

	if (found)
		found = bpf_map_lookup_elem(found, &key);
	if (!found)
		found = bpf_map_lookup_elem(&by_key, &key);
	if (!found)
		found = bpf_map_lookup_elem(&anonymous_inner, &key);
	bpf_map_update_elem(&first, &key, &value, 0);
	bpf_map_update_elem(&second, &key, &value, 0);
	bpf_map_push_elem(&queue, &value, 0);
	bpf_map_push_elem(&bloom, &value, 0);
	bpf_map_lookup_elem(&pinned, packet);
	bpf_perf_event_output(packet, &perf, BPF_F_CURRENT_CPU, &value, sizeof(value));
	bpf_ringbuf_output(&ring, &value, sizeof(value), 0);
	return found != 0;
}

SEC("raw_tp/stored")
int stored(void **context)
{
	long *value = bpf_task_storage_get(&storage, context[0], 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	/* Different maps at the same instruction, by the way that led there. */
	void *map = value ? (void *)&first : (void *)&second;
	int key = 1;

	return bpf_map_lookup_elem(map, &key) != 0;
}
