# shellcheck shell=sh disable=SC2034 # for those who source it
# Finds a JDK 25 or newer; sourced by the scripts. Starts no process where a JDK has a release
# file, as every build of OpenJDK has: the purebpf command pays for this at each start.

# java_version HOME: sets feature to the JDK's major version, or to 0 when there is none, and
# build to its full version.
java_version() {
    feature=0
    build=
    [ -x "$1/bin/java" ] || return 0
    if [ -r "$1/release" ]; then
        while IFS= read -r line; do
            case $line in
                JAVA_VERSION=*)
                    feature=${line#JAVA_VERSION=}
                    feature=${feature#\"}
                    ;;
                JAVA_RUNTIME_VERSION=*)
                    build=${line#JAVA_RUNTIME_VERSION=\"}
                    build=${build%\"}
                    ;;
            esac
        done <"$1/release"
    else
        feature=$("$1/bin/java" -version 2>&1) || feature=0
        feature=${feature#*\"}
        build=${feature%%\"*}
    fi
    feature=${feature%%[!0-9]*}
    [ -n "$feature" ] || feature=0
}

# find_jdk: sets jdk to the home of the first JDK >= 25 of JAVA_HOME, /usr/lib/jvm/* and PATH (with
# feature and build as above), and seen to what else was found. Returns 1 when there is none.
find_jdk() {
    seen=
    for jdk in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
        [ -n "$jdk" ] || continue
        java_version "$jdk"
        [ "$feature" -lt 25 ] || return 0
        [ "$feature" -eq 0 ] || seen="$seen
  Java $feature in $jdk"
    done
    if jdk=$(command -v java) && jdk=$(readlink -f "$jdk"); then
        jdk=${jdk%/bin/java}
        java_version "$jdk"
        [ "$feature" -lt 25 ] || return 0
    fi
    jdk=
    return 1
}

# explain_missing_jdk: one paragraph on standard error.
explain_missing_jdk() {
    cat >&2 <<TEXT
purebpf: needs Java 25 or newer and found none. It looks at JAVA_HOME, then at every folder in
/usr/lib/jvm, then at the java of PATH. Install a JDK 25 (on Debian 13 and newer: apt-get install
openjdk-25-jdk-headless; or unpack any other build of it) and, when it is not in /usr/lib/jvm,
set JAVA_HOME to its folder.${seen:+ These are too old:$seen}
TEXT
}
