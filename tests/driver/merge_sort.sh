# `sheaf merge --sort`: what `sort -n` makes of the same files, in memory and in runs that are spilled.
. "$(dirname "$0")/support.inc"

expect_status 0 "$sheaf" generate partitions --partitions 3 --integers 300000 --unsorted --to wild
LC_ALL=C sort -n wild/?.txt > expected
mkdir spill
expect_status 0 "$sheaf" merge --sort --from wild/?.txt --summary json > sorted
mv err summary
cmp sorted expected || fail "in memory"
expect_field summary spilled_runs 0
expect_status 0 "$sheaf" merge --sort --from wild/?.txt --spill spill --memory 1MiB --summary json > sorted
mv err summary
cmp sorted expected || fail "with runs"
[ "$(field summary spilled_runs)" -ge 6 ] || fail "$(field summary spilled_runs) runs"
[ "$(field summary peak_rss_bytes)" -lt $((32 << 20)) ] || fail "$(field summary peak_rss_bytes) bytes of memory"
[ -z "$(ls -A spill)" ] || fail "something is left in the folder"

# So many runs that they are merged in two steps.
expect_status 0 "$sheaf" generate partitions --partitions 1 --integers 3000000 --unsorted --seed 3 --to stdout: > long
LC_ALL=C sort -n long > expected
expect_status 0 "$sheaf" merge --sort --from long --spill spill --memory 1MiB > sorted
cmp sorted expected || fail "in two steps"

expect_status 1 "$sheaf" merge --sort --from long --memory 1MiB --spill missing --summary none > sorted
expect_text err "sheaf: --spill missing: No such file or directory"
printf '3\n-\n' > bad
expect_status 1 "$sheaf" merge --sort --from bad --summary none > sorted
expect_text err "sheaf: bad:2: '-' is not an integer"
