"""The few ratios that a run is judged by; README.md says what they mean, and which is better when smaller."""

import dataclasses
import typing


class Missing(Exception):
    """The name of a benchmark that a headline needs and that has not been run."""


def median(measured, name, counter):
    try:
        return measured[name][counter]["median"]
    except KeyError:
        raise Missing(name) from None


def best_sheaf(measured, prefix, counter, suffix=""):
    """The smallest median of sheaf's rows: one by one, and batches of all sizes."""
    rows = [name for name in measured if name.startswith(f"{prefix}/sheaf_") and name.endswith(suffix)]
    if not rows:
        raise Missing(f"{prefix}/sheaf_*{suffix}")
    return min(median(measured, row, counter) for row in rows)


def hot_overhead_vs(peer):
    def compute(measured):
        floor = median(measured, "collate_throughput/hot/floor", "ns_per_packet")
        theirs = median(measured, f"collate_throughput/hot/{peer}", "ns_per_packet")
        ours = best_sheaf(measured, "collate_throughput/hot", "ns_per_packet")
        return (theirs - floor) / max(ours - floor, 5)
    return compute


def cold_vs_tbb(measured):
    theirs = median(measured, "collate_throughput/cold/tbb_map", "ns_per_packet")
    return theirs / best_sheaf(measured, "collate_throughput/cold", "ns_per_packet")


def two_producers(division):
    def compute(measured):
        prefix = f"producers/{division}"
        ours = [best_sheaf(measured, prefix, "ns_per_packet", f"/{threads}") for threads in (1, 2)]
        ideal = [median(measured, f"{prefix}/ideal/{threads}", "ns_per_packet") for threads in (1, 2)]
        return (ours[0] / ours[1]) / (ideal[0] / ideal[1])
    return compute


def arrival_order_flat(measured):
    def nanoseconds(order):
        return median(measured, f"arrival_order/{order}/sheaf_single/1000000", "ns_per_packet")
    return nanoseconds("in_order") / max(map(nanoseconds, ("in_order", "reversed", "random", "blocks")))


def latency_p99_us_inverse(measured):
    return 1 / median(measured, "latency/inline", "p99_us")


def allocations_inverse(measured):
    return 1 / (best_sheaf(measured, "memory/hot", "allocations_per_packet") + 0.01)


def resource_overhead(measured):
    return 126 / median(measured, "memory/open_resource/sheaf_single", "resident_bytes")


def pool_task_vs_tbb(measured):
    """For one thread and for two, whichever is worse."""
    return min(
        median(measured, f"executor/tbb_task_group/{threads}", "ns_per_task")
        / median(measured, f"executor/sheaf_pool/{threads}", "ns_per_task")
        for threads in (1, 2)
    )


def word_lengths_vs_scalar(measured):
    plain = median(measured, "transform/plain_loop/64", "ns_per_payload")
    return plain / median(measured, "transform/word_lengths/64", "ns_per_payload")


def rows_of(measured, prefix):
    rows = [name for name in measured if name.startswith(prefix)]
    if not rows:
        raise Missing(f"{prefix}*")
    return rows


def sketch_vs_datasketches_hll(question, counter, ours):
    """The fastest of its HyperLogLogs / ours."""
    def compute(measured):
        names = [f"{question}/datasketches_hll_{bits}" for bits in (8, 6, 4)]
        return min(median(measured, name, counter) for name in names) / median(measured, f"{question}/{ours}", counter)
    return compute


def sketch_memory_vs_datasketches(measured):
    """Merged, at the same error: ours / the least of theirs."""
    def bytes_times_variance(name):
        return median(measured, name, "bytes") * median(measured, name, "error_percent") ** 2

    theirs = min(map(bytes_times_variance, rows_of(measured, "sketch_memory/merged/datasketches_")))
    return bytes_times_variance("sketch_memory/merged/sheaf_exaloglog") / theirs


def count_vs(theirs, ours):
    """Frames a second, counted in windows: ours / those of the fastest row that begins so."""
    def compute(measured):
        best = min(median(measured, name, "ns_per_frame") for name in rows_of(measured, f"count_throughput/{theirs}"))
        return best / median(measured, f"count_throughput/counted/{ours}", "ns_per_frame")
    return compute


def driver_vs_memory(measured):
    memory = median(measured, "count_throughput/counted/sheaf_fast", "ns_per_frame")
    return memory / median(measured, "driver/file/1", "ns_per_frame")


def driver_two_threads(measured):
    return median(measured, "driver/file/1", "ns_per_frame") / median(measured, "driver/file/2", "ns_per_frame")


def merge_row(shape, peer):
    return f"merge_in_memory/{shape}/{peer}"


def merge_vs(shape, peers):
    """The fastest of some peers / ours. Those that were left out do not count, but one of them must be there."""
    def compute(measured):
        theirs = [merge_row(shape, peer) for peer in peers if merge_row(shape, peer) in measured]
        if not theirs:
            raise Missing(merge_row(shape, "|".join(peers)))
        best = min(median(measured, name, "ns_per_value") for name in theirs)
        return best / median(measured, merge_row(shape, "sheaf_merge_runs"), "ns_per_value")
    return compute


PRIORITY_QUEUE = ("priority_queue",)
OTHER_MERGES = ("replace_top_heap", "gnu_multiway", "std_sort", "std_merge")


def merge_small_vs_best(measured):
    """Where there is least to gain: the worst of these against whichever peer is best there."""
    shapes = ("random_2", "disjoint_16", "disjoint_1000", "ten_values_16", "ten_values_1000", "thousand_values_16",
              "thousand_values_1000", "short_10")
    return min(merge_vs(shape, PRIORITY_QUEUE + OTHER_MERGES)(measured) for shape in shapes)


def merge_files_vs_sort(measured):
    return median(measured, "files/sort", "ns_per_line") / median(measured, "files/sheaf", "ns_per_line")


@dataclasses.dataclass(frozen=True)
class Headline:
    group: str
    name: str
    compute: typing.Callable


HEADLINES = [
    Headline("collate", "collate_hot_overhead_vs_tbb", hot_overhead_vs("tbb_map")),
    Headline("collate", "collate_hot_overhead_vs_mutex", hot_overhead_vs("mutex_map")),
    Headline("collate", "collate_cold_vs_tbb", cold_vs_tbb),
    Headline("collate", "two_producers_shared_vs_ideal", two_producers("shared")),
    Headline("collate", "two_producers_partitioned_vs_ideal", two_producers("partitioned")),
    Headline("collate", "arrival_order_flat", arrival_order_flat),
    Headline("collate", "latency_p99_us_inverse", latency_p99_us_inverse),
    Headline("collate", "allocations_inverse", allocations_inverse),
    Headline("collate", "resource_overhead_vs_126", resource_overhead),
    Headline("collate", "pool_task_vs_tbb", pool_task_vs_tbb),
    Headline("collate", "word_lengths_vs_scalar", word_lengths_vs_scalar),
    Headline(
        "distinct", "sketch_insert_vs_datasketches_hll",
        sketch_vs_datasketches_hll("sketch_insert/dense", "ns_per_element", "sheaf_exaloglog_murmur"),
    ),
    Headline(
        "distinct", "sketch_merge_vs_datasketches_hll",
        sketch_vs_datasketches_hll("sketch_merge/dense", "ns_per_merge", "sheaf_exaloglog"),
    ),
    Headline("distinct", "sketch_memory_vs_datasketches", sketch_memory_vs_datasketches),
    Headline("count", "count_fast_vs_simdjson", count_vs("counted/simdjson_", "sheaf_fast")),
    Headline("count", "count_fast_vs_memchr", count_vs("read/memchr", "sheaf_fast")),
    Headline("count", "count_strict_vs_simdjson", count_vs("counted/simdjson_", "sheaf_strict")),
    Headline("count", "count_driver_vs_memory", driver_vs_memory),
    Headline("count", "count_driver_two_threads", driver_two_threads),
    Headline("merge", "merge_k10_vs_priority_queue", merge_vs("random_10", PRIORITY_QUEUE)),
    Headline("merge", "merge_k16_vs_priority_queue", merge_vs("random_16", PRIORITY_QUEUE)),
    Headline("merge", "merge_k64_vs_priority_queue", merge_vs("random_64", PRIORITY_QUEUE)),
    Headline("merge", "merge_k1000_vs_priority_queue", merge_vs("random_1000", PRIORITY_QUEUE)),
    Headline("merge", "merge_k16_vs_best_other", merge_vs("random_16", OTHER_MERGES)),
    Headline("merge", "merge_k64_vs_best_other", merge_vs("random_64", OTHER_MERGES)),
    Headline("merge", "merge_k64_vs_gnu", merge_vs("random_64", ("gnu_multiway",))),
    Headline("merge", "merge_small_vs_best", merge_small_vs_best),
    Headline("merge", "merge_files_vs_sort", merge_files_vs_sort),
]
