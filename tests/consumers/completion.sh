#!/bin/sh
# completion.sh <completion file> <man page>
#
# What bash makes of the completion; and the man page has all the options that --help has, and no fault that groff knows of.
set -eu

completion=$1
man_page=$2

fail() {
    echo "completion.sh: $*" >&2
    exit 1
}

# completes <want> <word>...: the last word is the one that is being typed.
completes() {
    want=$1
    shift
    # shellcheck disable=SC2016  # bash expands it
    have=$(bash -c '
        . "$1"
        shift
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        _sheaf
        echo "${COMPREPLY[*]}"' bash "$completion" "$@")
    [ "$have" = "$want" ] || fail "'$*' is completed by '$have', not by '$want'"
}
completes 'collate' sheaf col
completes 'packets' sheaf generate pac
completes '--gap-timeout' sheaf collate --ga
completes 'evict fail' sheaf collate --on-stall ''
completes 'json' sheaf collate --summary j
completes '' sheaf collate --max-bytes ''
completes '--jitter' sheaf generate packets --ji

if command -v groff >/dev/null; then
    faults=$(groff -man -ww -z -Tutf8 "$man_page" 2>&1)
    [ -z "$faults" ] || fail "groff says: $faults"
else
    echo "*** the man page was not given to groff: it was not found"
fi
