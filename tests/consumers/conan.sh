#!/bin/sh
# conan.sh <source tree> <scratch folder>
#
# The recipe by Conan itself: Debug and Release are one package, with and without remotes; it holds the headers of the
# list and no connectors; C++17 is refused.
set -eu

root=$1
scratch=$2

rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
CONAN_HOME=$scratch/home
export CONAN_HOME

fail() {
    echo "conan.sh: $*" >&2
    exit 1
}
create() {
    conan create "$root" -tf "$root/tests/consumers/conan" -c tools.cmake.cmake_layout:test_folder="$scratch/test" "$@"
}

conan profile detect
create -s compiler.cppstd=20 -s build_type=Release
create -s compiler.cppstd=20 -s build_type=Debug --no-remote

conan list 'sheaf/*:*' --format=json >packages.json
ids=$(grep -c '"info":' packages.json) || true
[ "$ids" -eq 1 ] || { cat packages.json; fail "Debug and Release gave $ids package ids"; }

package=$(sed -n 's/^ *"\([0-9a-f]\{40\}\)": {$/\1/p' packages.json | head -n 1)
reference=$(sed -n 's/^ *"\(sheaf\/[0-9.]*\)": {$/\1/p' packages.json)
folder=$(conan cache path "$reference:$package")
(cd "$folder" && find include -type f | LC_ALL=C sort) >have
sed -n '/^set(sheaf_headers$/,/^)$/s/^ *\(include.*\)/\1/p' "$root/cmake/headers.cmake" | LC_ALL=C sort >want
diff want have || fail "the package's headers are not those of cmake/headers.cmake"
[ -s "$folder/licenses/LICENSE" ] || fail "the package has no license"

# The rule of versions is that of the other packages.
cat >version.cmake <<'TEXT'
set(PACKAGE_FIND_VERSION 0.0)
set(PACKAGE_FIND_VERSION_MAJOR 0)
set(PACKAGE_FIND_VERSION_MINOR 0)
set(PACKAGE_FIND_VERSION_COUNT 2)
include(${FILE})
if(PACKAGE_VERSION_COMPATIBLE)
    message(FATAL_ERROR "version ${PACKAGE_VERSION} passes for 0.0")
endif()
TEXT
cmake -D FILE="$(find "$scratch/test" -name 'sheaf*ersion.cmake' | head -n 1)" -P version.cmake ||
    fail "the package of another minor version is accepted"

if create -s compiler.cppstd=17 >refusal 2>&1; then fail "C++17 was not refused"; fi
grep 'cppstd (17) is lower than the required C++ standard (20)' refusal || {
    cat refusal
    fail "C++17 was refused with another text"
}
