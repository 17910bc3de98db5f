#!/usr/bin/env python3
"""How much of the speed in memory is left of `sheaf count` on a large file, and what does a second thread give?

Usage: driver.py <sheaf> <frames> <repetitions> <output.json>

The file is in the page cache when the first run begins. Writes the form of Google Benchmark's JSON: nanoseconds a frame, of
the whole process, from its start to its end.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time

# As the frames that are counted in memory.
SHAPE = ["--users", "100000", "--rate", "1000"]
THREADS = (1, 2)


def count(sheaf, path, threads):
    """Seconds, and the results."""
    command = [sheaf, "count", "--from", path, "--threads", str(threads), "--summary", "none", "--no-progress"]
    begin = time.perf_counter()
    results = subprocess.run(command, check=True, capture_output=True).stdout
    return time.perf_counter() - begin, results


def main():
    sheaf, frames, repetitions, output = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), pathlib.Path(sys.argv[4])
    runs = []
    with tempfile.TemporaryDirectory(dir=output.parent) as folder:
        path = str(pathlib.Path(folder) / "frames.jsonl")
        subprocess.run([sheaf, "generate", "frames", "--frames", str(frames), *SHAPE, "--to", path], check=True)
        _, wanted = count(sheaf, path, 1)
        if wanted.count(b'"period":"year"') != 1:
            sys.exit("driver.py: the frames of an hour are not in one year")
        for _ in range(repetitions):
            for threads in THREADS:
                seconds, results = count(sheaf, path, threads)
                if results != wanted:
                    sys.exit(f"driver.py: {threads} threads count otherwise")
                runs.append({
                    "name": f"driver/file/{threads}",
                    "run_type": "iteration",
                    "ns_per_frame": seconds * 1e9 / frames,
                })
    output.write_text(json.dumps({"context": {}, "benchmarks": runs}, indent=1))


if __name__ == "__main__":
    main()
