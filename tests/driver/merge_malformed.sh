# `sheaf merge --layout partitions` of what is not sorted integers: named with file and line, and what was printed is right.
. "$(dirname "$0")/support.inc"

seq 1 2 99999 > odd
seq 0 2 100000 > good
check() {  # WANTED-MESSAGE LAST-INTEGER: of the files odd and bad
    expect_status 1 "$sheaf" merge --from odd bad good --summary none > printed
    expect_text err "sheaf: $1"
    [ "$(tail -n 1 printed)" = "$2" ] || fail "$1: the last integer is $(tail -n 1 printed) instead of $2"
    LC_ALL=C sort -n -c printed || fail "$1: what was printed is not sorted"
}

(seq 1 50000; echo 17; seq 50001 60000) > bad
check "bad:50001: 17 is less than the integer before it: the source is not sorted" 50000
printf '1\n2\n\n 3\n' > bad
check "bad:4: ' 3' is not an integer" 2
printf '1\n2\n9223372036854775808\n' > bad
check "bad:3: '9223372036854775808' is beyond the integers that 64 bits hold" 2
printf '1\n2\n+3\n' > bad
check "bad:3: '+3' is not an integer" 2
printf '1\n2\n3 4\n' > bad
check "bad:3: '3 4' is not an integer" 2
printf '1\n2\n1e3\n' > bad
check "bad:3: '1e3' is not an integer" 2
printf '1\n2\n\000\n' > bad
check "bad:3: '?' is not an integer" 2
(echo 1; echo 2; head -c 100000 /dev/zero | tr '\0' 1; echo) > bad
check "bad:3: is longer than any integer" 2
(echo 1; echo 2; head -c 1000 /dev/zero | tr '\0' 1; echo) > bad
check "bad:3: '1111111111111111111111111111111111111111...' is beyond the integers that 64 bits hold" 2
printf -- '-\n' > bad
expect_status 1 "$sheaf" merge --from bad --summary none > printed
expect_text err "sheaf: bad:1: '-' is not an integer"

# Several at once are all named.
printf '5\n4\n' > worse
printf '6\nx\n' > bad
expect_status 1 "$sheaf" merge --from worse bad --summary none > printed
expect_text err "sheaf: worse:2: 4 is less than the integer before it: the source is not sorted"
expect_text err "sheaf: bad:2: 'x' is not an integer"

expect_status 1 "$sheaf" merge --from good missing --summary none > printed
expect_text err "sheaf: missing: No such file or directory"
expect_status 1 "$sheaf" merge --from good . --summary none > printed
expect_text err "sheaf: .: Is a directory"

# Options that do not go together.
expect_status 2 "$sheaf" merge --layout batches --sort
expect_status 2 "$sheaf" merge --segments 10
expect_status 2 "$sheaf" merge --spill .
expect_status 2 "$sheaf" merge --layout batches --from odd good
expect_status 2 "$sheaf" merge --from odd odd
expect_status 2 "$sheaf" merge --from odd ./odd
expect_text err "sheaf: --from ./odd is given twice"
cp odd kept
expect_status 2 "$sheaf" merge --from good odd --to file:odd
expect_text err "sheaf: --from odd is the file of --to"
expect_status 2 "$sheaf" merge --sort --from odd --to file:odd
expect_status 2 "$sheaf" merge --layout batches --from odd --to file:./odd
expect_text err "sheaf: --from odd is the file of --to"
expect_status 2 "$sheaf" merge --from good < odd --from stdin: odd
expect_text err "sheaf: --from odd is given twice"
(expect_status 2 "$sheaf" merge < odd >> odd) || exit 1
expect_text err "sheaf: --from stdin: is the file of --to"
cmp odd kept || fail "a source was written to"
expect_status 1 "$sheaf" merge --sort --from odd --memory 900000TiB --summary none
expect_text err "sheaf: --memory 921600000GiB: there is not so much"
printf -- '-1\n' > negative
expect_status 1 "$sheaf" merge --unsigned --from negative --summary none > printed
expect_text err "sheaf: negative:1: '-1' has a sign, which --unsigned excludes"
printf -- '-1\r\n' > negative
expect_status 1 "$sheaf" merge --unsigned --from negative --summary none > printed
expect_text err "sheaf: negative:1: '-1' has a sign, which --unsigned excludes"
printf '1\r\n5x\r\n' > bad
expect_status 1 "$sheaf" merge --from bad --summary none > printed
expect_text err "sheaf: bad:2: '5x' is not an integer"
printf '\357\273\277\n5\n3\n' > bad
expect_status 1 "$sheaf" merge --from bad --summary none > printed
expect_text err "sheaf: bad:3: 3 is less than the integer before it: the source is not sorted"
printf '\357\273\277\n5\nx\n' > bad
expect_status 1 "$sheaf" merge --from bad --summary none > printed
expect_text err "sheaf: bad:3: 'x' is not an integer"
expect_status 2 "$sheaf" merge --from odd --to nowhere:
expect_status 2 "$sheaf" merge --layout batches --from odd --max-bytes 1
expect_status 2 "$sheaf" generate partitions --to stdout:
expect_status 2 "$sheaf" generate segments --shortest 5 --longest 4
