#!/bin/sh
# way.sh <way> <source tree> <prefix> <scratch folder> [<folder with what stands in for vcpkg>]
#
# Does in the scratch folder what README.md says of one way to add sheaf to a project, line by line, and runs the program
# that comes out. The lines are the fenced blocks below `<!-- install: <way> -->`: those of CMake become part of app/, those
# of sh are run, and one whose marker names a file becomes that file.
#
# Environment: CXX, CMAKE_GENERATOR; where the way looks for an installation, it finds the one below the prefix. What
# Conan and vcpkg keep for their user is not touched: each gets a place of its own in the scratch folder.
set -eu

way=$1
root=$2
prefix=$3
scratch=$4
replay=${5:-}

fail() {
    echo "way.sh: $way: $*" >&2
    exit 1
}

# lines <marker> <language>: the block of README.md.
lines() { sh "$root/cmake/checks/readme_block.sh" "$root/README.md" "install: $1" "$2"; }

# A vcpkg root with the user's tool and ports, and with nothing installed.
make_vcpkg_root() {
    users=${VCPKG_ROOT:-$(dirname "$(readlink -f "$(command -v vcpkg)")")}
    mkdir "$1"
    for item in "$users"/* "$users"/.vcpkg-root "$users"/.git; do
        case ${item##*/} in
            installed | packages | buildtrees) ;;
            vcpkg) cp "$item" "$1/" ;; # it goes by where it stands
            *) [ ! -e "$item" ] || ln -s "$item" "$1/" ;;
        esac
    done
}

make_vcpkg_replay() {
    mkdir -p "$1/scripts/buildsystems"
    cp "$replay/vcpkg" bin/
    chmod +x bin/vcpkg
    cp "$replay/install.cmake" "$1/"
    cp "$replay/toolchain.cmake" "$1/scripts/buildsystems/vcpkg.cmake"
}

rm -rf "$scratch"
mkdir -p "$scratch/bin" "$scratch/home" "$scratch/third_party"
cd "$scratch"

ln -s "$root" sheaf
ln -s "$root" third_party/sheaf
cp "$root"/tests/consumers/app/* .
case $way in
    fetch_content | prefix | conan | vcpkg | pkg_config) cp "$root/tests/consumers/light/main.cpp" . ;;
esac
cp main.cpp program.cpp
[ "$way" != single_header ] || sed -i 's/<sheaf\/.*>/<sheaf.hpp>/' ./*.cpp

# Who types g++ here gets the compiler of these tests.
# shellcheck disable=SC2086  # CXX may have arguments
set -- $CXX
compiler=$(command -v "$1")
shift
printf '#!/bin/sh\nexec %s "$@"\n' "$compiler $*" >bin/g++
chmod +x bin/g++
PATH=$scratch/bin:$PATH
HOME=$scratch/home
CONAN_HOME=$scratch/home/conan
PKG_CONFIG_PATH=$prefix/share/pkgconfig
CMAKE_PREFIX_PATH=$prefix
export PATH HOME CONAN_HOME PKG_CONFIG_PATH CMAKE_PREFIX_PATH

case $way in
    conan)
        CMAKE_PREFIX_PATH='' # it brings its own
        conan profile detect
        ;;
    vcpkg)
        CMAKE_PREFIX_PATH=''
        if [ -n "$replay" ]; then
            make_vcpkg_replay "$scratch/vcpkg_root"
            VCPKG_ROOT=$scratch/vcpkg_root
            export VCPKG_ROOT
        else
            make_vcpkg_root "$scratch/vcpkg_root"
            VCPKG_ROOT=$scratch/vcpkg_root
            export VCPKG_ROOT
            PATH=$VCPKG_ROOT:$PATH
            # As the lines of the README, but faults that vcpkg finds in the port are errors.
            vcpkg install sheaf --overlay-ports=sheaf/cmake/packaging/vcpkg --binarysource=clear --enforce-port-checks
            vcpkg remove sheaf
        fi
        ;;
esac

lines "$way" cmake | sed "s#/path/to/sheaf#$root#" >lines.cmake
lines "$way conanfile.txt" ini >conanfile.txt
# The program has two sources: a definition that is not inline fails to link.
lines "$way" sh | sed 's/program\.cpp/program.cpp other.cpp/' >lines.sh
[ -s lines.cmake ] || [ -s lines.sh ] || fail "README.md has no lines of cmake or sh for it"
case $way in
    conan | vcpkg | prefix) lines find_package cmake >lines.cmake ;; # the README says so
    component_*)
        cp "$root/tests/consumers/components/${way#component_}.cpp" component.cpp
        echo 'target_sources(your_program PRIVATE component.cpp)' >>lines.cmake
        ;;
esac

[ ! -s lines.sh ] || sh -eux lines.sh
if [ "$way" = prefix ]; then CMAKE_PREFIX_PATH=$HOME/.local; fi # the program is made with what has been installed
if [ -s lines.cmake ] && [ ! -d build/CMakeFiles ]; then
    cmake -B build
    cmake --build build
fi

if [ -s lines.cmake ]; then
    program=$(find build -name your_program -type f) # in a folder of its configuration, where there are several
else
    program=./program
fi
"$program"
