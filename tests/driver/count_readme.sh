# What the README shows of `sheaf count` does what it says.
. "$(dirname "$0")/support.inc"

mkdir build
sed -n "s|^build/release/bin/sheaf \(generate frames .*\)|'$sheaf' \1|p; s|^build/release/bin/sheaf \(count .*\)|'$sheaf' \1|p" \
    "$tests/../../README.md" > commands
[ "$(grep -c . commands)" -eq 2 ] || fail "the README shows other commands: $(cat commands)"
expect_status 0 sh -e commands > counts
grep -q '"period":"minute"' counts && grep -q '"period":"day"' counts || fail "no minutes or days"
[ -f build/count/count.snapshot ] || fail "no snapshot"
frames=$(wc -l < build/frames.jsonl)
[ "$frames" -eq 20000 ] || fail "$frames frames"

# The line that it shows has the members that lines have, in their order.
members() { grep -o '"[a-z]*":' "$1" | head -n 8 | tr '\n' ' '; }
grep '^{"period":"minute"' "$tests/../../README.md" > shown
[ "$(members shown)" = "$(members counts)" ] || fail "the README shows $(members shown) instead of $(members counts)"
