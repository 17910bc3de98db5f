# `sheaf count` of a stream that goes on: provisional lines, an end by a signal, and restarts from a snapshot.
. "$(dirname "$0")/support.inc"

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
expect_status 0 "$sheaf" count --from growing --periods minute --snapshot grown --summary json > counts
expect_text err 'sheaf: growing:7: has no end yet, and is left to the next run'
frame six 6 | tail -c +13 >> growing
frame seven 7 >> growing
expect_status 0 "$sheaf" count --from growing --periods minute --snapshot grown --summary json > counts
mv err summary
expect_field summary frames 2
[ "$(tail -n 1 counts | grep -o '"count":[0-9]*')" = '"count":8' ] || fail "a file that has grown: $(cat counts)"
expect_status 0 "$sheaf" count --from growing --periods minute --snapshot grown --summary json > counts
mv err summary
expect_field summary frames 0

# Half a line that could be a whole one is counted for that run only; its other half makes another user of it.
for second in 0 1 2 3 4; do frame $second $second; done > half
printf '{"ts":1468244346,"uid":10' >> half
cp half halves
expect_status 0 "$sheaf" count --from half --periods minute --summary none > counts
[ "$(tail -n 1 counts | grep -o '"count":[0-9]*')" = '"count":6' ] || fail "a last line without an end: $(cat counts)"
expect_status 0 "$sheaf" count --from halves --periods minute --snapshot halved --summary none > counts
printf '06}\n' >> halves
expect_status 0 "$sheaf" count --from halves --periods minute --snapshot halved --summary none > counts
[ "$(tail -n 1 counts | grep -o '"count":[0-9]*')" = '"count":6' ] || fail "half a line: $(cat counts)"

# A whole frame without an end is counted in its place, also where other files go on for days.
for second in $(seq 0 40); do frame early$second $second; done | head -c -1 > early
for hour in $(seq 72 110); do frame late$hour $((hour * 3600)); done > late
expect_status 0 "$sheaf" count --from early late --periods minute,year --summary none > counts
expect_status 0 "$sheaf" count --from early late --periods minute,year --snapshot whole_frames --summary none > kept_counts
cmp counts kept_counts || fail "a last line without an end is lost to the files behind it"
expect_text counts '{"period":"minute","start":"2016-07-11T13:39:00Z","ts":1468244340,"count":41,"error":0,"exact":true,"revision":0,"closed":true}'

# Of two files the one that ends first may grow, too: frames that wait to be confirmed go on waiting.
for second in 0 1 2 3 4 5 6 7 8 9 172800 172801 172802; do frame a$second $second; done > first
for second in 0 1 2 3 4 5 6; do frame b$second $second; done > second
expect_status 0 "$sheaf" count --from first second --periods day --snapshot both --summary none > counts
for second in 172803 172804 172805 172806 172807; do frame a$second $second; done >> first
expect_status 0 "$sheaf" count --from first second --periods day --snapshot both --summary none > counts
expect_status 0 "$sheaf" count --from first second --periods day --summary none > wanted
cmp counts wanted || fail "two files, of which one has grown: $(cat counts)"

# A file that was empty; one that was renamed while another took its name.
: > log
expect_status 0 "$sheaf" count --from log --periods minute --snapshot rotated --summary none > counts
for second in 0 1 2 3 4; do frame $second $second; done > log
expect_status 0 "$sheaf" count --from log --periods minute --snapshot rotated --summary none > counts
for second in 5 6; do frame $second $second; done >> log
mv log log.1
for second in 7 8 9; do frame $second $second; done > log
expect_status 1 "$sheaf" count --from log --periods minute --snapshot rotated --summary none > counts
expect_text err 'sheaf: rotated/count.snapshot: log: is not the file of which 140 bytes have been counted (if that has been renamed, give it as another source)'
expect_status 0 "$sheaf" count --from log.1 log --periods minute --snapshot rotated --summary json > counts
mv err summary
expect_field summary frames 5
[ "$(tail -n 1 counts | grep -o '"count":[0-9]*')" = '"count":10' ] || fail "a log that was rotated: $(cat counts)"
: > log
expect_status 1 "$sheaf" count --from log.1 log --periods minute --snapshot rotated

# Names that have been given to others since say nothing of a file.
for day in 1 2 3; do
    [ -f day ] && mv day day.1
    frame day$day $((day * 10)) > day
    frame day$day $((day * 10 + 1)) >> day
    expect_status 0 "$sheaf" count --from $(ls day.1 2> /dev/null) day --periods minute --snapshot days_kept --summary none > counts
done
mv day.1 day.3
mv day day.2
for name in day.1 day; do frame $name 50 > $name; done
expect_status 0 "$sheaf" count --from day.3 day.2 day.1 day --periods minute --snapshot days_kept --summary json > counts
mv err summary
expect_field summary frames 2

# Files whose ends are the same are others.
for user in alice bobby; do printf '{"uid":"%s","ts":1468244340,"x":"%05000d"}\n' $user 0 > $user; done
expect_status 0 "$sheaf" count --from alice --periods minute --snapshot alike --summary none > counts
expect_status 0 "$sheaf" count --from bobby --periods minute --snapshot alike --summary none > counts
[ "$(tail -n 1 counts | grep -o '"count":[0-9]*')" = '"count":2' ] || fail "files that end alike: $(cat counts)"

# A further source, and one that is not given any more.
for second in 10 11 12 13; do frame $second $second; done > further
expect_status 0 "$sheaf" count --from further --periods minute --snapshot grown --summary none > counts
[ "$(tail -n 1 counts | grep -o '"count":[0-9]*')" = '"count":12' ] || fail "a further source: $(cat counts)"

# Snapshots of something else are refused, and stay what they are.
before=$(sha256sum < grown/count.snapshot)
expect_status 1 "$sheaf" count --from growing --periods hour --snapshot grown
expect_text err 'sheaf: grown/count.snapshot: was taken with another --periods'
expect_status 1 "$sheaf" count --from growing --periods minute --key user --snapshot grown
expect_text err 'sheaf: grown/count.snapshot: it has counted "uid" and "ts" instead of "user" and "ts"'
cp growing whole
head -n 3 whole > growing
expect_status 1 "$sheaf" count --from growing --periods minute --snapshot grown
grep -q 'sheaf: grown/count.snapshot: growing: is not the file of which' err || fail "a file that has shrunk: $(cat err)"
sed 's/six/SIX/' whole > growing
expect_status 1 "$sheaf" count --from growing --periods minute --snapshot grown
grep -q 'sheaf: grown/count.snapshot: growing: is not the file of which' err || fail "another file: $(cat err)"
cp whole growing
head -c 100 grown/count.snapshot > cut
mkdir damaged
cp cut damaged/count.snapshot
expect_status 1 "$sheaf" count --from growing --periods minute --snapshot damaged
grep -q 'sheaf: damaged/count.snapshot: is no snapshot that can be read' err || fail "a damaged snapshot: $(cat err)"
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

# Of several pipes one that is silent does not keep the others from being counted, nor, after a while, windows from being closed.
mkfifo one two
"$sheaf" count --from one two --periods minute --idle-timeout 300ms --summary json > counts 2> err &
process=$!
exec 3> one 4> two
for second in 0 1 2 3; do frame $second $second >&3; done
for second in 0 1 2 3 70 71 72 73 74 75; do frame other$second $second >&4; done
sleep 0.5
frame other76 76 >&4
wait_for counts '"ts":1468244340,"count":8,"error":0,"exact":true,"revision":0,"closed":true}'
# What has been read, half a line included, is counted when a signal comes.
for second in 77 78; do frame $second $second >&3; done
printf '{"uid":"half","ts":1468244419}' >&3
for second in 77 78 79; do frame other$second $second >&4; done
sleep 0.5
kill -TERM $process
wait $process
status=$?
exec 3>&- 4>&-
[ $status -eq 0 ] || fail "the end of two pipes by a signal: status $status"
tail -n 1 err > summary
expect_field summary frames 21
[ "$(tail -n 1 counts | grep -o '"count":[0-9]*')" = '"count":13' ] || fail "the last of two pipes: $(cat counts)"

# Half a frame is not counted where it will be sent again; and what has been counted is reported where it cannot be kept.
"$sheaf" count --from one --periods minute --snapshot piped --summary json > counts 2> err &
process=$!
exec 3> one
for second in 0 1 2 3 4; do frame $second $second >&3; done
printf '{"ts":1468244345,"uid":10' >&3
sleep 0.5
rm -r piped
kill -TERM $process
wait $process
status=$?
exec 3>&-
[ $status -eq 1 ] || fail "a snapshot whose folder is gone: status $status"
expect_text err 'sheaf: one:6: has no end yet, and is left to the next run'
[ "$(tail -n 1 counts | grep -o '"count":[0-9]*')" = '"count":5' ] || fail "half a frame of a pipe: $(cat counts)"

# A named pipe to which nobody writes does not keep the program from ending.
"$sheaf" count --from one --summary none > counts 2> err &
process=$!
sleep 0.3
kill -TERM $process
wait $process || fail "a pipe without a writer: status $?"

# A file that was not read to its end because of a signal is named. (The output is full, so it waits there.)
"$sheaf" generate frames --frames 400000 --users 0 --rate 1 --size 60 > many
mkfifo output
"$sheaf" count --from many --periods minute --summary json --threads 1 > output 2> err &
process=$!
exec 5< output
sleep 0.5
kill -TERM $process
cat <&5 > counts
exec 5<&-
wait $process
status=$?
[ $status -eq 3 ] || fail "a file that was cut short: status $status"
expect_text err 'sheaf: many: has not been read to its end'
