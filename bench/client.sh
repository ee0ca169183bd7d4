#!/bin/sh
# Measures Godwit.Client beside MQTTnet's client; `bench/client.sh --help` lists the options, bench/README.md explains the table.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
for project in src/Godwit.Server/Godwit.Server.csproj bench/Client/Godwit.ClientBench.csproj; do
    dotnet build "$root/$project" -c Release --nologo -v quiet -clp:NoSummary >&2
done
exec "$root/bench/Client/bin/Release/net10.0/Godwit.ClientBench" "$@"
