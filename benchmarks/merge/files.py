#!/usr/bin/env python3
"""How long does `sheaf merge` take for large sorted files, beside `sort -n -m` of coreutils in the C locale?

Usage: files.py <sheaf> <repetitions> <output.json>

Ten files, a gigabyte in all, in the page cache when the first run begins; both write to a file beside them, and both
files are the same. Writes the form of Google Benchmark's JSON: nanoseconds a line of the whole process, and the most memory that
it had.
"""

import filecmp
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

PARTITIONS = 10
INTEGERS = 9_300_000  # of each; 10.9 bytes a line
FEWEST_BYTES = 10**9


def run(command, output):
    """Seconds, and bytes of memory at most."""
    with open(output, "wb") as file:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=file, env=os.environ | {"LC_ALL": "C"})
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
    if status != 0:
        sys.exit(f"files.py: {command[0]} failed")
    return seconds, usage.ru_maxrss * 1024


def main():
    sheaf, repetitions, output = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
    runs = []
    with tempfile.TemporaryDirectory(dir=output.parent) as name:
        folder = pathlib.Path(name)
        made = ["--partitions", str(PARTITIONS), "--integers", str(INTEGERS), "--to", str(folder / "in")]
        subprocess.run([sheaf, "generate", "partitions", *made], check=True)
        files = sorted(map(str, (folder / "in").iterdir()))
        if sum(os.path.getsize(file) for file in files) < FEWEST_BYTES:
            sys.exit("files.py: the files have less than a gigabyte")
        commands = {
            "sheaf": [sheaf, "merge", "--from", *files, "--summary", "none", "--no-progress"],
            "sort": ["sort", "-n", "-m", *files],
        }
        for _ in range(repetitions):
            for peer, command in commands.items():
                seconds, memory = run(command, folder / peer)
                runs.append({
                    "name": f"files/{peer}",
                    "run_type": "iteration",
                    "ns_per_line": seconds * 1e9 / (PARTITIONS * INTEGERS),
                    "peak_mib": memory / 2**20,
                })
            if not filecmp.cmp(folder / "sheaf", folder / "sort", shallow=False):
                sys.exit("files.py: the results differ")
            for peer in commands:
                (folder / peer).unlink()
    output.write_text(json.dumps({"context": {}, "benchmarks": runs}, indent=1))


if __name__ == "__main__":
    main()
