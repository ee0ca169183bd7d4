#!/usr/bin/env bash
# How long a start takes: the server until it says "ready", with what is resident 2 s later, and one `pub -m x` from start to exit.
# Medians of 20 runs each, or of as many as $1 says; bench/README.md tells more.
set -euo pipefail
export LC_ALL=C
runs=${1:-20}
root=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
broker=
stop() {
    if [ -n "$broker" ]; then
        kill "$broker" 2>/dev/null || true
        wait "$broker" 2>/dev/null || true
        broker=
    fi
    if [ -n "${output:-}" ]; then
        exec {output}<&-
        output=
    fi
}
finish() {
    stop
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
dotnet publish "$root/src/Godwit.Server" -c Release -o "$scratch/server" --nologo -v quiet >&2
dotnet publish "$root/src/Godwit.Server" -c Release -r "$rid" -p:PublishAot=true -o "$scratch/native-server" --nologo -v quiet >&2
dotnet build "$root/src/Godwit.Cli/Godwit.Cli.csproj" -c Release --nologo -v quiet -clp:NoSummary >&2
dotnet build "$root/src/Godwit.Server/Godwit.Server.csproj" -c Release --nologo -v quiet -clp:NoSummary >&2

# Of the numbers on standard input, one a line, divided by $1.
median() {
    sort -n | awk -v by="$1" '{ one[NR] = $1 } END { printf "%.1f", (one[int((NR + 1) / 2)] + one[int(NR / 2) + 1]) / 2 / by }'
}

# Starts the rest of the arguments as the broker and returns when it is ready. $1: how it tells, "prints" or "accepts" (on $port).
start() {
    local tells=$1 line
    shift
    if [ "$tells" = prints ]; then
        exec {output}< <(exec "$@" 2>/dev/null)
        broker=$!
        while read -r line <&"$output" && [ "$line" != ready ]; do
            case $line in
                'listening on mqtt://127.0.0.1:'*) port=${line##*:} ;;
            esac
        done
    else
        "$@" >/dev/null 2>&1 &
        broker=$!
        until (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
            kill -0 "$broker"
            sleep 0.002
        done
    fi
}

# Two runs before warm the page cache.
measure_server() {
    local name=$1 run before
    shift
    : >"$scratch/times"
    : >"$scratch/resident"
    for ((run = -1; run <= runs; run++)); do
        before=${EPOCHREALTIME/./}
        start "$@"
        if ((run > 0)); then
            echo $((${EPOCHREALTIME/./} - before)) >>"$scratch/times"
            if [ -r "/proc/$broker/status" ]; then
                sleep 2
                sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$broker/status" >>"$scratch/resident"
            fi
        fi
        stop
    done
    printf '%-40s %7s ms' "$name" "$(median 1000 <"$scratch/times")"
    # From KiB.
    if [ -s "$scratch/resident" ]; then
        printf ' %7s MB' "$(median 976.5625 <"$scratch/resident")"
    fi
    echo
}

# In microseconds; two runs before warm the page cache and the broker.
measure_pub() {
    local name=$1 run before after
    shift
    for ((run = -1; run <= runs; run++)); do
        before=${EPOCHREALTIME/./}
        "$@" -h 127.0.0.1 -p "$port" -t start -m x
        after=${EPOCHREALTIME/./}
        if ((run > 0)); then
            echo $((after - before))
        fi
    done >"$scratch/times"
    printf '%-40s %7s ms\n' "$name" "$(median 1000 <"$scratch/times")"
}

settings=(--listen mqtt://127.0.0.1:0 --memory --admin off)
measure_server 'server, published, to ready' prints "$scratch/server/godwit-server" "${settings[@]}"
measure_server 'server, native AOT, to ready' prints "$scratch/native-server/godwit-server" "${settings[@]}"
measure_server 'server, built (JIT), to ready' prints "$root/src/Godwit.Server/bin/Release/net10.0/godwit-server" "${settings[@]}"
mosquitto=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v mosquitto || true)
if [ -n "$mosquitto" ]; then
    measure_server 'mosquitto, to its port accepting' accepts "$mosquitto" -p "$port"
else
    echo 'mosquitto is not installed'
fi

start prints "$scratch/server/godwit-server" "${settings[@]}"
measure_pub 'godwit pub, built (JIT)' "$root/src/Godwit.Cli/bin/Release/net10.0/godwit" pub
measure_pub 'godwit pub, published (native AOT)' "$scratch/native/godwit" pub
if command -v mosquitto_pub >/dev/null; then
    measure_pub mosquitto_pub mosquitto_pub
else
    echo 'mosquitto_pub is not installed'
fi
