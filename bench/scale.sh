#!/bin/sh
# Measures how Godwit's costs grow with what it has to hold; `bench/scale.sh --help` lists the parts and options.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
scale="$root/bench/Scale/bin/Release/net10.0/Godwit.ScaleBench"

# --no-build is for this script alone; everything else goes to the program as it stands.
build=yes
count=$#
while [ "$count" -gt 0 ]; do
    argument=$1
    shift
    count=$((count - 1))
    case $argument in
        --no-build) build=no ;;
        --help | -h) help=yes; set -- "$@" "$argument" ;;
        *) set -- "$@" "$argument" ;;
    esac
done

compile() {
    dotnet build "$root/$1" -c Release --nologo -v quiet -clp:NoSummary >&2 </dev/null
}

if [ "$build" = yes ]; then
    compile bench/Scale/Godwit.ScaleBench.csproj

    # As it ships; where compiling ahead of time is impossible the built one is measured.
    if [ "${help:-no}" = no ]; then
        server=src/Godwit.Server/Godwit.Server.csproj
        rm -rf "$root/artifacts/godwit-server"
        if ! dotnet publish "$root/$server" -c Release -o "$root/artifacts/godwit-server" --nologo -v quiet >&2 </dev/null; then
            rm -rf "$root/artifacts/godwit-server"
            compile "$server"
        fi
    fi
fi

exec "$scale" "$@"
