# sh run.sh <compiler> <source root> <patch> <folder to work in> [control]
#
# Puts one bug back into a copy of the library and runs the tests that are to catch it. Succeeds where they turn red; as
# a control, without the bug, where they stay green. The patch begins with lines that say which they are:
#
#   Promise: what is broken
#   Bug: how
#   Test: the sources of the test program, relative to tests/
#   Case: doctest's filter (optional)
#   Environment: variables for the program (optional)
#   Hang: yes, where the bug lets the tests go on or wait for ever; of no other patch does that count as caught (optional)
set -eu

compiler=$1
root=$2
patch=$3
work=$4
control=${5:-}

field() { sed -n "s/^$1: //p" "$patch"; }
die() {
    printf '%s: %s\n' "${patch##*/}" "$*" >&2
    exit 1
}

rm -rf "$work"
mkdir -p "$work"
cp -r "$root/include" "$work/include"
if [ -z "$control" ]; then
    patch --batch --quiet --fuzz=0 -d "$work" -p1 <"$patch" || die "the patch does not fit any more: renew it"
fi

objects=''
compile() {
    object=$work/$(echo "$1" | tr / _).o
    "$compiler" -std=c++20 -O0 -D_GLIBCXX_ASSERTIONS -DDOCTEST_CONFIG_SUPER_FAST_ASSERTS -I "$work/include" \
        -I "$root/tests" -I "$root/tests/support" -c "$root/tests/$1" -o "$object" ||
        die "it does not compile, so nothing was tested"
    objects="$objects $object"
}
for source in doctest_main.cpp $(field Test); do compile "$source"; done
# shellcheck disable=SC2086  # a list of names
"$compiler" $objects -pthread -o "$work/test"

# A busy machine must not look like a hang, so the limit is one of processor time, far above what the tests need; threads
# that wait for ever use none, and run into the other one. (As a soft limit it ends the program by SIGXCPU.)
processor_seconds=120
seconds=1500
status=0
(
    ulimit -S -t "$processor_seconds"
    # shellcheck disable=SC2046  # a list of assignments
    exec env $(field Environment) timeout -k 10 "$seconds" "$work/test" --abort-after=1 --test-case="$(field Case)"
) >"$work/log" 2>&1 || status=$?
hang=''
case $status in
    152) hang="a hang: $processor_seconds s of processor time were not enough" ;;
    124 | 137) hang="a hang: $seconds s were not enough" ;;
esac
if grep -q 'test cases: *0 |' "$work/log"; then die "no test case has such a name: $(field Case)"; fi
if [ -n "$control" ]; then
    [ "$status" -eq 0 ] || {
        cat "$work/log"
        die "its tests are red without the bug${hang:+ ($hang)}"
    }
    rm -rf "$work"
    exit
fi
[ "$status" -ne 0 ] || die "NOT CAUGHT: $(field Bug)"
caught_by=$(awk '/^TEST CASE:/ { name = substr($0, 13) } / ERROR: / { print "  " name }' "$work/log" | sort -u)
if [ -n "$hang" ]; then
    [ "$(field Hang)" = yes ] || {
        cat "$work/log"
        die "NOT CAUGHT: $hang, and the patch does not say 'Hang: yes'"
    }
    caught_by="  $hang"
fi
[ -n "$caught_by" ] || {
    cat "$work/log"
    die "the program failed, but no test case did"
}
printf 'caught by:\n%s\n' "$caught_by"
rm -rf "$work"
