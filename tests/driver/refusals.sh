# What is refused is named with its place, the rest is collated, and the status is 3.
. "$(dirname "$0")/support.inc"

{
    packet 1 0 'one two' false
    echo 'hello'
    packet 1 1 'three' true
    echo
    echo '{"resource_id":2,"packet_index":-1,"payload":"x"}'
    echo '{"resource_id":2,"packet_index":0,"payload":7}'
    printf '{"resource_id":2,"packet_index":0,"payload":"\377"}\n'
    printf '{"resource_id":2,"packet_index":0,"payload":"a\000b"}\n'
    echo '{"resource_id":2,"packet_index":18446744073709551616,"payload":"x"}'
    echo '[1]'
    printf '{"resource_id":2,"packet_index":0'
} > input
expect_status 3 "$sheaf" collate --summary json < input > results
expect_text err 'sheaf: stdin:2: a value is expected (byte 0)'
expect_text err 'sheaf: stdin:5: packet_index must not be negative (byte 32)'
expect_text err 'sheaf: stdin:6: payload must be a string (byte 44)'
expect_text err 'sheaf: stdin:7: invalid UTF-8 (byte 45)'
expect_text err 'sheaf: stdin:8: a control character in a string (byte 46)'
expect_text err 'sheaf: stdin:9: packet_index is too large (byte 32)'
expect_text err 'sheaf: stdin:10: a JSON object is expected (byte 0)'
expect_text err 'sheaf: stdin:11: the text ends too early (byte 33)'
tail -n 1 err > summary
expect_field summary malformed 8
expect_field summary completed 1
expect_field summary accepted 2
grep -q '^{"resource_id":1,"output":\[3,3,5\],"delivery_id":"' results || fail "the good resource was not collated"

# An over-long line, and the same with a larger limit.
{
    packet 1 0 "$(printf '%0200d' 0)" false
    packet 1 0 'short' true
} > input
expect_status 3 "$sheaf" collate --max-line 150 --summary json < input > results
expect_text err 'sheaf: stdin:1: longer than --max-line'
expect_status 3 "$sheaf" collate --max-line 1KiB < input > results
expect_status 0 "$sheaf" collate --max-line 150 --summary none --from /dev/null

# Duplicates do not count, conflicts and late packets do.
{
    packet 1 0 a false
    packet 1 0 a false
    packet 1 1 b true
} > input
expect_status 0 "$sheaf" collate --summary json < input > results
expect_field err duplicate 1
{
    packet 5 1 a true
    packet 5 2 b false
    packet 5 0 c false
} > input
expect_status 3 "$sheaf" collate --summary json < input > results
expect_text err 'sheaf: stdin:2: resource 5, index 2: conflict'

# A gap ends when the input does: at once, and not after the gap timeout.
{
    packet 7 0 'a bb' false
    packet 7 4 'c' true
    packet 8 0 'd' false
    packet 9 1 'e' true
} > input
began=$(date +%s)
expect_status 3 "$sheaf" collate --to dir:out --summary json < input
[ $(($(date +%s) - began)) -lt 20 ] || fail "the end of the input did not end the gaps"
expect_text err 'sheaf: resource 7: incomplete (drained), missing 1-3'
expect_text err 'sheaf: resource 8: incomplete (drained), the last packet never came'
expect_text err 'sheaf: resource 9: incomplete (drained), missing 0'
tail -n 1 err > summary
expect_field summary incomplete 3
python3 - <<'PYTHON' || fail "7.incomplete.json"
import json
result = json.load(open("out/7.incomplete.json"))
del result["delivery_id"]
assert result == {"resource_id": 7, "reason": "drained", "missing": [[1, 3]], "last_index": 4, "output": [1, 2],
                  "chunks": {"4": [1]}, "payloads": {}}, result
PYTHON

# The clocks.
{
    packet 1 1 a true
    sleep 1
} | "$sheaf" collate --gap-timeout 100ms --summary none > results 2> err
expect_text err 'sheaf: resource 1: incomplete (gap_timeout), missing 0'
{
    packet 1 0 a false
    sleep 1
    packet 1 1 a true
} | "$sheaf" collate --inactivity-timeout 100ms --summary none > results 2> err
expect_text err 'sheaf: resource 1: incomplete (inactivity), the last packet never came'
expect_text err 'sheaf: stdin:2: resource 1, index 1: late'

# What is written to the source would be read again.
expect_status 2 "$sheaf" collate --from input --to file:./input
expect_text err 'sheaf: --from input is the file of --to'
