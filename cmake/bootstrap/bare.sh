# shellcheck shell=sh
# `test --bare`: the set-up commands in a fresh, minimal Debian 12 root, which shows that nothing is
# needed that they do not install themselves. Sourced by bootstrap.sh.

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

# The mounts live in a namespace of their own and vanish with it, however the command ends.
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
            sh -c "cd /sheaf && sh cmake/bootstrap.sh $2"
    ' sh "$1" "$2" </dev/null
}

remove_bare_root() {
    [ -z "${bare:-}" ] || rm -rf --one-file-system "$bare"
}

run_in_bare_root() {
    [ "$(id -u)" -eq 0 ] || die "test --bare makes a chroot: run it as root"
    require_packages debootstrap util-linux
    bare=$(mktemp -d)
    trap remove_bare_root EXIT
    trap 'exit 1' HUP INT TERM

    mirror=$(main_mirror)
    say "making a bare $bare_release root in $bare from ${mirror:=$bare_mirror}"
    debootstrap --variant=minbase --include=ca-certificates "$bare_release" "$bare" "$mirror" >"$bare.log" 2>&1 ||
        die "debootstrap failed: see $bare.log"
    rm -f "$bare.log"
    copy_network_settings "$bare"
    copy_checkout "$bare/sheaf"

    run_in_root "$bare" demo
    run_in_root "$bare" test
}
