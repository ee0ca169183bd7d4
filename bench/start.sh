#!/usr/bin/env bash
# Start-to-exit time of one `pub -m x` at QoS 0 against a Godwit broker on 127.0.0.1: medians of 20 runs each (or of as many as $1 says) of
# the built godwit, of the native one that `dotnet publish -r RID` makes, and of mosquitto_pub where there is one.
set -euo pipefail
export LC_ALL=C
runs=${1:-20}
root=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
broker=
finish() {
    if [ -n "$broker" ]; then
        kill "$broker" 2>/dev/null || true
        wait "$broker" 2>/dev/null || true
    fi
    rm -rf "$scratch"
}
trap finish EXIT

case $(uname -sm) in
    'Linux x86_64') rid=linux-x64 ;;
    'Linux aarch64') rid=linux-arm64 ;;
    'Darwin arm64') rid=osx-arm64 ;;
    *) rid=osx-x64 ;;
esac
dotnet publish "$root/src/Godwit.Cli" -r "$rid" -o "$scratch/native" --nologo -v quiet >&2
dotnet build "$root/src/Godwit.Cli/Godwit.Cli.csproj" -c Release --nologo -v quiet -clp:NoSummary >&2
dotnet build "$root/src/Godwit.Server/Godwit.Server.csproj" -c Release --nologo -v quiet -clp:NoSummary >&2

"$root/src/Godwit.Server/bin/Release/net10.0/godwit-server" --listen mqtt://127.0.0.1:0 --memory --log-level error >"$scratch/broker" &
broker=$!
until grep -q '^ready' "$scratch/broker"; do
    kill -0 "$broker"
    sleep 0.1
done
port=$(sed -n 's|.*mqtt://127\.0\.0\.1:\([0-9]*\).*|\1|p' "$scratch/broker" | head -n 1)

# In microseconds; two runs before warm the page cache and the broker.
measure() {
    local name=$1 run before after
    shift
    for ((run = -1; run <= runs; run++)); do
        before=${EPOCHREALTIME/./}
        "$@" -h 127.0.0.1 -p "$port" -t start -m x
        after=${EPOCHREALTIME/./}
        if ((run > 0)); then
            echo $((after - before))
        fi
    done | sort -n | awk -v name="$name" '{ time[NR] = $1 } END { printf "%-40s %7.1f ms\n", name, (time[int((NR + 1) / 2)] + time[int(NR / 2) + 1]) / 2000 }'
}

measure 'godwit pub, built (JIT)' "$root/src/Godwit.Cli/bin/Release/net10.0/godwit" pub
measure 'godwit pub, published (native AOT)' "$scratch/native/godwit" pub
if command -v mosquitto_pub >/dev/null; then
    measure mosquitto_pub mosquitto_pub
else
    echo 'mosquitto_pub is not installed'
fi
