"""The few ratios that a run is judged by. All are better when larger; README.md says what they mean."""

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


@dataclasses.dataclass(frozen=True)
class Headline:
    name: str
    compute: typing.Callable


HEADLINES = [
    Headline("collate_hot_overhead_vs_tbb", hot_overhead_vs("tbb_map")),
    Headline("collate_hot_overhead_vs_mutex", hot_overhead_vs("mutex_map")),
    Headline("collate_cold_vs_tbb", cold_vs_tbb),
    Headline("two_producers_shared_vs_ideal", two_producers("shared")),
    Headline("two_producers_partitioned_vs_ideal", two_producers("partitioned")),
    Headline("arrival_order_flat", arrival_order_flat),
    Headline("latency_p99_us_inverse", latency_p99_us_inverse),
    Headline("allocations_inverse", allocations_inverse),
    Headline("resource_overhead_vs_126", resource_overhead),
    Headline("pool_task_vs_tbb", pool_task_vs_tbb),
    Headline("word_lengths_vs_scalar", word_lengths_vs_scalar),
]
