# shellcheck shell=sh
# The test legs: workflow presets, one after the other, and the sum of their results. Sourced by
# bootstrap.sh.

passed=0
failed=0
summary=''

# count_results <leg> <status> <log> <seconds>: adds what CTest's closing line in the log says. A leg
# that broke off before its tests ran counts as one failure.
count_results() {
    counts=$(sed -n 's/^[0-9]*% tests passed, \([0-9]*\) tests\{0,1\} failed out of \([0-9]*\).*/\1 \2/p' "$3" | tail -n 1)
    leg_failed=${counts% *}
    leg_total=${counts#* }
    if [ -z "$counts" ]; then
        leg_failed=1
        leg_total=1
    elif [ "$2" -ne 0 ] && [ "$leg_failed" -eq 0 ]; then
        leg_failed=1
        leg_total=$((leg_total + 1))
    fi
    leg_passed=$((leg_total - leg_failed))
    passed=$((passed + leg_passed))
    failed=$((failed + leg_failed))
    summary="$summary  $1: $leg_passed passed, $leg_failed failed, $4 s
"
}

# run_leg <preset> [<wrapper>...]: configures, builds and tests one preset.
run_leg() {
    leg=$1
    shift
    log=build/logs/$leg.log
    begin=$(date +%s)
    say
    say "=== $leg"
    # The log is shown as it grows; the status takes a detour, as sh has no pipefail.
    { "$@" cmake --workflow --preset "$leg" 2>&1 && echo 0 >"$log.status" || echo 1 >"$log.status"; } </dev/null | tee "$log"
    count_results "$leg" "$(cat "$log.status")" "$log" $(($(date +%s) - begin))
}

skip_leg() {
    warn "SKIPPED: leg $1, because $2 was not found"
    summary="$summary  $1: SKIPPED, $2 was not found
"
}

# Older thread sanitizers cannot live with all the address randomisation of newer kernels.
run_without_randomisation() {
    if setarch "$(uname -m)" -R true 2>/dev/null; then
        run_leg "$1" setarch "$(uname -m)" -R
    else
        run_leg "$1"
    fi
}

has_libcxx() {
    command -v clang++-19 >/dev/null && [ -d /usr/lib/llvm-19/include/c++/v1 ]
}

run_all_legs() {
    mkdir -p build/logs
    run_leg gcc
    if command -v clang++-14 >/dev/null; then
        run_leg clang
    else
        skip_leg clang clang++-14
        run_leg asan-ubsan # the same sanitizers, by the compiler that is there
    fi
    run_without_randomisation tsan
    if has_libcxx; then run_leg clang-libcxx; else skip_leg clang-libcxx 'clang++-19 with libc++'; fi

    say
    say "=== all legs"
    # What was left out for lack of something is named, so that nobody takes it for tested.
    sed -n 's/^-- sheaf: \*\*\* \(.*left out.*\|.*replaces.*\)$/  \1/p' build/logs/*.log | LC_ALL=C sort -u
    printf '%s' "$summary"
    say "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
