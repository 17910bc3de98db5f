# `sheaf merge --layout batches`: every batch merged, whatever the order in which its segments come.
. "$(dirname "$0")/support.inc"

expect_status 0 "$sheaf" generate segments --batches 2000 --open 30 --jitter 200 --duplicates 0.05 > segments
expect_status 0 "$sheaf" merge --layout batches --segments 10 --from segments --summary json > merged
mv err summary
python3 "$tests/merge_reference.py" segments merged > said 2>&1 || { cat said >&2; fail "batches"; }
expect_field summary completed 2000
expect_field summary incomplete 0
[ "$(field summary duplicate)" -gt 0 ] || fail "no duplicates"

# The last segment says so itself; the text of a consumer that prints.
expect_status 0 "$sheaf" merge --layout batches --format text < segments > text
python3 -c 'import json
for line in open("merged"): print(*json.loads(line)["data"], sep=", ")' > expected
cmp text expected || fail "text"
expect_status 0 "$sheaf" merge --layout batches --format text --separator ';' < segments > text
tr -d ' ' < expected | tr , ';' | cmp - text || fail "separator"

mkfifo pipe
merge_pipe() {  # OPTION...: of what `segment` sends, to the file live
    "$sheaf" merge --layout batches --from pipe --summary none "$@" > live 2> err &
    merging=$!
    exec 3> pipe
}
segment() {  # BATCH SEGMENT DATA
    echo "{\"batch_id\":$1,\"segment_id\":$2,\"data\":$3}" >&3
}
end_pipe() {  # STATUS
    exec 3>&-
    wait $merging
    status=$?
    [ $status -eq "$1" ] || fail "status $status instead of $1"
}

# In the order in which they are complete, each at once.
merge_pipe --segments 2
segment 1 1 '[2,4]'
segment 2 0 '[9]'
segment 2 1 '[]'
wait_for live '^{"batch_id":2,"data":\[9\]}$'
echo '{"data":[1,3],"segment_id":0,"batch_id":1}' >&3
wait_for live '^{"batch_id":1,"data":\[1,2,3,4\]}$'
end_pipe 0

# What is malformed, missing or in conflict is named; other batches go on.
cat > bad <<'END'
{"batch_id":1,"segment_id":0,"data":[1,2]}
{"batch_id":1,"segment_id":1,"data":[5,4]}
{"batch_id":2,"segment_id":0,"data":[1,2]}
{"batch_id":2,"segment_id":0,"data":[1,3]}
{"batch_id":2,"segment_id":0,"data": [1, 2]}
{"batch_id":2,"segment_id":1,"data":[0]}
{"batch_id":3,"segment_id":0,"data":[1,2.5]}
{"batch_id":3,"segment_id":1,"data":[-9223372036854775808,9223372036854775807]}
{"batch_id":4,"segment_id":1,"data":[7,99999999999999999999]}
{"batch_id":4,"segment_id":2,"data":[7]}
{"batch_id":5,"segment_id":0,"data":[1,"2"]}
nonsense
{"batch_id":6,"segment_id":1,"data":[8]}
END
expect_status 3 "$sheaf" merge --layout batches --segments 2 --from bad --summary json > merged
tail -n 1 err > summary
expect_field summary malformed 6
expect_field summary conflict 1
expect_field summary duplicate 1
expect_field summary completed 1
expect_field summary incomplete 3
expect_text err "sheaf: bad:2: batch 1, segment 1, position 1: data must ascend (byte 39)"
expect_text err "sheaf: bad:4: batch 2, segment 0: conflict"
expect_text err "sheaf: bad:7: batch 3, segment 0, position 1: data must be integers without fraction or exponent (byte 39)"
expect_text err "sheaf: bad:9: batch 4, segment 1, position 1: data must be integers from -2^63 to 2^63-1 (byte 39)"
expect_text err "sheaf: bad:10: batch 4, segment 2: segment_id is not below the number of segments (byte 27)"
expect_text err "sheaf: bad:11: batch 5, segment 0, position 1: data must be integers (byte 36)"
expect_text err "sheaf: batch 1: incomplete (drained), missing 1, the last segment never came"
expect_text err "sheaf: batch 3: incomplete (drained), missing 0"
expect_text merged '{"batch_id":2,"data":[0,1,2]}'
expect_text merged '{"batch_id":1,"reason":"drained","missing":[[1,1]],"data":[1,2],"segments":{}}'
expect_text merged '{"batch_id":3,"reason":"drained","missing":[[0,0]],"data":[],"segments":{"1":[-9223372036854775808,9223372036854775807]}}'

# A gap times out while the source goes on.
merge_pipe --segments 2 --gap-timeout 200ms
segment 1 1 '[2,4]'
wait_for live '"reason":"gap_timeout"'
end_pipe 3
expect_text err "sheaf: batch 1: incomplete (gap_timeout), missing 0"

# So does a batch whose tail never comes.
merge_pipe --segments 3 --gap-timeout 200ms
segment 1 0 '[2,4]'
wait_for live '"reason":"inactivity"'
end_pipe 3
expect_text err "sheaf: batch 1: incomplete (inactivity), missing 1-2, the last segment never came"

# Gaps time out on one thread while batches are completed on another: every line is whole, and no batch is lost.
python3 -c '
import json, sys, time
for batch in range(20000):
    if batch % 200 == 0:
        sys.stdout.flush()
        time.sleep(0.01)
    for segment in (1,) if batch % 3 == 0 else (0, 1):
        print(json.dumps({"batch_id": batch, "segment_id": segment, "data": [4 + segment] * 50}))
' | expect_status 3 "$sheaf" merge --layout batches --segments 2 --gap-timeout 50ms --summary none > merged
python3 -c '
import json, sys
seen = {}
for line in open("merged"):
    result = json.loads(line)
    seen[result["batch_id"]] = result.get("reason")
wrong = [b for b in range(20000) if b not in seen or (seen[b] is None) != (b % 3 != 0)]
sys.exit(f"{len(wrong)} batches are wrong, such as {wrong[:3]}" if wrong else 0)
' || fail "gaps that time out while batches are completed"

# What stands in a file is not overdue, however long the reader of the results takes.
"$sheaf" merge --layout batches --segments 10 --gap-timeout 100ms --from segments --summary none | (sleep 1; cat) > slow
python3 "$tests/merge_reference.py" segments slow > said 2>&1 || { cat said >&2; fail "a slow reader"; }

# What cannot be written is named, and ends it.
[ -c /dev/full ] || fail "this system has no /dev/full: full disks were not tested"
expect_status 1 "$sheaf" merge --layout batches --segments 2 --from bad --to file:/dev/full --summary json
tail -n 1 err > summary
expect_field summary completed 0
expect_field summary undelivered 4
expect_text err "sheaf: batch 2: not written: /dev/full: No space left on device"
expect_text err "sheaf: batch 3: not written: /dev/full: No space left on device"
expect_text err "sheaf: stopped, because results could not be written: 4 in all"
expect_status 1 "$sheaf" merge --layout batches --segments 10 --from segments --to file:/dev/full --summary none
expect_text err "sheaf: stopped before the end of the source: what was not read is missing in what follows"

# A signal ends it before the end of the source: what came out is right, and it is not all.
merge_pipe --segments 1
segment 1 0 '[2,4]'
wait_for live '^{"batch_id":1,"data":\[2,4\]}$'
kill -TERM $merging
wait $merging
status=$?
exec 3>&-
[ $status -eq 3 ] || fail "status $status of a source that has not ended"
expect_text err "sheaf: stopped before the end of the source: what was not read is missing in what follows"

# A signal ends it while it waits for somebody to open the pipe.
mkfifo unopened
for layout in batches partitions; do
    "$sheaf" merge --layout $layout --from unopened --summary none 2> err &
    merging=$!
    sleep 0.3
    kill -TERM $merging
    wait $merging
    status=$?
    [ $status -eq 3 ] || fail "status $status of a pipe that nobody opened"
done
