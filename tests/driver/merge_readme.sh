# What the README shows of `sheaf merge` does what it says.
. "$(dirname "$0")/support.inc"

mkdir build
sed -n "s|^build/release/bin/sheaf \(generate partitions .*\)|'$sheaf' \1|p; s|^build/release/bin/sheaf \(generate segments .*\)|'$sheaf' \1|p; s|^build/release/bin/sheaf \(merge .*\)|'$sheaf' \1|p" \
    "$tests/../../README.md" > commands
[ "$(grep -c . commands)" -eq 4 ] || fail "the README shows other commands: $(cat commands)"
expect_status 0 sh -e commands > batches
LC_ALL=C sort -n -m build/partitions/*.txt > expected
cmp build/merged.txt expected || fail "partitions"
python3 "$tests/merge_reference.py" build/segments.jsonl batches > said 2>&1 || { cat said >&2; fail "batches"; }
[ "$(wc -l < batches)" -eq 1000 ] || fail "$(wc -l < batches) batches"
