# `sheaf count` of a stream that goes on: provisional lines, an end by a signal, and restarts from a snapshot.
. "$(dirname "$0")/support.inc"

wait_for() {  # FILE PATTERN
    for _ in $(seq 100); do
        grep -q "$2" "$1" 2> /dev/null && return
        sleep 0.1
    done
    fail "$1 never had: $2"
}
frame() {  # USER SECOND
    printf '{"uid":"%s","ts":%d}\n' "$1" $((1468244340 + $2))
}

# Windows that are open are reported while nothing comes, and closed by the times of the frames alone.
mkfifo input
"$sheaf" count --periods minute --update-every 50ms --summary json < input > counts 2> err &
process=$!
exec 3> input
for second in 0 1 2 3 4 5 6 7; do frame $second $second >&3; done
wait_for counts '"count":8,"error":0,"exact":true,"revision":0,"closed":false}'
for second in 60 61 62 63; do frame $second $second >&3; done
sleep 0.3
grep -q '"closed":true' counts && fail "a window was closed before the lateness was over"
for second in 65 66 67 68 69; do frame $second $second >&3; done
wait_for counts '"ts":1468244340,"count":8,"error":0,"exact":true,"revision":0,"closed":true}'
frame late 30 >&3
wait_for counts '"ts":1468244340,"count":9,"error":0,"exact":true,"revision":1,"closed":true}'
kill -TERM $process
wait $process
status=$?
exec 3>&-
[ $status -eq 0 ] || fail "the end by a signal: status $status"
# Nobody goes on from there: what is open is closed.
[ "$(tail -n 1 counts)" = '{"period":"minute","start":"2016-07-11T13:40:00Z","ts":1468244400,"count":9,"error":0,"exact":true,"revision":0,"closed":true}' ] ||
    fail "the last line: $(tail -n 1 counts)"
tail -n 1 err > summary
expect_field summary late 1
expect_field summary revised 1

# With a snapshot a signal closes nothing; the next run goes on.
"$sheaf" count --periods minute --snapshot kept --summary none < input > counts 2> err &
process=$!
exec 3> input
for second in 0 1 2 3; do frame $second $second >&3; done
sleep 0.5
kill -INT $process
wait $process
status=$?
exec 3>&-
[ $status -eq 0 ] || fail "the end by a signal, with a snapshot: status $status"
[ ! -s counts ] || fail "a window was closed that the next run will go on with"
for second in 3 4 5 6; do frame $second $second; done | expect_status 0 "$sheaf" count --periods minute --snapshot kept --summary json > counts
mv err summary
expect_text counts '{"period":"minute","start":"2016-07-11T13:39:00Z","ts":1468244340,"count":7,"error":0,"exact":true,"revision":0,"closed":true}'
expect_field summary frames 4

# A file that grows, once by half a line; only what is new is read again.
for second in 0 1 2 3 4 5; do frame $second $second; done > growing
expect_status 0 "$sheaf" count --from growing --periods minute --snapshot grown --summary none > counts
frame six 6 | head -c 12 >> growing
expect_status 3 "$sheaf" count --from growing --periods minute --snapshot grown --summary json > counts
expect_text err 'sheaf: growing:7: no "uid" or "ts" at the root'
frame six 6 | tail -c +13 >> growing
frame seven 7 >> growing
expect_status 0 "$sheaf" count --from growing --periods minute --snapshot grown --summary json > counts
mv err summary
expect_field summary frames 2
[ "$(tail -n 1 counts | grep -o '"count":[0-9]*')" = '"count":8' ] || fail "a file that has grown: $(cat counts)"
expect_status 0 "$sheaf" count --from growing --periods minute --snapshot grown --summary json > counts
mv err summary
expect_field summary frames 0

# A further source, and one that is not given any more.
for second in 10 11 12 13; do frame $second $second; done > further
expect_status 0 "$sheaf" count --from further --periods minute --snapshot grown --summary none > counts
[ "$(tail -n 1 counts | grep -o '"count":[0-9]*')" = '"count":12' ] || fail "a further source: $(cat counts)"

# Snapshots of something else are refused, and stay what they are.
before=$(sha256sum < grown/count.snapshot)
expect_status 1 "$sheaf" count --from growing --periods hour --snapshot grown
expect_text err 'sheaf: grown/count.snapshot: byte 6: other_parameters'
expect_status 1 "$sheaf" count --from growing --periods minute --key user --snapshot grown
expect_text err 'sheaf: grown/count.snapshot: it has counted "uid" and "ts" instead of "user" and "ts"'
cp growing whole
head -n 3 whole > growing
expect_status 1 "$sheaf" count --from growing --periods minute --snapshot grown
grep -q 'sheaf: grown/count.snapshot: growing: has 84 bytes, of which the snapshot has counted' err || fail "a file that has shrunk: $(cat err)"
sed 's/six/SIX/' whole > growing
expect_status 1 "$sheaf" count --from growing --periods minute --snapshot grown
grep -q 'sheaf: grown/count.snapshot: growing: is not the file that was counted' err || fail "another file: $(cat err)"
cp whole growing
head -c 100 grown/count.snapshot > cut
mkdir damaged
cp cut damaged/count.snapshot
expect_status 1 "$sheaf" count --from growing --periods minute --snapshot damaged
grep -q 'sheaf: damaged/count.snapshot: byte ' err || fail "a damaged snapshot: $(cat err)"
cmp cut damaged/count.snapshot || fail "a damaged snapshot was replaced"
[ "$(sha256sum < grown/count.snapshot)" = "$before" ] || fail "a refused snapshot has changed"

# One process at a time.
"$sheaf" count --snapshot grown --periods minute --summary none < input > counts 2> err &
process=$!
exec 3> input
sleep 0.5
expect_status 1 "$sheaf" count --from growing --periods minute --snapshot grown
grep -q 'sheaf: grown is in use by another process' err || fail "two processes: $(cat err)"
exec 3>&-
wait $process
