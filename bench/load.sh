#!/bin/sh
# Measures Godwit beside other brokers; `bench/load.sh --help` lists the options, bench/README.md explains the rows.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
load="$root/bench/Load/bin/Release/net10.0/Godwit.LoadBench"

# --no-build is for this script alone; everything else goes to the load as it stands.
build=yes
count=$#
while [ "$count" -gt 0 ]; do
    argument=$1
    shift
    count=$((count - 1))
    if [ "$argument" = --no-build ]; then
        build=no
    else
        set -- "$@" "$argument"
    fi
done

compile() {
    dotnet build "$root/$1" -c Release --nologo -v quiet -clp:NoSummary >&2 </dev/null
}

# As it ships. Compiling ahead of time needs a package: where it cannot be had the built one is measured, and the load says so.
publish() {
    rm -rf "${root:?}/$2"
    if ! dotnet publish "$root/$1" -c Release -o "$root/$2" --nologo -v quiet >&2 </dev/null; then
        rm -rf "${root:?}/$2"
        compile "$1"
    fi
}

# What cannot be installed is left out by the load.
fetch() {
    if [ ! -d "$root/$1/node_modules" ] && command -v npm >/dev/null; then
        (cd "$root/$1" && npm ci --omit=dev --silent) >&2 </dev/null || rm -rf "${root:?}/$1/node_modules"
    fi
}

if [ "$build" = yes ]; then
    compile bench/Load/Godwit.LoadBench.csproj
    steps=$("$load" --preparation "$@")
    echo "$steps" | while read -r step path output; do
        case $step in
            build) compile "$path" ;;
            publish) publish "$path" "$output" ;;
            install) fetch "$path" ;;
        esac
    done
fi

exec "$load" "$@"
