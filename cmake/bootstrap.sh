#!/bin/sh
# Sets up a Debian or Ubuntu machine for sheaf and runs it: see usage() below. Packages are
# installed only where something is missing; underneath are the presets of CMakePresets.json.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
tools=$root/build/tools

# shellcheck source=cmake/bootstrap/packages.sh
. "$root/cmake/bootstrap/packages.sh"
# shellcheck source=cmake/bootstrap/legs.sh
. "$root/cmake/bootstrap/legs.sh"
# shellcheck source=cmake/bootstrap/bare.sh
. "$root/cmake/bootstrap/bare.sh"
# shellcheck source=cmake/bootstrap/bench.sh
. "$root/cmake/bootstrap/bench.sh"

usage() {
    cat <<'TEXT'
usage: sh cmake/bootstrap.sh demo           build the program `sheaf` and run it on a bundled stream
       sh cmake/bootstrap.sh test           build and run all tests: GCC, Clang, sanitizers, libc++
       sh cmake/bootstrap.sh test --bare    both of the above in a fresh Debian 12 root, and the Debian packages in
                                            another one (needs root)
       sh cmake/bootstrap.sh bench          build and run all benchmarks; give the machine nothing else to do
       sh cmake/bootstrap.sh bench <group>  one group of them: collate, distinct, count, or merge
TEXT
}

say() { printf '%s\n' "$*"; }
warn() { printf '*** %s\n' "$*" >&2; }
die() {
    printf 'bootstrap: %s\n' "$*" >&2
    exit 1
}

use_all_processors() {
    jobs=$(nproc)
    CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$jobs}
    CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-$jobs}
    export CMAKE_BUILD_PARALLEL_LEVEL CTEST_PARALLEL_LEVEL
}

show_one_result() {
    result=$(find "$1" -type f -name '[!.]*' | LC_ALL=C sort | head -n 1)
    [ -n "$result" ] || die "there is no result in $1"
    say
    say "$(find "$1" -type f -name '[!.]*' | wc -l) results in $1; the first lines of ${result##*/}:"
    head -n 5 "$result"
}

demo() {
    set_up ninja-build libsimdjson-dev libcli11-dev
    offer_packages libhowardhinnant-date-dev
    use_all_processors

    cmake --preset release
    cmake --build --preset release --target sheaf_driver

    out=build/demo/out
    rm -rf "$out"
    mkdir -p "$out"
    say
    say "\$ build/release/bin/sheaf collate --from examples/data/packets.jsonl --to dir:$out"
    build/release/bin/sheaf collate --from examples/data/packets.jsonl --to "dir:$out"
    show_one_result "$out"
}

run_tests() {
    set_up ninja-build libsimdjson-dev libcli11-dev doctest-dev
    offer_packages python3 tzdata clang-14 libclang-rt-14-dev clang-19 clang-format-19 libc++-19-dev libc++abi-19-dev \
        libhowardhinnant-date-dev libtbb-dev libasio-dev pkg-config doxygen dpkg-dev file groff-base
    offer_conan
    offer_json_test_suite
    use_all_processors
    export SHEAF_UNITY_BUILD=ON # several sources as one: half the time
    run_all_legs
}

bench() {
    set_up ninja-build libbenchmark-dev python3
    offer_packages libtbb-dev libsimdjson-dev libcli11-dev gnuplot-nox
    use_all_processors
    run_benchmarks "$@"
}

case "$#:$*" in
    '1:demo') demo ;;
    '1:test') run_tests ;;
    '2:test --bare') run_in_bare_root ;;
    '1:bench') bench collate distinct count merge ;;
    '2:bench collate' | '2:bench distinct' | '2:bench count' | '2:bench merge') bench "$2" ;;
    '1:help' | '1:--help' | '1:-h') usage ;;
    *)
        usage >&2
        exit 2
        ;;
esac
