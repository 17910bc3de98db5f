# What is no frame is named with its place and counted, and keeps nobody from being counted.
. "$(dirname "$0")/support.inc"

cat > frames << 'END'
{"uid":"a","ts":1468244340}
{"uid":"b","ts":"1468244341"}
{"uid":"c"}

nonsense
{"uid":"d","ts":true}
{"uid":"e","ts":"noon"}
{"uid":"f","ts":1468244384000}
{"uid":"\ud800","ts":1468244342}
[{"uid":"g","ts":1468244342}]
{"nested":{"uid":"h","ts":1468244342}}
{"ts":1468244342.9,"uid":7}
{"ts":1468244342,"uid":07}
{"ts":14682443.45e2,"uid":"i","unfinished":"
END
printf '{"uid":"j","ts":1468244343' >> frames
for threads in 1 2; do
    expect_status 3 "$sheaf" count --from frames --periods minute --threads $threads --summary json > counts
    cat > wanted << 'END'
sheaf: frames:3: no "uid" or "ts" at the root
sheaf: frames:5: byte 0: not_an_object
sheaf: frames:6: byte 16: wrong_type
sheaf: frames:7: "ts" noon is no number of 64 bits
sheaf: frames:8: "ts" 1468244384000 is not in the years 1 to 9999: it must be in seconds since 1970
sheaf: frames:9: "uid" \ud800 has an escape that there is not
sheaf: frames:10: byte 0: not_an_object
sheaf: frames:11: no "uid" or "ts" at the root
sheaf: frames:13: "uid" 07 is neither a string nor a number
END
    head -n -1 err | cmp - wanted || { diff err wanted >&2; fail "other messages"; }
    tail -n 1 err > summary
    expect_field summary malformed 9
    expect_field summary frames 5
    expect_text counts '{"period":"minute","start":"2016-07-11T13:39:00Z","ts":1468244340,"count":5,"error":0,"exact":true,"revision":0,"closed":true}'
done

# The strict reading goes on to the end of the frame; that library as far as both members.
expect_status 3 "$sheaf" count --from frames --parser strict --summary json > counts
tail -n 1 err > summary
expect_field summary frames 3
expect_text err 'sheaf: frames:14: byte 44: malformed'
expect_text err 'sheaf: frames:15: byte 26: unbalanced'
expect_status 3 "$sheaf" count --from frames --parser simdjson --summary json > counts
tail -n 1 err > summary
expect_text err 'sheaf: frames:3: no "uid" or "ts" at the root'

# Lines that are too long, in a file and in a pipe, at any place of a read.
python3 -c '
for i in range(200):
    print("{\"uid\":\"%d\",\"ts\":1468244340,\"x\":\"%s\"}" % (i, "x" * (70000 if i % 3 == 0 else 10)))' > long
expect_status 3 "$sheaf" count --from long --max-line 64KiB --periods year --summary json > counts
mv err log
cat long | expect_status 3 "$sheaf" count --max-line 64KiB --periods year --summary json > piped
cmp counts piped || fail "a pipe has other long lines"
expect_text log 'sheaf: long:199: longer than --max-line'
expect_text err 'sheaf: stdin:199: longer than --max-line'
tail -n 1 err > summary
expect_field summary malformed 67
expect_field summary frames 133

# The beginning of a first line that is too long is no frame either.
printf '\357\273\277{"uid":"a","ts":1468244340,"x":"yyyyyyyyyyyyyyyyyyyyyyyyyyyy"}' > stump
expect_status 3 "$sheaf" count --from stump --max-line 30 --summary none > counts
cat stump | expect_status 3 "$sheaf" count --max-line 30 --summary none > counts
[ ! -s counts ] || fail "the beginning of a line was counted"

# A wrong time is quarantined, named, and does not matter to the exit status.
for second in 0 1 2 3 4 5 6 7 8 9; do
    printf '{"uid":"%s","ts":146824434%s}\n' $second $second
done > steady
sed '4s/.*/{"uid":"x","ts":2468244344}/' steady > wild
expect_status 0 "$sheaf" count --from wild --summary json > counts
expect_text err 'sheaf: wild:4: quarantined: "ts" 2468244344 is far from the frames around it'
tail -n 1 err > summary
expect_field summary quarantined 1
[ "$(grep -c minute counts)" -eq 1 ] || fail "a wrong time has a window"

# Who believes every time counts it; who keeps minutes for longer counts the frames of days before in them.
expect_status 0 "$sheaf" count --from wild --confirmations 0 --periods minute --summary json > counts
tail -n 1 err > summary
expect_field summary quarantined 0
[ "$(grep -c minute counts)" -eq 2 ] || fail "--confirmations 0"
for day in 0 1 2 3 4 0 1 2 3 4; do
    for second in 0 1 2 3 4; do printf '{"uid":"%s","ts":%s}\n' $second$day $((1468244340 + 86400 * day + second)); done
done > days
expect_status 0 "$sheaf" count --from days --periods minute,year --summary json > counts
tail -n 1 err > summary
[ "$(field summary beyond_retention)" -gt 0 ] || fail "nothing is beyond retention"
expect_status 0 "$sheaf" count --from days --periods minute,year --retention 5d --summary json > counts
tail -n 1 err > summary
expect_field summary beyond_retention 0
[ "$(field summary late)" -gt 0 ] || fail "nothing is late"

# Frames that are hours apart look like wrong times: that is said.
for hour in $(seq 0 2 70); do printf '{"uid":"%s","ts":%d}\n' $hour $((1468244340 + 3600 * hour)); done > sparse
expect_status 0 "$sheaf" count --from sparse --summary none > counts
grep -q '29 of 36 frames are quarantined and not counted, .* give a longer --max-jump, or --confirmations 0' err || fail "$(cat err)"
expect_status 0 "$sheaf" count --from sparse --max-jump 3h --periods day --summary none > counts
expect_text counts '{"period":"day","start":"2016-07-12T00:00:00Z","ts":1468281600,"count":12,"error":0,"exact":true,"revision":0,"closed":true}'

# Nothing at all, and nothing that can be.
expect_status 0 "$sheaf" count --summary json < /dev/null > counts
[ ! -s counts ] || fail "nothing has counts"
: > empty
expect_status 0 "$sheaf" count --from empty steady --summary none > counts
expect_status 0 "$sheaf" count --from steady --summary none > alone
cmp counts alone || fail "an empty file beside another"
expect_status 2 "$sheaf" count --from steady steady
expect_text err 'sheaf: --from steady is given twice'
expect_status 2 "$sheaf" count --from steady ./steady
expect_text err 'sheaf: --from ./steady is given twice'
cp steady kept
expect_status 2 "$sheaf" count --from steady --to file:./steady
expect_text err 'sheaf: --from steady is the file of --to'
cmp steady kept || fail "a source was written to"
expect_status 2 "$sheaf" count --from http://localhost
expect_text err 'sheaf: --from http://localhost: frames are counted from stdin: or from paths'
expect_status 2 "$sheaf" count --to counts
expect_text err 'sheaf: --to counts: counts go to stdout: or to file:PATH'
expect_status 2 "$sheaf" count --periods minute,fortnight
expect_status 2 "$sheaf" count --periods ''
expect_status 2 "$sheaf" count --snapshot ''
expect_text err 'sheaf: --snapshot: names no folder'
expect_status 2 "$sheaf" count --update-every 40000d
expect_text err 'sheaf: WindowOptions.update_every is from 0 to 100 years'
expect_status 2 "$sheaf" count --key ts
expect_text err 'sheaf: --key and --time are the names of two members'
expect_status 2 "$sheaf" count --lateness 1500ms
expect_text err 'sheaf: --lateness: times are in whole seconds'
expect_status 2 "$sheaf" count --zone Europe/Atlantis
expect_status 2 "$sheaf" count --precision 27
expect_status 2 "$sheaf" count --threads 0
expect_status 1 "$sheaf" count --from missing
expect_text err 'sheaf: missing: No such file or directory'
expect_status 1 "$sheaf" count --from .
expect_text err 'sheaf: .: Is a directory'
[ -w /dev/full ] && {
    expect_status 1 "$sheaf" count --from steady --summary none > /dev/full
    expect_text err 'sheaf: standard output: No space left on device'
}

# A snapshot that cannot be written is named; the counts come all the same.
mkdir -p broken/.count.snapshot.unfinished
expect_status 1 "$sheaf" count --from steady --snapshot broken --summary none > counts
expect_text err 'sheaf: broken/.count.snapshot.unfinished: Is a directory: there is no new snapshot'
cmp counts alone || fail "no counts without a snapshot"
true
