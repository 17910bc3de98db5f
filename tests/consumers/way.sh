#!/bin/sh
# way.sh <way> <source tree> <prefix> <scratch folder>
#
# Does in the scratch folder what README.md says of one way to add sheaf to a project, line by line, and runs the program
# that comes out. The lines are the fenced blocks below `<!-- install: <way> -->`: those of CMake become part of app/, those
# of sh are run, and one whose marker names a file becomes that file.
#
# Environment: CXX, CMAKE_GENERATOR; where the way looks for an installation, it finds the one below the prefix.
set -eu

way=$1
root=$2
prefix=$3
scratch=$4

# lines <marker> <language>: the fenced block of that language below the marker.
lines() {
    awk -v marker="<!-- install: $1 -->" -v fence="\`\`\`$2" '
        $0 == marker { is_next = 1; next }
        is_next && /^```/ { is_inside = ($0 == fence); is_next = 0; next }
        is_inside && /^```$/ { exit }
        is_inside' "$root/README.md"
}

rm -rf "$scratch"
mkdir -p "$scratch/bin" "$scratch/home" "$scratch/third_party"
cd "$scratch"

ln -s "$root" sheaf
ln -s "$root" third_party/sheaf
cp "$root"/tests/consumers/app/* .
cp main.cpp program.cpp
[ "$way" != single_header ] || sed -i 's/<sheaf\/.*>/<sheaf.hpp>/' ./*.cpp

# Who types g++ here gets the compiler of these tests, and nothing of the user's is touched.
printf '#!/bin/sh\nexec %s "$@"\n' "$(command -v "$CXX")" >bin/g++
chmod +x bin/g++
PATH=$scratch/bin:$PATH
HOME=$scratch/home
PKG_CONFIG_PATH=$prefix/share/pkgconfig
CMAKE_PREFIX_PATH=$prefix
case $way in conan | vcpkg) CMAKE_PREFIX_PATH='' ;; esac # they bring their own
export PATH HOME PKG_CONFIG_PATH CMAKE_PREFIX_PATH

case $way in
    conan) conan profile detect ;;
    vcpkg)
        if command -v vcpkg >/dev/null; then
            # What is there already would not be built again.
            vcpkg remove sheaf
            vcpkg install sheaf --overlay-ports=sheaf/cmake/packaging/vcpkg --binarysource=clear --enforce-port-checks
            vcpkg remove sheaf
        else
            VCPKG_ROOT=$scratch/vcpkg_root
            export VCPKG_ROOT
            replay=$root/tests/consumers/vcpkg_replay
            mkdir -p "$VCPKG_ROOT/scripts/buildsystems"
            cp "$replay/vcpkg" bin/
            chmod +x bin/vcpkg
            cp "$replay/install.cmake" "$VCPKG_ROOT/"
            cp "$replay/toolchain.cmake" "$VCPKG_ROOT/scripts/buildsystems/vcpkg.cmake"
        fi
        ;;
esac

lines "$way" cmake >lines.cmake
[ -s lines.cmake ] || lines find_package cmake >lines.cmake
sed -i "s#/path/to/sheaf#$root#" lines.cmake
lines "$way conanfile.txt" ini >conanfile.txt
# The program has two sources: a definition that is not inline fails to link.
lines "$way" sh | sed 's/program\.cpp/program.cpp other.cpp/' >lines.sh

if [ -s lines.sh ]; then
    sh -eux lines.sh
else
    cmake -B build
    cmake --build build
fi

if [ "$way" = prefix ]; then # the program is made with what has been installed
    CMAKE_PREFIX_PATH=$HOME/.local cmake -B build
    cmake --build build
fi
if [ -e program ]; then
    ./program
else
    build/your_program
fi
