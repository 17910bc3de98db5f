# The first SIGINT or SIGTERM ends the reading, delivers what there is and says so; the second ends at once.
. "$(dirname "$0")/support.inc"

wait_for() {  # FILE PATTERN
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
        grep -q "$2" "$1" 2> /dev/null && return
        sleep 0.1
    done
    fail "$1 never had: $2"
}

# begin_input: a new stream, and no results of the one before, which `wait_for` would take for those of this one.
begin_input() {
    rm -f results
    mkfifo input
}

for signal in INT TERM; do
    begin_input
    "$sheaf" collate --summary json < input > results 2> err &
    process=$!
    exec 3> input
    packet 1 0 'done' true >&3
    packet 2 0 'begun' false >&3
    # The result of a complete resource is there although the stream goes on.
    wait_for results '"resource_id":1,"output":\[4\]'
    kill -$signal $process
    wait $process
    status=$?
    exec 3>&-
    [ $status -eq 3 ] || fail "SIG$signal: status $status"
    expect_text err 'sheaf: resource 2: incomplete (drained), the last packet never came'
    tail -n 1 err > summary
    expect_field summary completed 1
    expect_field summary incomplete 1
    rm input
done

# With nothing open the first signal is an ordinary end.
begin_input
"$sheaf" collate --summary none < input > results 2> err &
process=$!
exec 3> input
packet 1 0 'done' true >&3
wait_for results '"resource_id":1'
kill -INT $process
wait $process
status=$?
exec 3>&-
[ $status -eq 0 ] || fail "a clean end by SIGINT: status $status"
rm input

# Two signals that come together, as `timeout` sends them, are one.
begin_input
"$sheaf" collate --summary none < input > results 2> err &
process=$!
exec 3> input
packet 1 0 'done' true >&3
wait_for results '"resource_id":1'
kill -TERM $process
kill -TERM $process
wait $process
status=$?
exec 3>&-
[ $status -eq 0 ] || fail "two signals at once: status $status"
rm input

# A transform that takes for ever: the first signal waits for it, the second does not.
packet 1 0 a true > packets
"$sheaf" collate --from packets --transform-delay 1h --summary none > results 2> err &
process=$!
sleep 0.5
kill -INT $process
sleep 0.3
kill -0 $process 2> /dev/null || fail "the first signal did not wait"
kill -INT $process
wait $process
status=$?
[ $status -eq 1 ] || fail "the second signal: status $status"
