# `sheaf merge --layout partitions`: what `sort -n -m` makes of the same files, in little memory, from files and pipes.
. "$(dirname "$0")/support.inc"

reference() { LC_ALL=C sort -n -m "$@"; }

expect_status 0 "$sheaf" generate partitions --partitions 10 --integers 200000 --to even
expect_status 0 "$sheaf" merge --from even/?.txt --summary json > merged
mv err summary
reference even/?.txt > expected
cmp merged expected || fail "partitions"
expect_field summary integers 2000000
[ "$(field summary peak_rss_bytes)" -lt $((64 << 20)) ] || fail "$(field summary peak_rss_bytes) bytes of memory"

# Few distinct integers; partitions of other lengths; one that is empty, and one alone.
expect_status 0 "$sheaf" generate partitions --partitions 3 --integers 50000 --below 7 --to few
expect_status 0 "$sheaf" generate partitions --partitions 1 --integers 300 --seed 5 --to stdout: > short
: > empty
expect_status 0 "$sheaf" merge --from few/0.txt short empty few/1.txt few/2.txt > merged
reference few/?.txt short empty > expected
cmp merged expected || fail "unequal partitions"
expect_status 0 "$sheaf" merge --from short > merged
cmp merged short || fail "one partition"
expect_status 0 "$sheaf" merge --from empty > merged
[ -s merged ] && fail "an empty partition has integers"

# Disjoint ranges, in no order.
seq 200000 299999 > high; seq -50000 49999 > low; seq 50000 199999 > middle
expect_status 0 "$sheaf" merge --from high low middle > merged
reference high low middle > expected
cmp merged expected || fail "disjoint partitions"

# More partitions than most have.
expect_status 0 "$sheaf" generate partitions --partitions 300 --integers 2000 --to many
expect_status 0 "$sheaf" merge --from many/*.txt --summary json > merged
mv err summary
reference many/*.txt > expected
cmp merged expected || fail "300 partitions"
[ "$(field summary peak_rss_bytes)" -lt $((64 << 20)) ] || fail "$(field summary peak_rss_bytes) bytes of memory"

# More than the soft limit of open files, which is raised as far as it may be.
(ulimit -Sn 128 && "$sheaf" merge --from many/*.txt --summary none) > merged || fail "300 partitions with 128 files"
cmp merged expected || fail "300 partitions with 128 files"

# Of equal integers much is certain at once.
expect_status 0 "$sheaf" generate partitions --partitions 500 --integers 5000 --below 1000 --to alike
expect_status 0 "$sheaf" merge --from alike/*.txt --summary json > merged
mv err summary
reference alike/*.txt > expected
cmp merged expected || fail "500 partitions of few integers"
[ "$(field summary peak_rss_bytes)" -lt $((48 << 20)) ] || fail "$(field summary peak_rss_bytes) bytes of memory"

# The extremes, CR and LF, blank lines, a byte order mark, leading zeros, no end of the last line.
printf '\357\273\277-9223372036854775808\r\n\r\n-1\r\n  \n0007\n9223372036854775807' > odd
printf '%s\n' -9223372036854775807 0 9223372036854775806 > even_odder
expect_status 0 "$sheaf" merge --from odd even_odder > merged
printf '%s\n' -9223372036854775808 -9223372036854775807 -1 0 7 9223372036854775806 9223372036854775807 > expected
cmp merged expected || fail "extremes"
printf '%s\n' 0 18446744073709551615 > large
printf '%s\n' 9999999999999999999 10000000000000000000 > larger
expect_status 0 "$sheaf" merge --unsigned --from large larger > merged
printf '%s\n' 0 9999999999999999999 10000000000000000000 18446744073709551615 > expected
cmp merged expected || fail "extremes without a sign"

# To a file, which is appended to.
expect_status 0 "$sheaf" merge --from short --to file:kept
expect_status 0 "$sheaf" merge --from short --to file:kept
cat short short > expected
cmp kept expected || fail "a file is appended to"

# Pipes: an integer comes out as soon as it is certain.
mkfifo left right
"$sheaf" merge --from left right --summary none > live &
merging=$!
exec 3> left 4> right
echo 1 >&3
echo 3 >&4
wait_for live '^1$'
echo 5 >&3
wait_for live '^3$'
grep -q 5 live && fail "5 was not certain"
exec 4>&-
wait_for live '^5$'
exec 3>&-
wait $merging || fail "status $? of pipes"

# A signal ends it, with what was certain written.
mkfifo endless
"$sheaf" merge --from endless --summary none > live 2> err &
merging=$!
exec 3> endless
echo 42 >&3
wait_for live '^42$'
kill -TERM $merging
wait $merging
[ $? -eq 3 ] || fail "a stopped merge has another status"
exec 3>&-
expect_text err "sheaf: stopped before the end of the sources"

# What cannot be written ends it, with a summary.
[ -c /dev/full ] || fail "this system has no /dev/full: full disks were not tested"
expect_status 1 "$sheaf" merge --from short --to file:/dev/full --summary json
expect_text err "sheaf: /dev/full: No space left on device"
tail -n 1 err > summary
expect_field summary integers 0
printf '1\n3\n2\n' > unsorted
expect_status 1 "$sheaf" merge --from unsorted --to file:/dev/full --summary none
expect_text err "sheaf: unsorted:3: 2 is less than the integer before it: the source is not sorted"
expect_status 1 "$sheaf" merge --from short . --summary json
tail -n 1 err > summary
expect_field summary sources 2
