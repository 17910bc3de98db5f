# What cannot be read or written ends with status 1 and names what it was; wrong arguments with 2.
. "$(dirname "$0")/support.inc"

"$sheaf" generate packets --resources 20 > input.jsonl || fail "generate"

expect_status 1 "$sheaf" collate --from missing.jsonl
expect_text err 'sheaf: missing.jsonl: No such file or directory'
expect_status 1 "$sheaf" collate --from /
expect_text err 'sheaf: /: Is a directory'

echo 'not a directory' > occupied
expect_status 1 "$sheaf" collate --from input.jsonl --to dir:occupied
grep -q occupied err || fail "the folder was not named"
expect_status 1 "$sheaf" collate --from input.jsonl --to dir:occupied/below
if [ "$(id -u)" -ne 0 ]; then
    mkdir locked && chmod 555 locked
    expect_status 1 "$sheaf" collate --from input.jsonl --to dir:locked
    grep -q locked err || fail "the folder was not named"
fi
expect_status 1 "$sheaf" collate --from input.jsonl --to file:missing/results
grep -q missing/results err || fail "the file was not named"

if [ -c /dev/full ]; then
    "$sheaf" collate --from input.jsonl --summary json > /dev/full 2> err
    [ $? -eq 1 ] || fail "a full disk is not a failure"
    grep -q '^sheaf: resource [0-9]*: not delivered: standard output: No space left on device$' err || fail "not named"
    tail -n 1 err > summary
    expect_field summary completed 0
    expect_field summary undelivered 20
    expect_status 1 "$sheaf" collate --from input.jsonl --to file:/dev/full
    [ "$(grep -c 'not delivered:' err)" -eq 1 ] || fail "what did not get through was not named once"
    grep -q '^sheaf: stopped, because results could not be delivered: 20 in all$' err || fail "not counted"
    "$sheaf" generate packets > /dev/full 2> err
    [ $? -eq 1 ] || fail "generate to a full disk is not a failure"
    expect_text err 'sheaf: standard output: No space left on device'
fi

# A line that somebody else was kept from ending does not swallow the first result.
printf '{"resource_id":9,"outp' > torn
expect_status 0 "$sheaf" collate --from input.jsonl --to file:torn --summary none
[ "$(wc -l < torn)" -eq 21 ] || fail "a torn last line"
sed -n 2p torn | grep -q '^{"resource_id"' || fail "a result was appended to a torn line"

# A limit on the size of files is a full disk.
(ulimit -f 1; exec "$sheaf" collate --from input.jsonl --to file:limited) 2> err
[ $? -eq 1 ] || fail "a limit on the size of files is not a failure"
grep -q 'not delivered: limited: File too large' err || fail "the limit was not named"

# A reader that goes away.
"$sheaf" generate packets --resources 20000 > large.jsonl || fail "generate"
{ "$sheaf" collate --from large.jsonl --summary none 2> err; echo $? > status; } | head -n 1 > /dev/null
[ "$(cat status)" -eq 1 ] || fail "a closed pipe: status $(cat status)"
grep -q 'standard output: Broken pipe' err || fail "the closed pipe was not named"

expect_status 2 "$sheaf"
expect_status 2 "$sheaf" bogus
grep -q '^sheaf: .*bogus' err || fail "the unknown command was not named"
expect_status 2 "$sheaf" generate
expect_status 2 "$sheaf" collate --bogus
expect_status 2 "$sheaf" collate --gap-timeout 5
expect_status 2 "$sheaf" collate --gap-timeout -5s
expect_status 2 "$sheaf" collate --max-bytes 5XB
expect_status 2 "$sheaf" collate --max-bytes 5
grep -q -e '--max-bytes' err || fail "the bound was not named"
for flag in '--max-packets -1' '--max-packets 0' '--max-transforms -1' '--remember -5' '--first-index -1' \
    '--max-packets 18446744073709551616' '--threads -1' '--delivery-attempts 0' '--transform-attempts 1.5'; do
    # shellcheck disable=SC2086  # a flag and its value
    expect_status 2 "$sheaf" collate $flag
    grep -q -e "^sheaf: ${flag% *}: '${flag#* }' is not" err || fail "not named: $flag"
done
expect_status 2 "$sheaf" generate packets --resources -3
expect_status 2 "$sheaf" generate packets --duplicates nan
expect_status 2 "$sheaf" collate --on-stall panic
expect_status 2 "$sheaf" collate --summary xml
expect_status 2 "$sheaf" collate --from gopher:hole
grep -q 'no such source' err || fail "the source was not named"
expect_status 2 "$sheaf" collate --to out
expect_status 2 "$sheaf" collate --to dir:
expect_status 2 "$sheaf" generate packets --drop 2
expect_status 2 "$sheaf" generate packets --max-packets 0
expect_status 0 "$sheaf" --help > help
expect_status 0 "$sheaf" collate --help > help
expect_status 0 "$sheaf" --version > version
grep -q '^sheaf [0-9]*\.[0-9]*\.[0-9]*$' version || fail "--version"

# Closed standard streams: nothing that the program opens may take their place.
for id in 1 2 3; do packet $id 0 'a b' true; done > input
expect_status 1 sh -c '"$1" collate <&-' sh "$sheaf"
expect_status 1 sh -c '"$1" collate --from input <&- >&-' sh "$sheaf"
{ echo junk; cat input; } > junk
expect_status 3 sh -c '"$1" collate --from junk --to dir:closed >&- 2>&-' sh "$sheaf"
[ -f closed/3.txt ] || fail "a message to a closed stream ended the input"
