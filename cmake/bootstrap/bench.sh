# shellcheck shell=sh
# The benchmarks: each group's programs, one after the other, then the report. Sourced by bootstrap.sh.

bench_programs=build/bench/bench
bench_output=build/bench/results

# measure <name> <program> <repetitions> [<filter>]: all peers take turns within each repetition.
measure() {
    say "measuring: $1"
    "$bench_programs/sheaf_bench_$2" --benchmark_repetitions="$3" --benchmark_filter="${4:-.}" \
        --benchmark_enable_random_interleaving=true \
        --benchmark_out="$bench_output/$1.json" --benchmark_out_format=json \
        >"$bench_output/$1.log" 2>&1 || {
        tail -n 20 "$bench_output/$1.log" >&2
        die "the benchmark $1 failed; all it said is in $bench_output/$1.log"
    }
}

# Within five minutes. Cold runs are long: only those of the headline. What memory is taken does not vary.
bench_collate() {
    measure collate_hot collate_throughput 5 /hot/
    measure collate_cold collate_throughput 3 '/cold/(floor|tbb_map|sheaf_batch_1024)'
    measure producers producers 3
    measure arrival_order arrival_order 3
    measure latency latency 3
    measure memory memory 1
    measure executor executor 3
    measure transform transform 3
    say "measuring: compile_time"
    python3 benchmarks/collate/compile_time.py include "${CXX:-g++}" 5 "$bench_output/compile_time.json"
}

# run_benchmarks <group>...
run_benchmarks() {
    cmake --preset bench
    cmake --build --preset bench
    rm -rf "$bench_output"
    mkdir -p "$bench_output"
    for group in "$@"; do "bench_$group"; done
    python3 benchmarks/report.py "$bench_output" benchmarks/results
}
