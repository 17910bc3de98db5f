# shellcheck shell=sh
# Installing what is missing. Sourced by bootstrap.sh, which defines say, warn and die.

: "${tools:?}"

oldest_cmake=3.25 # the first with workflow presets
oldest_gcc=12

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing_packages() {
    for package in "$@"; do
        is_installed "$package" || printf ' %s' "$package"
    done
}

# How commands are run as root: directly, by sudo, or not at all.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        return 1
    fi
}

can_install() {
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" -eq 0 ] && return 0
    command -v sudo >/dev/null || return 1
    sudo -n true 2>/dev/null || [ -t 0 ]
}

lists_are_fresh=no
refresh_package_lists() {
    [ "$lists_are_fresh" = no ] || return 0
    lists_are_fresh=yes
    as_root apt-get -o DPkg::Lock::Timeout=300 update -q
}

install_packages() {
    say "installing: $*"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
        install -q -y --no-install-recommends "$@" </dev/null
}

# require_packages <package>...: installs those that are missing, or stops and names them.
require_packages() {
    command -v dpkg-query >/dev/null ||
        die "this script knows Debian and Ubuntu; elsewhere install the counterparts of: $*"
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    can_install || die "cannot install packages here (neither root nor sudo). Missing:$missing"
    refresh_package_lists || die "apt-get update failed. Missing:$missing"
    # shellcheck disable=SC2086  # a list of names
    install_packages $missing || die "apt-get install failed. Missing:$(missing_packages "$@")"
}

# offer_packages <package>...: installs those that are missing and that this distribution has.
# Whatever then stays out is named, and so is each test leg that is skipped for lack of it.
offer_packages() {
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    if can_install && refresh_package_lists; then
        for package in $missing; do
            apt-cache show "$package" >/dev/null 2>&1 || continue
            install_packages "$package" || true
        done
    fi
    missing=$(missing_packages "$@")
    [ -z "$missing" ] || warn "going on without these packages:$missing"
}

is_good_cmake_version() {
    [ -n "$1" ] && dpkg --compare-versions "$1" ge "$oldest_cmake"
}

installed_cmake_version() {
    command -v cmake >/dev/null || return 0
    cmake --version | sed -n 's/^cmake version //p'
}

packaged_cmake_version() {
    apt-cache policy cmake 2>/dev/null | sed -n 's/^ *Candidate: \([0-9.]*\).*/\1/p'
}

# What the compiler and CMake need, as package names. Where the distribution's CMake is too old, pip
# brings one.
tool_packages() {
    [ -n "${CXX:-}" ] || printf ' g++'
    is_good_cmake_version "$(installed_cmake_version)" && return 0
    packaged=$(packaged_cmake_version)
    if [ -z "$packaged" ] || is_good_cmake_version "$packaged"; then
        printf ' cmake'
    else
        printf ' python3-venv'
    fi
}

# The compiler of the GCC legs: $CXX where that is set, g++ where it is new enough, else the oldest
# good one by name.
choose_compiler() {
    [ -z "${CXX:-}" ] || return 0
    CXX=g++
    if [ "$(g++ -dumpversion | cut -d. -f1)" -lt "$oldest_gcc" ]; then
        require_packages "g++-$oldest_gcc"
        CXX=g++-$oldest_gcc
    fi
    export CXX
}

choose_cmake() {
    hash -r
    is_good_cmake_version "$(installed_cmake_version)" && return 0
    say "CMake $oldest_cmake or newer is not packaged here; installing it to build/tools"
    python3 -m venv "$tools/cmake"
    "$tools/cmake/bin/pip" install -q cmake || die "pip could not install CMake"
    hash -r
}

# Conan is not packaged: pip brings it to build/tools, where it is not there already.
offer_conan() {
    PATH=$tools/conan/bin:$PATH
    command -v conan >/dev/null && return 0
    offer_packages python3-venv
    say "installing Conan to build/tools"
    if ! { python3 -m venv "$tools/conan" && "$tools/conan/bin/pip" install -q 'conan>=2,<3'; }; then
        rm -rf "$tools/conan"
        warn "going on without Conan: pip could not install it"
    fi
    hash -r
}

# The cases of somebody else for the reader of frames, to build/tools, where the tests look for them.
offer_json_test_suite() {
    python3 tests/conformance/fetch_json_test_suite.py "$tools/json-test-suite" ||
        warn "going on without JSONTestSuite: it could not be fetched"
}

# set_up <package>...: these packages, a compiler and CMake.
set_up() {
    PATH=$tools/cmake/bin:$PATH
    export PATH
    # What a fresh machine has to offer is known only after the first update.
    if [ -z "$(packaged_cmake_version)" ] && can_install; then
        refresh_package_lists || true
    fi
    # shellcheck disable=SC2046  # a list of names
    require_packages $(tool_packages) "$@"
    choose_compiler
    choose_cmake
}
