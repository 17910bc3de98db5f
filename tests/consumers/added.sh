#!/bin/sh
# added.sh <source tree> <scratch folder> with_doxygen|without_doxygen [<program with an added command>]
#
# What is handed on follows the list of headers and --help by itself: a header that is added to the list is installed, in
# the umbrella, in the one header and in the reference; a command that is added to the program is in its man page and its
# completion. And a header that the list lacks turns the check of the list red.
set -eu

root=$1
scratch=$2
doxygen=$3
program=${4:-}

fail() {
    echo "added.sh: $*" >&2
    exit 1
}
contains() { grep -q -e "$2" "$1" || fail "$1 lacks '$2'"; }

rm -rf "$scratch"
mkdir -p "$scratch/tree"
cp -r "$root/CMakeLists.txt" "$root/LICENSE" "$root/cmake" "$root/include" "$scratch/tree"
cd "$scratch/tree"
list=cmake/headers.cmake
header=include/sheaf/sink/telegraph_sink.hpp
check_list() { cmake -P cmake/checks/header_list.cmake 2>&1; }
check_umbrella() { cmake -D MODE=check -P cmake/checks/umbrella.cmake 2>&1; }

# A header of the tree that the list lacks, and one of the list that the tree lacks.
check_list || fail "the list was wrong before"
cp "$root/tests/consumers/added/telegraph_sink.hpp" "$header"
if check_list >log; then fail "nobody missed $header in the list"; fi
contains log "missing in cmake/headers.cmake: $header"
sed -i "s#^\( *\)include/sheaf/sink/tee.hpp#&\n\1$header#" "$list"
check_list || fail "the list has the header, and is wrong"
mv "$header" aside.hpp
if check_list >log; then fail "nobody missed $header in the tree"; fi
contains log "not in the tree: $header"
mv aside.hpp "$header"

# The umbrella is rewritten by its target only, as users include it from the source tree.
if check_umbrella >log; then fail "nobody missed $header in sheaf.hpp"; fi
cmake -S . -B ../build -D SHEAF_BUILD_TESTS=OFF -D SHEAF_BUILD_EXAMPLES=OFF -D SHEAF_BUILD_DRIVER=OFF
cmake --build ../build --target umbrella
check_umbrella || fail "the target umbrella left sheaf.hpp wrong"
contains include/sheaf/sheaf.hpp '#include <sheaf/sink/telegraph_sink.hpp>'

cmake --build ../build --target single_header
contains ../build/single_header/sheaf.hpp 'class TelegraphSink'
cp ../build/single_header/sheaf.hpp ../first.hpp
rm ../build/single_header/sheaf.hpp
cmake --build ../build --target single_header
cmp ../build/single_header/sheaf.hpp ../first.hpp || fail "the one header is not the same twice"

cmake --install ../build --prefix "$scratch/prefix" >log
[ -e "$scratch/prefix/$header" ] || fail "$header was not installed"

if [ "$doxygen" = with_doxygen ]; then
    cmake --build ../build --target reference
    contains ../build/reference/html/group__sink.html TelegraphSink
    # A public thing that nobody described is refused.
    sed -i 's/^class TelegraphSink {/&public: int words();/' "$header"
    if cmake --build ../build --target reference >log 2>&1; then fail "the reference bears undescribed things"; fi
    contains log 'words() .*TelegraphSink is not documented'
else
    echo "*** the reference was not looked at: doxygen was not found"
fi

if [ -n "$program" ]; then
    sh cmake/packaging/man_page.sh "$program" >sheaf.1
    contains sheaf.1 'SS "sheaf telegraph"'
    contains sheaf.1 'wire" " TEXT=copper"'
    sh cmake/packaging/completion.sh "$program" >sheaf.bash
    contains sheaf.bash '"") words=".* telegraph'
    contains sheaf.bash '"telegraph") words="-h --help --wire"'
else
    echo "*** man page and completion were not looked at: the program is not built"
fi
