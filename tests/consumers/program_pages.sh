#!/bin/sh
# program_pages.sh <source tree> <program> <completion file> <man page> <scratch folder>
#
# What bash makes of the completion; and the man page has all the options that --help has, and no fault that groff knows of.
set -eu

root=$1
program=$2
completion=$3
man_page=$4
scratch=$5

rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"

fail() {
    echo "program_pages.sh: $*" >&2
    exit 1
}

# completes <want> <word>...: the last word is the one that is being typed.
completes() {
    want=$1
    shift
    # shellcheck disable=SC2016  # bash expands it
    have=$(bash -c '
        . "$1"
        compopt() { :; } # there is no completion going on
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
completes 'json' sheaf collate --summary = j
completes 'text json none' sheaf collate --summary =
completes '' sheaf collate --to dir :
completes '' sheaf collate --to dir : o
completes '--jitter' sheaf generate packets --ji

# What --help tells, the man page tells; roff writes a hyphen as \-.
sh "$root/cmake/packaging/command_line.sh" "$program" >told
[ "$(grep -c '^command' told)" -ge 4 ] || fail "too few commands are told of"
[ "$(grep -c '^option' told)" -ge 30 ] || fail "too few options are told of"
sed 's/\\-/-/g' "$man_page" >plain
for section in NAME SYNOPSIS OPTIONS COMMANDS 'SOURCES AND SINKS'; do
    grep -qx ".SH $section" plain || fail "the man page lacks the section $section"
done
cut -f 1 told | paste - told | while IFS="$(printf '\t')" read -r kind line; do
    text=${line##*"$(printf '\t')"}
    [ "$kind" != command ] || text=${text#?} # its first letter may be small there
    grep -qF -e "${text%.}" plain || fail "the man page lacks '$text'"
done
awk -F '\t' '$1 == "option" { gsub(/,/, "\n", $3); print $3 }' told | while read -r name; do
    grep -q -e "^\.BR \".*$name\(\"\|, \)" plain || fail "the man page lacks $name"
done

if command -v groff >/dev/null; then
    faults=$(groff -man -ww -z -Tutf8 "$man_page" 2>&1)
    [ -z "$faults" ] || fail "groff says: $faults"
else
    echo "*** the man page was not given to groff: it was not found"
fi
