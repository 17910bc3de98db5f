#!/usr/bin/env python3
"""What does including the collator cost a translation unit, beside the standard headers that it needs?

Usage: compile_time.py <include directory> <compiler> <repetitions> <output.json>

Writes the form of Google Benchmark's JSON: seconds of a compilation and preprocessed lines.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time


def standard_headers(include, compiler, source):
    """The <...> includes without a directory, of all of the library's headers that `source` reaches."""
    command = [compiler, "-std=c++20", f"-I{include}", "-M", source]
    made_of = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    own = [path for path in re.split(r"[\s\\]+", made_of) if path.startswith(str(include))]
    text = "\n".join(pathlib.Path(path).read_text() for path in own)
    return sorted(set(re.findall(r"^#\s*include <([a-z_]+)>", text, re.MULTILINE)))


def compile_once(include, compiler, source):
    begin = time.perf_counter()
    subprocess.run([compiler, "-std=c++20", "-O2", f"-I{include}", "-c", source, "-o", "/dev/null"], check=True)
    return time.perf_counter() - begin


def preprocessed_lines(include, compiler, source):
    command = [compiler, "-std=c++20", f"-I{include}", "-E", "-P", source]
    return subprocess.run(command, check=True, capture_output=True).stdout.count(b"\n")


def main():
    include = pathlib.Path(sys.argv[1]).resolve()
    compiler, repetitions, output = sys.argv[2], int(sys.argv[3]), pathlib.Path(sys.argv[4])
    runs = []
    with tempfile.TemporaryDirectory() as folder:
        collator = pathlib.Path(folder) / "packet_collator.cpp"
        collator.write_text("#include <sheaf/packet_collator.hpp>\n")
        standard = pathlib.Path(folder) / "standard_headers.cpp"
        standard.write_text("".join(f"#include <{name}>\n" for name in standard_headers(include, compiler, collator)))
        lines = {source: preprocessed_lines(include, compiler, source) for source in (collator, standard)}
        for _ in range(repetitions):
            for source in (collator, standard):
                runs.append({
                    "name": f"compile_time/{source.stem}",
                    "run_type": "iteration",
                    "seconds": compile_once(include, compiler, source),
                    "lines": lines[source],
                })
    output.write_text(json.dumps({"context": {}, "benchmarks": runs}, indent=1))


if __name__ == "__main__":
    main()
