# shellcheck shell=sh
# The benchmarks: each group's programs, one after the other, then the report. Sourced by bootstrap.sh.

bench_programs=build/bench/bench
bench_results=build/bench/results

# offer_datasketches: fetches and configures the peers of the group `distinct`, which are for measurements only.
offer_datasketches() {
    datasketches=$tools/datasketches-4.1.0
    mkdir -p "$tools"
    python3 benchmarks/distinct/fetch_datasketches.py "$datasketches" ||
        warn "going on without Apache DataSketches: it could not be fetched, and nothing is compared with it"
    [ ! -d "$datasketches" ] || cmake --preset bench "-DSHEAF_DATASKETCHES_DIR=$datasketches"
}

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

# Within five minutes: cold runs only of the headline, no more producers than most machines have cores for, the ends of
# the range of pending packets. What memory is taken does not vary. The rest can be run by hand.
bench_collate() {
    measure collate_hot collate_throughput 5 /hot/
    measure collate_cold collate_throughput 3 '/cold/(floor|tbb_map|sheaf_batch_1024)'
    measure producers producers 3 '/[12]/iterations'
    measure arrival_order arrival_order 3 '/(1000|1000000)/iterations'
    measure latency latency 3
    measure memory memory 1
    measure executor executor 5
    measure transform transform 5
    say "measuring: compile_time"
    python3 benchmarks/collate/compile_time.py include "${CXX:-g++}" 3 "$bench_output/compile_time.json"
}

# Two and a half minutes, most of them in sketch_memory: it counts hundreds of streams, and gives the same numbers each time.
bench_distinct() {
    measure sketch_insert sketch_insert 7
    measure sketch_merge sketch_merge 5
    measure sketch_estimate sketch_estimate 5
    measure sketch_memory sketch_memory 1
    measure windows windows 5 '/(in_order|shuffled|disturbed)/'
    measure windows_memory windows 1 year_of_minutes
}

build_driver() {
    cmake --build --preset bench --target sheaf_driver || {
        warn "going on without the program sheaf, which needs simdjson and CLI11: it is not measured"
        return 1
    }
}

# Two minutes, and as much to build the program. It takes 2.2 GB of memory, for a gigabyte of frames in two forms, and then
# 4.2 GB of disk and page cache, for a file of 2,000,000 frames.
bench_count() {
    measure count_throughput count_throughput 7
    measure frame_format frame_format 5
    build_driver || return 0
    say "measuring: driver"
    python3 benchmarks/count/driver.py build/bench/bin/sheaf 2000000 5 "$bench_output/driver.json"
}

# Three minutes, and as much to build the program. It takes a gigabyte of memory, and then four of disk and page cache, for files
# of a gigabyte and what is made of them.
bench_merge() {
    measure merge_in_memory merge_in_memory 5
    build_driver || return 0
    say "measuring: files"
    python3 benchmarks/merge/files.py build/bench/bin/sheaf 3 "$bench_output/files.json"
}

# run_benchmarks <group>...
run_benchmarks() {
    cmake --preset bench
    case " $* " in *' distinct '*) offer_datasketches ;; esac
    rm -rf "$bench_results"
    for group in "$@"; do cmake --build --preset bench --target "sheaf_bench_group_$group"; done
    for group in "$@"; do
        bench_output=$bench_results/$group
        mkdir -p "$bench_output"
        "bench_$group"
    done
    python3 benchmarks/report.py "$bench_results" benchmarks/results
}
