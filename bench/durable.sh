#!/bin/sh
# Measures a durable broker with much to keep; `bench/durable.sh --help` lists scenarios and options.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
for project in src/Godwit.Server/Godwit.Server.csproj bench/Durable/Godwit.DurableBench.csproj; do
    dotnet build "$root/$project" -c Release --nologo -v quiet -clp:NoSummary >&2
done
exec "$root/bench/Durable/bin/Release/net10.0/Godwit.DurableBench" "$@"
