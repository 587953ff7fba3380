# shellcheck shell=bash disable=SC2154 # what the sourcing script sets
# Debian's archive, read by an apt of our own; sourced by the scripts that fetch kernels and objects.
#
# Wants: fail MESSAGE… (a function that ends the script), $offline (empty or not) and
# $debian_architecture. Gives debian_refresh, debian_packages and debian_download. The mirror is the
# machine's own, taken from its apt configuration; a machine that is no Debian names one in
# PUREBPF_DEBIAN_MIRROR (and one for security updates, if it is elsewhere, in
# PUREBPF_DEBIAN_SECURITY_MIRROR). apt checks the signatures of the lists and, by them, the packages.
# Lists are kept in ~/.cache/purebpf/debian; the machine's own apt is left alone.

debian_suites='bullseye bookworm trixie trixie-backports sid'
debian_security_suites='bullseye-security bookworm-security trixie-security'
debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg
# New versions come every few days: lists younger than this many minutes are taken as they are.
debian_lists_stay=720

debian_apt=${XDG_CACHE_HOME:-$HOME/.cache}/purebpf/debian/$debian_architecture
debian_index=$debian_apt/packages
debian_options=(
    -qq
    -oDir::Etc::SourceList="$debian_apt/sources.list"
    -oDir::Etc::SourceParts=/dev/null
    -oDir::Etc::Preferences=/dev/null
    -oDir::Etc::PreferencesParts=/dev/null
    -oDir::State="$debian_apt/state"
    -oDir::State::status=/dev/null
    -oDir::Cache="$debian_apt/cache"
    -oAPT::Architecture="$debian_architecture"
    -oAPT::Architectures="$debian_architecture"
    # Our folder is of no use to apt's own user.
    -oAPT::Sandbox::User=
    -oAPT::Get::AllowUnauthenticated=false
    -oAPT::Update::Error-Mode=any
    -oAcquire::AllowInsecureRepositories=false
    -oAcquire::AllowWeakRepositories=false
    -oAcquire::Languages=none
    -oAcquire::GzipIndexes=true
    -oAcquire::Retries=3
)

# debian_mirror LABEL: the address that this machine takes the packages of LABEL from.
debian_mirror() {
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' "Label: $1" |
        sort -u | head -n 1
}

debian_write_sources() {
    local main security suite
    if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
        fail "needs apt-get and dpkg-deb, to fetch Debian's packages and check who signed them"
    fi
    [ -r "$debian_keyring" ] || fail "no $debian_keyring; install the package debian-archive-keyring"
    main=${PUREBPF_DEBIAN_MIRROR:-$(debian_mirror Debian)}
    [ -n "$main" ] || fail "this machine's apt knows no mirror of Debian (apt-get indextargets shows" \
        "what it knows; apt-get update first if nothing). Name one in PUREBPF_DEBIAN_MIRROR."
    security=${PUREBPF_DEBIAN_SECURITY_MIRROR:-$(debian_mirror Debian-Security)}
    mkdir -p "$debian_apt/state/lists/partial" "$debian_apt/cache/archives/partial"
    {
        for suite in $debian_suites; do
            echo "deb [arch=$debian_architecture signed-by=$debian_keyring] $main $suite main"
        done
        for suite in ${security:+$debian_security_suites}; do
            echo "deb [arch=$debian_architecture signed-by=$debian_keyring] $security $suite main"
        done
    } >"$debian_apt/sources.list"
}

# Lines "PACKAGE VERSION SUITE" of all that the archive has.
debian_write_index() {
    local suite file
    # shellcheck disable=SC2016 # apt's own variables
    while IFS='|' read -r suite file; do
        /usr/lib/apt/apt-helper cat-file "$file" | awk -v suite="$suite" '
            /^Package: / { name = $2 }
            /^Version: / { print name, $2, suite }'
    done < <(apt-get "${debian_options[@]}" indextargets --format '$(CODENAME)|$(FILENAME)' \
        'Created-By: Packages') >"$debian_index.new"
    [ -s "$debian_index.new" ] || fail "Debian's lists hold no packages"
    mv "$debian_index.new" "$debian_index"
}

# debian_refresh: sees to lists that are not too old.
debian_refresh() {
    mkdir -p "$debian_apt"
    {
        # Two runs at a time would download everything twice.
        flock 8
        debian_refresh_alone
    } 8>"$debian_apt/lock"
}

debian_refresh_alone() {
    if [ -n "$offline" ]; then
        [ -s "$debian_index" ] ||
            fail "offline, and no lists were fetched before; run once without --offline"
        return
    fi
    if [ -s "$debian_index" ] &&
        [ -n "$(find "$debian_index" -mmin -$debian_lists_stay -newer "${BASH_SOURCE[0]}")" ]; then
        return
    fi
    debian_write_sources
    echo "fetching Debian's lists of packages" >&2
    apt-get "${debian_options[@]}" update >&2 8>&- 9>&- ||
        fail "Debian's lists could not be fetched (above: what apt says)." \
            "With --offline, what is cached is used."
    debian_write_index
}

# debian_download PACKAGE VERSION FOLDER: leaves the package's file there, or returns 1.
debian_download() {
    echo "fetching $1 $2" >&2
    (cd "$3" && apt-get "${debian_options[@]}" download "$1=$2" >&2 9>&-) && return
    echo "could not fetch $1 $2 (above: what apt says)" >&2
    return 1
}
