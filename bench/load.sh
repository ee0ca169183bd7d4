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
    dotnet build "$root/$1" -c Release --nologo -v quiet -clp:NoSummary >&2
}

if [ "$build" = yes ]; then
    compile bench/Load/Godwit.LoadBench.csproj
    projects=$("$load" --projects "$@")
    for project in $projects; do
        compile "$project"
    done
fi

exec "$load" "$@"
