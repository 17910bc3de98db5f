#!/bin/sh
# group_by_folder.sh <file>
# Doxygen reads the headers through this filter. It puts all that a header declares into the group that is named like
# the header's folder below include/sheaf/, and what stands directly there into the group `collator`. Lines keep their
# numbers. The group is closed around the lines that open and close the namespace: otherwise Doxygen would put the
# namespace into it, and not what the namespace holds.
#
# Lines of comments that begin with a fixed word, such as `Throws:`, become paragraphs of their own.

set -eu

case $1 in
*/include/sheaf/*/*) group=${1##*/include/sheaf/} group=${group%%/*} ;;
*/include/sheaf/*) group=collator ;;
*) exec cat "$1" ;;
esac

sed -E \
    -e "1s;^;/** @addtogroup $group */ /** @{ */ ;" \
    -e "s;^SHEAF_NAMESPACE_(BEGIN|END)\$;/** @} */ & /** @addtogroup $group */ /** @{ */;" \
    -e 's;^( */// )(Blocks|Callbacks|Complexity|Locks|Thread safety|Throws|User code): ;\1<p><b>\2:</b> ;' \
    "$1"
printf '/** @} */\n'
