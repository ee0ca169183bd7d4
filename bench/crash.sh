#!/bin/sh
# Kills the broker under load and checks that nothing acknowledged is lost; `bench/crash.sh --help` lists the options.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
for project in src/Godwit.Server/Godwit.Server.csproj bench/Crash/Godwit.Crash.csproj; do
    dotnet build "$root/$project" -c Release --nologo -v quiet -clp:NoSummary >&2
done
exec "$root/bench/Crash/bin/Release/net10.0/Godwit.Crash" "$@"
