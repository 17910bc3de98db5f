# Where everything held waits for packets not yet read.
. "$(dirname "$0")/support.inc"

# Each resource lacks its first packet until all the others have come.
{
    for id in 1 2 3 4 5 6; do
        for index in 1 2 3; do packet $id $index 'a b' "$([ $index -eq 3 ] && echo true || echo false)"; done
    done
} > input
expect_status 3 "$sheaf" collate --max-packets 9 --summary json < input > results
tail -n 1 err > summary
grep -q '^sheaf: resource 1: incomplete (evicted), missing 0$' err || fail "the oldest gap was not evicted"
# What a resource lacks when it is evicted comes too late for it; which ones are, depends on their stripes.
[ $(($(field summary accepted) + $(field summary late))) -eq 18 ] || fail "packets were refused after evictions"
expect_field summary incomplete 6
expect_status 1 "$sheaf" collate --max-packets 9 --on-stall fail --summary none < input > results
grep -q '(stalled)' err || fail "the stall was not named"
grep -q 'on-stall is fail' err || fail "the reason was not named"
