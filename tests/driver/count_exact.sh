# `sheaf count` of real frames: exact in every window, in whatever order and form they come, by every parser.
. "$(dirname "$0")/support.inc"

gzip -dc "$tests/data/frames-1000.jsonl.gz" > real.jsonl || fail "the frames could not be unpacked"

check() {  # NAME FRAMES ARGUMENTS...
    name=$1 frames=$2
    shift 2
    for parser in fast strict simdjson; do
        expect_status 0 "$sheaf" count --from "$frames" --parser $parser --summary json "$@" > $parser.counts
        mv err summary
        expect_field summary frames 1000
        cmp fast.counts $parser.counts || fail "$name by $parser counts otherwise"
    done
    python3 "$tests/count_reference.py" fast.counts --exact real.jsonl > said 2>&1 || { cat said >&2; fail "$name"; }
}

check "in order" real.jsonl
python3 "$tests/count_variants.py" real.jsonl || fail "the variants could not be made"
for variant in shuffled crlf open marked blank string escaped reduced last spaced; do
    check $variant $variant.jsonl
done
check "shuffled, on three threads" shuffled.jsonl --threads 3

# From a pipe, and from several sources at once, each of which has a part of each minute.
expect_status 0 "$sheaf" count < real.jsonl > counts
python3 "$tests/count_reference.py" counts --exact real.jsonl > said || fail "a file as standard input"
cat real.jsonl | expect_status 0 "$sheaf" count > counts
python3 "$tests/count_reference.py" counts --exact real.jsonl > said || fail "a pipe"
expect_status 0 "$sheaf" count --from even_later.jsonl --from odd.jsonl even_early.jsonl > counts
python3 "$tests/count_reference.py" counts --exact real.jsonl > said || fail "several sources"
grep -q '"revision":1' counts && fail "sources that are read together revise each other"

# Other members, and in the local time of a zone.
expect_status 0 "$sheaf" count --from renamed.jsonl --key who --time at --summary none > renamed
expect_status 0 "$sheaf" count --from real.jsonl --summary none > counts
cmp counts renamed || fail "other names count otherwise"
for zone in Europe/Zurich America/St_Johns; do
    expect_status 0 "$sheaf" count --from real.jsonl --zone $zone --summary none > counts
    python3 "$tests/count_reference.py" counts --exact --zone $zone real.jsonl > said 2>&1 || { cat said >&2; fail "in $zone"; }
done
[ "$("$sheaf" count --from real.jsonl --periods hour,day --summary none | cut -d '"' -f 4 | sort -u | tr '\n' ' ')" = "day hour " ] ||
    fail "--periods"
