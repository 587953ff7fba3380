# shellcheck shell=sh disable=SC2034,SC2154 # what the sourcing script sets, and uses
# Other versions of libbpf than this system's, out of Debian's archive; sourced by the scripts that
# compare with it.

# libbpf_fetch VERSION: sets libbpf_version to the newest libbpf-dev of the archive whose version
# begins so, and libbpf_root to what is in it. Wants build/debian.sh, and what that wants.
libbpf_fetch() {
    local release folder fetched
    debian_refresh
    release=$(awk -v version="1:$1" '
        $1 == "libbpf-dev" && index($2, version) == 1 { print $2 }' "$debian_index" | sort -V | tail -n 1)
    [ -n "$release" ] || fail "the archive has no libbpf-dev $1"
    folder=${XDG_CACHE_HOME:-$HOME/.cache}/purebpf/libbpf
    libbpf_version=${release#*:}
    libbpf_root=$folder/$libbpf_version
    if [ ! -d "$libbpf_root" ]; then
        [ -z "$offline" ] || fail "offline, and libbpf-dev $release was not fetched before"
        mkdir -p "$folder"
        fetched=$(mktemp -d "$folder/fetch.XXXXXX")
        debian_download libbpf-dev "$release" "$fetched" || fail "there is no libbpf to compare with"
        dpkg-deb --extract "$fetched"/*.deb "$fetched/root"
        mv "$fetched/root" "$libbpf_root"
        rm -r "$fetched"
    fi
}

# libbpf_archive ROOT OUTPUT: makes a libbpf.a for this system of the one in ROOT, or of the system's
# own when that is empty. One that was made for a newer C library works with an older one, too: only
# the names of those functions are new that read numbers.
libbpf_archive() {
    local machine library
    machine=$(cc -print-multiarch 2>/dev/null || cc -dumpmachine)
    library=$1/usr/lib/$machine/libbpf.a
    [ -e "$library" ] || library=$1/usr/lib/libbpf.a
    objcopy --redefine-sym __isoc23_fscanf=__isoc99_fscanf \
        --redefine-sym __isoc23_sscanf=__isoc99_sscanf \
        --redefine-sym __isoc23_strtoull=strtoull "$library" "$2"
}
