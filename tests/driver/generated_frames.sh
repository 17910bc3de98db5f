# Generated frames: deterministic, JSON, and in the shape that is promised.
. "$(dirname "$0")/support.inc"

cat > look.py << 'EOF'
import json, sys

path, frames, users, late, wild, crlf, string_ts = sys.argv[1:]
seen, times, decoys, escapes, other, places = set(), [], 0, 0, 0, []
for line in open(path, "rb"):
    assert line.endswith(b"}\r\n" if crlf == "1" else b"}\n"), line[-5:]
    assert (b"\r" in line) == (crlf == "1")
    members = json.loads(line, object_pairs_hook=lambda pairs: pairs)
    names = [name for name, value in members]
    assert names.count("uid") == 1 and names.count("ts") == 1, names
    at = sorted((names.index("uid"), names.index("ts")))
    assert at[1] == at[0] + 1 and at[1] < 5 and at[1] + 1 < len(names), names
    values = dict(members)
    assert len(values["uid"]) == 19 and set(values["uid"]) <= set("0123456789abcdef"), values["uid"]
    assert isinstance(values["ts"], str if string_ts == "1" else int)
    seen.add(values["uid"])
    times.append(int(values["ts"]))
    places.append(at)
    decoys += line.count(b'"uid":') > 1
    escapes += line.count(b"\\")
    other += any(byte > 127 for byte in line)
count = len(times)
assert count == int(frames), count
assert 0.9 * int(users) <= len(seen) <= int(users), len(seen)
assert {place[0] for place in places} == {0, 1, 2, 3}
assert 0.1 < decoys / count and 50 < escapes / count and 0.9 < other / count
latest, behind, far = times[0], 0, 0
for time in times:
    if abs(time - latest) > 3600:
        far += 1
    elif time < latest:
        behind += 1
    else:
        latest = time
assert abs(behind / count - float(late)) < 0.01, behind
assert abs(far / count - float(wild)) < 0.005, far
EOF

check() {  # FRAMES USERS LATE WILD CRLF STRING-TS FLAGS...
    frames=$1 users=$2 late=$3 wild=$4 crlf=$5 string_ts=$6
    shift 6
    "$sheaf" generate frames --frames "$frames" --users "$users" --late "$late" --wild "$wild" "$@" > frames.jsonl ||
        fail "generate $*"
    python3 look.py frames.jsonl "$frames" "$users" "$late" "$wild" "$crlf" "$string_ts" || fail "the frames of $*"
}

check 5000 300 0 0 0 0
check 5000 300 0.02 0.01 1 0 --crlf --seed 2
check 3000 100 0.05 0 0 1 --string-ts --seed 3 --rate 10

# The same everywhere and at any time; and what the figures of the README are about.
"$sheaf" generate frames --frames 2000 --seed 5 > once.jsonl
"$sheaf" generate frames --frames 2000 --seed 5 --to again.jsonl
cmp once.jsonl again.jsonl || fail "the same seed gives other frames"
sum=$(sha256sum once.jsonl | cut -d ' ' -f 1)
[ "$sum" = "c0c5df443b14a365d2a810c84cdb4de882b9a21240991272f04982c3ae533d1a" ] || fail "the frames of seed 5 have the checksum $sum"
mean=$(($(wc -c < once.jsonl) / 2000))
[ $mean -ge 2050 ] && [ $mean -le 2110 ] || fail "a frame has $mean bytes"

"$sheaf" generate frames --frames 0 > none.jsonl
[ ! -s none.jsonl ] || fail "no frames are some"
expect_status 2 "$sheaf" generate frames --frames 1 --to http://localhost
expect_text err 'sheaf: --to http://localhost: what is generated goes to stdout: or to a path'
