#!/usr/bin/env bash
# Builds Godwit and runs every test. Installs what the tests need where it may; the last line counts the tests.
set -euo pipefail
cd "$(dirname "$0")"

# Foreign clients, a foreign broker and what watches ours, with the Debian packages that bring them.
declare -A needs=(
    [mosquitto_pub]=mosquitto-clients
    [mosquitto]=mosquitto
    [node]=nodejs
    [npm]=npm
    [curl]=curl
    [ip]=iproute2
    [strace]=strace
    [gcc]=gcc
)

find_program() { PATH="$PATH:/usr/sbin:/sbin" command -v "$1" > /dev/null; }

missing=()
for program in "${!needs[@]}"; do
    find_program "$program" || missing+=("${needs[$program]}")
done
/usr/bin/python3 -c 'import paho.mqtt.client' 2> /dev/null || missing+=(python3-paho-mqtt)

if [ "${#missing[@]}" -gt 0 ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
        echo "Installing ${missing[*]}"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
    else
        echo "The tests need these packages: ${missing[*]}" >&2
        echo "On Debian or Ubuntu: sudo apt-get install ${missing[*]}" >&2
        exit 1
    fi
fi

clients=tests/Godwit.Interop.Tests/Clients
(cd "$clients" && npm ci --no-audit --no-fund --silent)

strict=()
[ "${CI:-}" = true ] && strict=(-warnaserror)
dotnet build Godwit.slnx -c Release --nologo -v quiet -clp:NoSummary "${strict[@]}"

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
dotnet test --solution Godwit.slnx -c Release --no-build --no-progress --no-ansi --max-parallel-test-modules 1 2>&1 | tee "$log" || status=$?

# Each test program prints one block of counts; a crashed one counts as an error.
sum() { awk -v name="$1:" '$1 == name { total += $2 } END { print total + 0 }' "$log"; }
passed=$(sum succeeded)
failed=$(($(sum failed) + $(sum error)))
skipped=$(sum skipped)
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
    failed=1
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
