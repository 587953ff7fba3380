# shellcheck shell=sh disable=SC2034,SC3013 # for those who source it; every sh here knows -nt
# What ./purebpf, build-command and make-aot-cache must agree about; sourced by them.

# Small and quick to start: no parallel collector, only the fast compiler, a bounded heap.
java_flags="-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xms8m -Xmx48m -Xss512k -XX:-UsePerfData"

# newer_source HOME JAR: prints a source that is newer than JAR, if any. Folders count too, so a
# deleted file does.
newer_source() {
    find "$1/pom.xml" "$1/bpf/compile" "$1/bpf/pom.xml" "$1/btf/pom.xml" "$1/relocator/pom.xml" \
        "$1/loader/pom.xml" "$1/probes/pom.xml" "$1/cli/pom.xml" \
        "$1/bpf/src/main" "$1/btf/src/main" "$1/relocator/src/main" \
        "$1/loader/src/main" "$1/probes/src/main" "$1/cli/src/main" "$1/cli/src/launcher" \
        -newer "$2" -print -quit
}

# joined PATH: sets name to PATH with hyphens for slashes, without starting a process.
joined() {
    set -f
    IFS=/
    # shellcheck disable=SC2086 # splitting the path is the purpose
    set -- $1
    IFS=-
    name=$*
    unset IFS
    set +f
}

# find_caches: sets caches to our folder for caches, as the XDG base directory specification has it:
# relative names do not count, and what is missing below is made. It is empty, and then there is no
# cache, when HOME does not exist, or when this or HOME belongs to somebody else, as root may have
# been given it by sudo.
find_caches() {
    caches=''
    case ${XDG_CACHE_HOME-} in
        /*) caches=$XDG_CACHE_HOME ;;
        *)
            case ${HOME-} in
                /*) ! { [ -d "$HOME" ] && [ -O "$HOME" ]; } || caches=$HOME/.cache ;;
            esac
            ;;
    esac
    if [ -n "$caches" ] && [ -e "$caches" ] && ! [ -O "$caches" ]; then
        caches=''
    fi
    caches=${caches:+$caches/purebpf}
}

# name_cache CACHES JAR JDK BUILD: sets digest_file, the note of the digest of JAR as it was last
# seen, and cache, the AOT cache for that digest and JDK; cache is empty when JAR changed since.
name_cache() {
    cache='' digest=''
    joined "$2"
    digest_file=$1/jar$name.digest
    if [ "$digest_file" -nt "$2" ] && read -r digest <"$digest_file"; then
        joined "$3"
        cache=$1/$digest$name-$4.aot
    fi
}
