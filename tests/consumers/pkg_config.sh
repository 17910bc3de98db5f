#!/bin/sh
# pkg_config.sh <pkg-config> <compiler> <prefix> <app>
# Compiles and runs the consumer with the flags that the installed sheaf.pc gives.
set -eu

pkg_config=$1
compiler=$2
prefix=$3
app=$4
PKG_CONFIG_PATH=$prefix/share/pkgconfig
export PKG_CONFIG_PATH

"$pkg_config" --validate sheaf
flags=$("$pkg_config" --cflags --libs sheaf)
# shellcheck disable=SC2086  # one word for each flag
"$compiler" -std=c++20 "$app/main.cpp" "$app/other.cpp" $flags -o "$prefix/../pkg_config_consumer"
"$prefix/../pkg_config_consumer"
