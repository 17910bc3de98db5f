#!/bin/sh
# packages.sh <cpack> <build folder> <source tree> <scratch folder>
#
# What CPack makes: the .deb and the .tar.gz of the library hold the headers and the package files, those of the program
# hold it, its man page and its completion; a project finds the library in the unpacked archive.
set -eu

cpack=$1
build=$2
root=$3
scratch=$4

fail() {
    echo "packages.sh: $*" >&2
    exit 1
}

rm -rf "$scratch"
mkdir -p "$scratch"
cd "$scratch"
umask 077 # of somebody who shares nothing: others must be able to read what is installed all the same
"$cpack" --config "$build/CPackConfig.cmake" -G 'DEB;TGZ' -B "$scratch/packages"

version=$(sed -n 's/^#define SHEAF_VERSION_STRING "\(.*\)"/\1/p' "$root/include/sheaf/version.hpp")
for package in libsheaf-dev sheaf; do
    mkdir "$package"
    dpkg-deb -x packages/"$package"_"$version"_*.deb "$package"
done
tar -xzf "packages/sheaf-dev-$version.tar.gz"
mv "sheaf-$version" library
tar -xzf packages/sheaf-"$version"-*-*.tar.gz
mv "sheaf-$version" program

[ -s libsheaf-dev/usr/share/doc/libsheaf-dev/copyright ] || fail "the library's .deb lacks its licence"
rm -r libsheaf-dev/usr/share/doc # which only a .deb has
for pair in libsheaf-dev:library sheaf:program; do
    diff -r "${pair%:*}/usr" "${pair#*:}" || fail "the .deb and the .tar.gz differ"
done
(cd library && find . -type f ! -path './include/*' | LC_ALL=C sort) >have
cat >want <<TEXT
./share/cmake/sheaf/sheafConfig.cmake
./share/cmake/sheaf/sheafConfigVersion.cmake
./share/cmake/sheaf/sheafTargets.cmake
./share/cmake/sheaf/sheaf_jsonTargets.cmake
./share/licenses/sheaf/LICENSE
./share/pkgconfig/sheaf.pc
TEXT
diff want have || fail "the library's package holds something else"
diff -r "$root/include" library/include || fail "the headers differ"
(cd program && find . -type f | LC_ALL=C sort) >have
cat >want <<TEXT
./bin/sheaf
./share/bash-completion/completions/sheaf
./share/doc/sheaf/copyright
./share/man/man1/sheaf.1
TEXT
diff want have || fail "the program's package holds something else"
program/bin/sheaf --version | grep -x "sheaf $version"
dpkg-deb -f packages/sheaf_"$version"_*.deb Depends | grep libsimdjson || fail "the program's .deb does not say what it needs"

# Nothing in them knows where they were built.
if grep -rl -e "$build" -e "$root/include" library program/share; then fail "these files name the build"; fi

closed=$(dpkg-deb -c packages/libsheaf-dev_*.deb | grep -v -e '^drwxr-xr-x' -e '^-rw-r--r--') || true
[ -z "$closed" ] || fail "others cannot read: $closed"

cp "$root"/tests/consumers/app/* .
echo "find_package(sheaf ${version%.*} CONFIG REQUIRED)" >lines.cmake
echo 'target_link_libraries(your_program PRIVATE sheaf::sheaf)' >>lines.cmake
cmake -B app -D CMAKE_PREFIX_PATH="$scratch/library"
