# Generated streams: the results are those of the reference script.
. "$(dirname "$0")/support.inc"

check() {  # NAME STATUS COLLATE-FLAGS GENERATE-FLAGS...
    name=$1 status=$2 flags=$3
    shift 3
    "$sheaf" generate packets "$@" > $name.jsonl || fail "generate $*"
    python3 "$tests/reference.py" $name.jsonl expected_$name > lacking_$name || fail "reference script"
    # shellcheck disable=SC2086  # the flags are several words
    expect_status "$status" "$sheaf" collate --from $name.jsonl --to dir:$name --summary json $flags
    tail -n 1 err > summary
    # shellcheck disable=SC2012
    expect_field summary completed "$(ls expected_$name | wc -l | tr -d ' ')"
    expect_field summary incomplete "$(wc -l < lacking_$name | tr -d ' ')"
    expect_field summary malformed 0
    while read -r id; do
        [ -f $name/$id.incomplete.json ] || fail "$name/$id.incomplete.json is missing"
        python3 -m json.tool $name/$id.incomplete.json > /dev/null || fail "$name/$id.incomplete.json is not JSON"
        rm $name/$id.incomplete.json
    done < lacking_$name
    same_folders expected_$name $name
}

check in_order 0 '' --resources 300 --seed 1
check jittered 0 '--threads 4' --resources 500 --max-packets 40 --jitter 300 --open 20 --seed 2
check inline 0 '--threads 0' --resources 500 --max-packets 40 --jitter 100 --seed 3
check doubled 0 '' --resources 500 --max-packets 20 --jitter 200 --duplicates 0.2 --seed 4
check dropped 3 '' --resources 200 --max-packets 20 --jitter 50 --drop 0.02 --duplicates 0.1 --seed 5
check delayed 0 '--threads 32 --transform-delay 1ms' --resources 50 --jitter 20 --seed 6
check long_words 0 '--sync' --resources 20 --max-packets 200 --words 500 --jitter 1000 --seed 7

FIRST_INDEX=1
export FIRST_INDEX
check from_one 0 '--first-index 1' --resources 100 --jitter 20 --first-index 1 --seed 8

# A packet below the first index is refused, and named.
packet 1 0 a false > below.jsonl
expect_status 3 "$sheaf" collate --from below.jsonl --first-index 1 --summary none
expect_text err 'sheaf: below.jsonl:1: resource 1, index 0: rejected (index_out_of_range)'
