#!/usr/bin/env python3
"""Merges what the benchmarks of one run have written, and says what came of it.

Usage: report.py <folder> [<folder of results>]

The first folder has one folder for each group, with the JSON files of its programs. Prints the medians and, at the end,
one line `headline <name> <ratio>` each. Writes <host>-<commit>-<group>.json and .svg into the folder of results, if one
is named.
"""

import dataclasses
import json
import pathlib
import re
import statistics
import subprocess
import sys

from headlines import HEADLINES, Missing

# What Google Benchmark writes about each run, beside the counters.
BOOKKEEPING = {
    "family_index", "per_family_instance_index", "repetitions", "repetition_index", "threads", "iterations",
    "cpu_time", "real_time", "items_per_second", "bytes_per_second", "processor_ns_per_packet",
}


@dataclasses.dataclass(frozen=True)
class Chart:
    """Bars for all peers of one question."""
    title: str
    question: str
    series: tuple
    counter: str


CHARTS = {
    "collate": Chart(
        "Nanoseconds a packet, one producer; transform included", "collate_throughput", ("hot", "cold"), "ns_per_packet"
    ),
    "distinct": Chart(
        "Nanoseconds to count an element", "sketch_insert", ("dense", "fresh"), "ns_per_element"
    ),
    "count": Chart(
        "Nanoseconds to count a frame of 2 KB, one core", "count_throughput", ("counted", "read"), "ns_per_frame"
    ),
    "merge": Chart(
        "Nanoseconds to merge a value of 64 bits, random order, 64 and 1000 runs", "merge_in_memory",
        ("random_64", "random_1000"), "ns_per_value"
    ),
}


def read(folder):
    """The context, and per benchmark and counter the values of all repetitions."""
    context, values, errors = {}, {}, []
    for path in sorted(folder.glob("*.json")):
        document = json.loads(path.read_text())
        context.update(document["context"])
        for run in document["benchmarks"]:
            name = re.sub(r"/(iterations:\d+|repeats:\d+|manual_time|real_time)", "", run["name"])
            if run.get("error_occurred"):
                errors.append(f"{name}: {run['error_message']}")
            elif run["run_type"] == "iteration":
                for counter, value in run.items():
                    if isinstance(value, (int, float)) and counter not in BOOKKEEPING:
                        values.setdefault(name, {}).setdefault(counter, []).append(value)
    return context, values, errors


def git(*arguments):
    root = pathlib.Path(__file__).parent
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True).stdout.strip()


def commit():
    name = git("rev-parse", "--short=9", "HEAD") or "unknown"
    changed = git("status", "--porcelain", "--", ":/", ":(exclude,top)benchmarks/results")
    return name + ("+" if changed else "")


def host(context):
    """A description of the processor: the network's name of the machine says nothing."""
    name = re.sub(r"\((r|tm)\)|@.*|\b(cpu|processor)\b|\d+-core", "", context.get("processor", "unknown").lower())
    return re.sub(r"[^a-z0-9]+", "-", name).strip("-") + f"-{context.get('num_cpus', 0)}"


def summary(values):
    numbers = {"median": statistics.median(values), "lowest": min(values), "highest": max(values)}
    return {name: float(f"{number:.6g}") for name, number in numbers.items()} | {"of": len(values)}


def summaries(values):
    return {
        name: {counter: summary(all_) for counter, all_ in counters.items()} for name, counters in values.items()
    }


def natural(name):
    """A key that sorts numbers in names by their value."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def print_context(context):
    load = ", ".join(f"{number:.1f}" for number in context.get("load_avg", []))
    print(f"processor {context.get('processor', 'unknown')}, {context.get('num_cpus', '?')} of them, load {load}")
    print(f"compiler {context.get('compiler', 'unknown')}, -O2 -DNDEBUG")
    print(f"commit {commit()}")


def print_medians(measured):
    question = None
    for name, counters in sorted(measured.items(), key=lambda item: natural(item[0])):
        if name.split("/")[0] != question:
            question = name.split("/")[0]
            print(f"\n{question}")
        parts = [f"{counter} {number['median']:.5g}" for counter, number in sorted(counters.items())]
        print(f"  {name.partition('/')[2]:42} {'  '.join(parts)}")


def compute_headlines(group, measured):
    found, missing = {}, []
    for headline in HEADLINES:
        if headline.group != group:
            continue
        try:
            found[headline.name] = headline.compute(measured)
        except Missing as reason:
            missing.append(f"{headline.name}: not computed, there is no result of {reason}")
    return found, missing


def draw(chart, measured, context, path):
    prefix = f"{chart.question}/"
    names = [name.split("/") for name in measured if name.startswith(prefix)]
    peers = sorted({parts[2] for parts in names if parts[1] in chart.series}, key=natural)
    if not peers:
        return f"there is no result of {chart.question}"

    def value(series, peer):
        return measured.get(f"{prefix}{series}/{peer}", {}).get(chart.counter, {}).get("median", "?")

    rows = "\n".join(f'"{peer}" ' + " ".join(str(value(series, peer)) for series in chart.series) for peer in peers)
    script = f"""
set terminal svg size 960,480 noenhanced background "#ffffff" font "sans,12"
set output "{path}"
set title "{chart.title} ({host(context)}, commit {commit()})"
set style data histograms
set style fill solid
set boxwidth 0.9
set grid ytics
set datafile missing "?"
set xtics rotate by -30
set yrange [0:*]
$rows << END
{rows}
END
plot $rows using 2:xtic(1) title "{chart.series[0]}" linecolor "#4878a8", \
    "" using 3 title "{chart.series[1]}" linecolor "#b0c8e0"
"""
    try:
        subprocess.run(["gnuplot"], input=script, text=True, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"gnuplot: {error}"
    return None


def keep(group, measured, context, headlines, results):
    """Writes the record of a group, and draws its chart."""
    name = f"{host(context)}-{commit()}-{group}"
    kept = ("processor", "num_cpus", "isa", "compiler", "peers_left_out", "date", "load_avg")
    document = {
        "context": {"commit": commit()} | {key: context[key] for key in kept if key in context},
        "headlines": {name: float(f"{ratio:.4g}") for name, ratio in headlines.items()},
        "benchmarks": measured,
    }
    results.mkdir(parents=True, exist_ok=True)
    (results / f"{name}.json").write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    trouble = draw(CHARTS[group], measured, context, results / f"{name}.svg")
    print(f"\nwritten: {results / name}.json")
    if trouble:
        print(f"*** no chart: {trouble}")


def main():
    headlines, troubles, failed, context = {}, [], False, {}
    for folder in sorted(path for path in pathlib.Path(sys.argv[1]).iterdir() if path.is_dir()):
        group = folder.name
        context, values, errors = read(folder)
        measured = summaries(values)
        found, missing = compute_headlines(group, measured)
        print_context(context)
        print_medians(measured)
        if len(sys.argv) > 2 and context.get("scale", "1") == "1":
            keep(group, measured, context, found, pathlib.Path(sys.argv[2]))
        print()
        headlines |= found
        troubles += errors + missing
        failed = failed or bool(errors)

    for library in filter(None, context.get("peers_left_out", "").split(",")):
        print(f"*** the peers of {library} were left out: it was not found")
    if context.get("scale", "1") != "1":
        print(f"*** not kept: at a scale of {context['scale']} the numbers mean little")
    for line in troubles:
        print(f"*** {line}")
    print(f"isa {context.get('isa', 'unknown')}")
    for name, ratio in headlines.items():
        print(f"headline {name} {ratio:.3g}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
