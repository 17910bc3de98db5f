# `sheaf count` on any number of threads and by any parser counts the same, revisions included, and as well as is promised.
. "$(dirname "$0")/support.inc"

# Nine blocks, with late frames and wrong times.
"$sheaf" generate frames --frames 60000 --users 4000 --rate 100 --late 0.02 --wild 0.001 --size 100 --seed 3 > frames.jsonl
expect_status 0 "$sheaf" count --from frames.jsonl --threads 1 --summary json > one
mv err log
tail -n 1 log > summary
expect_field summary frames 60000
[ "$(field summary quarantined)" -gt 0 ] && [ "$(field summary late)" -gt 0 ] && [ "$(field summary revised)" -gt 0 ] ||
    fail "nothing late, revised and quarantined: it was to be a test of that"
[ "$(grep -c ': quarantined:' log)" -eq "$(field summary quarantined)" ] || fail "not every quarantined frame is named"
for threads in 2 3 7; do
    for parser in fast strict simdjson; do
        expect_status 0 "$sheaf" count --from frames.jsonl --threads $threads --parser $parser --summary none > many
        cmp one many || fail "$threads threads of $parser count otherwise"
        grep ": quarantined:" err > named
        grep ': quarantined:' log | cmp - named || fail "$threads threads of $parser quarantine otherwise"
    done
done

# From a pipe blocks are what comes at a time: only the revisions may differ.
last_of_each() { awk -F '"revision"' '{ last[$1 == "" ? $0 : substr($0, 1, index($0, "\"count\""))] = $1 } END { for (window in last) print last[window] }' "$1" | sort; }
last_of_each one > last
for threads in 1 3; do
    cat frames.jsonl | expect_status 0 "$sheaf" count --threads $threads --summary none > piped
    last_of_each piped | cmp last - || fail "from a pipe $threads threads count otherwise"
done

# Several files, each with all of the time: what comes from them does not depend on the threads, or on their order.
for seed in 11 12 13; do
    "$sheaf" generate frames --frames 30000 --users 4000 --rate 50 --size 100 --seed $seed > part$seed.jsonl
done
expect_status 0 "$sheaf" count --from part11.jsonl part12.jsonl part13.jsonl --threads 1 --summary none > one
grep -q '"revision":1' one && fail "files that are read together revise each other"
expect_status 0 "$sheaf" count --from part13.jsonl part11.jsonl part12.jsonl --threads 4 --summary none > many
cmp one many || fail "the order of the files matters"
python3 "$tests/count_reference.py" one part11.jsonl part12.jsonl part13.jsonl > said 2>&1 || { cat said >&2; fail "several files"; }

# Sketches, and a history of months whose parts are given in no order: windows close on the way.
"$sheaf" generate frames --frames 60000 --users 30000 --rate 2000 --size 60 --seed 8 > dense.jsonl
expect_status 0 "$sheaf" count --from dense.jsonl --summary none > counts
python3 "$tests/count_reference.py" counts dense.jsonl > said 2>&1 || { cat said >&2; fail "sketches"; }
grep -q '"exact":false' counts || fail "nothing was estimated: it was to be a test of that"
python3 -c '
for part in range(4):
    with open(f"history{part}.jsonl", "w") as out:
        for hour in range(part * 700, part * 700 + 700):
            for user in range(30):
                out.write("{\"uid\":\"%d\",\"ts\":%d}\n" % (user * hour % 97, 1500000000 + hour * 3600 + user * 100))'
expect_status 0 "$sheaf" count --from history2.jsonl history0.jsonl history3.jsonl history1.jsonl --summary json > counts
mv err summary
expect_field summary late 0
expect_field summary beyond_retention 0
python3 "$tests/count_reference.py" counts --exact history*.jsonl > said 2>&1 || { cat said >&2; fail "history"; }
