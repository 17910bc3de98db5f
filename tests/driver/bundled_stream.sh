# The bundled stream: all complete, and as expected.
. "$(dirname "$0")/support.inc"
data=$tests/../../examples/data

expect_status 0 "$sheaf" collate --from "$data/packets.jsonl" --to dir:out
same_folders "$data/expected" out
python3 "$tests/reference.py" "$data/packets.jsonl" reference > lacking || fail "reference script"
[ -s lacking ] && fail "the bundled stream is incomplete"
same_folders "$data/expected" reference

# Through a pipe, in pieces that do not end where lines do.
dd if="$data/packets.jsonl" bs=77 2> /dev/null | "$sheaf" collate --to dir:piped 2> err || fail "status $?"
same_folders "$data/expected" piped
