# The first SIGINT or SIGTERM ends the reading, delivers what there is and says so; the second ends at once.
. "$(dirname "$0")/support.inc"

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

# With nothing open the first signal is an ordinary end. Two that come together, as `timeout` sends them, are one.
for signals in INT 'TERM TERM'; do
    begin_input
    "$sheaf" collate --summary none < input > results 2> err &
    process=$!
    exec 3> input
    packet 1 0 'done' true >&3
    wait_for results '"resource_id":1'
    for signal in $signals; do kill -$signal $process; done
    wait $process
    status=$?
    exec 3>&-
    [ $status -eq 0 ] || fail "a clean end by $signals: status $status"
    rm input
done

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
