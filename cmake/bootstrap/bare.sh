# shellcheck shell=sh
# `test --bare`: the set-up commands in a fresh, minimal Debian 12 root, which shows that nothing is
# needed that they do not install themselves; and the Debian packages in another one, which has never
# seen the sources. Sourced by bootstrap.sh.

: "${root:?}"
bare_release=bookworm
bare_mirror=http://deb.debian.org/debian

# Where this machine gets Debian's packages of that release from, as lines of sources.list.
host_sources() {
    # shellcheck disable=SC2016  # apt expands these
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
        'Created-By: Packages' 'Origin: Debian' 2>/dev/null |
        grep " $bare_release" | sed "s#/ $bare_release# $bare_release#" | LC_ALL=C sort -u
}

default_sources() {
    say "deb $bare_mirror $bare_release main"
    say "deb $bare_mirror $bare_release-updates main"
    say "deb ${bare_mirror}-security $bare_release-security main"
}

# The mirror of the release itself, without its updates.
main_mirror() {
    host_sources | awk -v release="$bare_release" '$3 == release && $4 == "main" { print $2; exit }'
}

# The root reaches the mirrors the way the host does: names, proxies, certificates.
copy_network_settings() {
    for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt; do
        [ -e "$file" ] || continue
        mkdir -p "$1$(dirname "$file")"
        cp -L "$file" "$1$file"
    done
    apt-config dump Acquire | grep -v '^Acquire::IndexTargets' >"$1/etc/apt/apt.conf.d/90host"
    sources=$(host_sources)
    [ -n "$sources" ] || sources=$(default_sources)
    printf '%s\n' "$sources" >"$1/etc/apt/sources.list"
}

# The last commit where this is a clone of the repository, else all files but build/.
copy_checkout() {
    mkdir -p "$1"
    if git -c safe.directory="$root" rev-parse --verify -q HEAD >/dev/null 2>&1; then
        [ -z "$(git -c safe.directory="$root" status --porcelain)" ] ||
            warn "the bare root gets the last commit, without the changes of the work tree"
        git -c safe.directory="$root" archive HEAD | tar -x -C "$1"
    else
        tar -c --exclude=./build --exclude=./.git . | tar -x -C "$1"
    fi
}

# run_in_root <root> <command>: as a shell there runs it, in /project. The mounts live in a namespace of their own and
# vanish with it, however the command ends.
run_in_root() {
    # shellcheck disable=SC2016  # expanded by the inner shell
    unshare --mount --propagation private sh -c '
        mount -t proc proc "$1/proc"
        mkdir -p "$1/dev/shm"
        mount -t tmpfs tmpfs "$1/dev/shm"
        exec chroot "$1" env -i \
            HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
            ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
            ${no_proxy:+no_proxy="$no_proxy"} \
            sh -euc "cd /project && $2"
    ' sh "$1" "$2" </dev/null
}

# make_bare_root <folder>: a fresh root there, with a folder /project.
make_bare_root() {
    mirror=$(main_mirror)
    say "making a bare $bare_release root in $1 from ${mirror:=$bare_mirror}"
    debootstrap --variant=minbase --include=ca-certificates "$bare_release" "$1" "$mirror" >"$1.log" 2>&1 ||
        die "debootstrap failed: see $1.log"
    rm -f "$1.log"
    copy_network_settings "$1"
    mkdir "$1/project"
}

remove_bare_roots() {
    [ -z "${bare:-}" ] || rm -rf --one-file-system "$bare"
}

# What README.md says of Debian packages: they are made where the sources are, and installed in a root that has never seen
# these; there the program and the library are used.
use_packages_in_bare_root() {
    lines=$(sh cmake/checks/readme_block.sh README.md 'install: deb' sh)
    make_line=$(say "$lines" | grep '^(cd sheaf')
    install_line=$(say "$lines" | grep '^apt-get')

    run_in_root "$1" 'apt-get install -q -y --no-install-recommends dpkg-dev file >/dev/null'
    run_in_root "$1" "$make_line"

    make_bare_root "$2"
    mkdir -p "$2/project/sheaf/build/package/packages"
    cp "$1"/project/sheaf/build/package/packages/*.deb "$2/project/sheaf/build/package/packages"
    cp -r examples/data tests/consumers/app/main.cpp tests/consumers/app/other.cpp "$2/project"
    say 'APT::Get::Assume-Yes "true";' >"$2/etc/apt/apt.conf.d/90yes"

    run_in_root "$2" "apt-get update -q && $install_line"
    run_in_root "$2" 'sheaf --version && sheaf collate --from data/packets.jsonl --to dir:out && ls out/*.txt >results && head -n 3 results'
    run_in_root "$2" 'apt-get install -q --no-install-recommends g++ cmake make pkg-config man-db >/dev/null'
    run_in_root "$2" 'man sheaf >page && grep -e --gap-timeout page'
    run_in_root "$2" "bash -c '. /usr/share/bash-completion/completions/sheaf && complete -p sheaf'"
    # shellcheck disable=SC2016  # expanded in the root
    run_in_root "$2" 'g++ -std=c++20 main.cpp other.cpp $(pkg-config --cflags --libs sheaf) -o program && ./program'
    {
        say 'cmake_minimum_required(VERSION 3.24)'
        say 'project(your_program LANGUAGES CXX)'
        say 'add_executable(your_program main.cpp other.cpp)'
        sh cmake/checks/readme_block.sh README.md 'install: find_package' cmake
    } >"$2/project/CMakeLists.txt"
    run_in_root "$2" 'cmake -B build && cmake --build build && build/your_program'
}

run_in_bare_root() {
    [ "$(id -u)" -eq 0 ] || die "test --bare makes a chroot: run it as root"
    require_packages debootstrap util-linux
    bare=$(mktemp -d)
    trap remove_bare_roots EXIT
    trap 'exit 1' HUP INT TERM

    make_bare_root "$bare/sources"
    copy_checkout "$bare/sources/project/sheaf"
    run_in_root "$bare/sources" 'sh sheaf/cmake/bootstrap.sh demo'
    use_packages_in_bare_root "$bare/sources" "$bare/packages"
    run_in_root "$bare/sources" 'sh sheaf/cmake/bootstrap.sh test'
}
