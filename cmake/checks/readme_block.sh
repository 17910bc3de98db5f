#!/bin/sh
# readme_block.sh <README> <marker> <language>: the fenced block of that language below the line `<!-- marker -->`; nothing
# where the block below it is of another one.
set -eu

awk -v marker="<!-- $2 -->" -v fence="\`\`\`$3" '
    $0 == marker { is_next = 1; next }
    is_next && /^```/ { is_inside = ($0 == fence); is_next = 0; next }
    is_inside && /^```$/ { exit }
    is_inside' "$1"
