"""python3 coverage.py <source root> <build folder> <llvm version>

What the tests that have run in the build folder (preset `coverage`) have covered of the engine and of the way in: every
line, and at least 95 % of the branches, as the source has them (both outcomes of each condition; the ways out that an
exception takes are none of these). What one instantiation of a template has covered is covered; a template that no test
instantiates does not appear.

The same is printed of what the collator is made of, `shell`, where nothing is asked for.

A line is left out by a comment `// not covered: <reason>` on it; those lines are listed.
"""

import collections
import json
import pathlib
import subprocess
import sys

WANTED_LINES = 100.0
WANTED_BRANCHES = 95.0


def tool(name, version):
    return f"llvm-{name}-{version}"


def export(build, version):
    """The coverage of all test programs, as llvm-cov has it."""
    profiles = sorted((build / "profiles").glob("*.profraw"))
    if not profiles:
        sys.exit(f"coverage: there is no profile in {build / 'profiles'}: have the tests run?")
    merged = build / "coverage.profdata"
    subprocess.run([tool("profdata", version), "merge", "-sparse", *profiles, "-o", merged], check=True)
    programs = sorted(path for path in (build / "tests").glob("sheaf_*") if path.is_file() and not path.suffix)
    objects = [argument for program in programs[1:] for argument in ("-object", program)]
    text = subprocess.run(
        [tool("cov", version), "export", "-format=text", f"-instr-profile={merged}", programs[0], *objects],
        check=True,
        stdout=subprocess.PIPE,
    ).stdout
    return json.loads(text)["data"][0]["functions"]


def report(title, subjects, root, functions):
    """Prints what is not covered of the subjects; whether as much is as is wanted."""
    sources = {str(path): path.read_text().splitlines() for path in subjects}
    excluded = {
        path: {number for number, line in enumerate(lines, 1) if "// not covered: " in line}
        for path, lines in sources.items()
    }

    # A place is a line and a column; the best of all instantiations counts. (Where one discards a branch of an
    # `if constexpr`, its region is there nevertheless, one column wide.)
    regions = collections.defaultdict(lambda: collections.defaultdict(lambda: [0, 0]))  # the last line, the count
    branches = collections.defaultdict(lambda: collections.defaultdict(lambda: [0, 0]))
    for function in functions:
        files = function["filenames"]
        for first, column, last, _, count, file, _, kind in function["regions"]:
            if kind == 0 and files[file] in sources:
                region = regions[files[file]][first, column]
                region[:] = max(region[0], last), max(region[1], count)
        for first, column, _, _, taken, not_taken, file, _, _ in function["branches"]:
            if files[file] in sources:
                place = branches[files[file]][first, column]
                place[0] += taken
                place[1] += not_taken

    # A line is covered where all that begins on it is; where nothing does, where what it stands in is.
    lines = collections.defaultdict(dict)
    for path, places in regions.items():
        for (first, _), (last, count) in sorted(places.items()):  # from the outer to the inner ones
            lines[path][first] = min(lines[path].get(first, count), count)
            for line in range(first + 1, last + 1):
                lines[path][line] = count

    all_lines = covered_lines = all_branches = covered_branches = 0
    for path, text in sources.items():
        left_out = excluded[path]
        name = pathlib.Path(path).relative_to(root)
        for line in sorted(left_out):
            print(f"{name}:{line}: left out: {text[line - 1].split('// not covered: ')[1]}")
        for line, count in sorted(lines[path].items()):
            if line in left_out:
                continue
            all_lines += 1
            covered_lines += count != 0
            if count == 0:
                print(f"{name}:{line}: not covered: {text[line - 1].strip()}")
        for (line, column), outcomes in sorted(branches[path].items()):
            if line in left_out:
                continue
            all_branches += 2
            covered_branches += sum(outcome != 0 for outcome in outcomes)
            for outcome, what in zip(outcomes, ("true", "false")):
                if outcome == 0:
                    print(f"{name}:{line}:{column}: never {what}: {text[line - 1].strip()}")

    line_share = 100.0 * covered_lines / max(all_lines, 1)
    branch_share = 100.0 * covered_branches / max(all_branches, 1)
    print(f"{title}, lines: {line_share:.2f} % of {all_lines}, wanted {WANTED_LINES:.0f} %")
    print(f"{title}, branches: {branch_share:.2f} % of {all_branches}, wanted {WANTED_BRANCHES:.0f} %")
    return all_lines and line_share >= WANTED_LINES and branch_share >= WANTED_BRANCHES


def main():
    root, build, version = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    functions = export(build, version)
    headers = root / "include/sheaf"
    report("shell (not enforced)", sorted((headers / "shell").glob("*.hpp")), root, functions)
    subjects = sorted((headers / "core").glob("*.hpp")) + [headers / "packet_collator.hpp"]
    sys.exit(0 if report("engine and way in", subjects, root, functions) else 1)


if __name__ == "__main__":
    main()
