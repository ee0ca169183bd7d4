#!/usr/bin/env bash
# Coverage-guided fuzzing: builds, instruments Godwit's assemblies, runs the targets in parallel and says what came of it.
# What was found stays in artifacts/fuzz; the next run goes on from there.
set -euo pipefail
cd "$(dirname "$0")"

usage() {
    cat <<EOF
Usage: fuzz.sh [--seconds N] [--target T]... [--jobs N] [--memory MIB] [--fresh]

  --seconds N   so long for each target (default 60)
  --target T    this target only; may be repeated (default: all)
  --jobs N      so many targets at a time (default: one per processor)
  --memory MIB  limit of the managed heap of a target (default 256)
  --fresh       forget what earlier runs have found
EOF
}

seconds=60 jobs=$(nproc) memory=256 fresh=false targets=()
while [ $# -gt 0 ]; do
    case "$1" in
        --seconds | --target | --jobs | --memory) [ $# -gt 1 ] || { usage >&2; exit 2; } ;;&
        --seconds) seconds=$2; shift ;;
        --target) targets+=("$2"); shift ;;
        --jobs) jobs=$2; shift ;;
        --memory) memory=$2; shift ;;
        --fresh) fresh=true ;;
        --help | -h) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done

if ! command -v afl-fuzz > /dev/null; then
    echo "Fuzzing with coverage needs afl-fuzz. On Debian or Ubuntu: sudo apt-get install afl++" >&2
    echo "Without it: dotnet run --project tests/Fuzz -c Release -- mutate TARGET" >&2
    exit 1
fi

work=$(realpath -m ../../artifacts/fuzz)
bin=$work/bin
[ "$fresh" = false ] || rm -rf "$work/findings"
rm -rf "$bin" "$work/corpus" "$work/cpu"
mkdir -p "$work/findings" "$work/cpu" "$work/log"

dotnet tool restore > /dev/null
dotnet build Godwit.Fuzz.csproj -c Release --nologo -v quiet -clp:NoSummary -o "$bin"
[ "${#targets[@]}" -gt 0 ] || mapfile -t targets < <("$bin/godwit-fuzz" list)
for target in "${targets[@]}"; do
    "$bin/godwit-fuzz" corpus "$target" "$work/corpus/$target"
done

cp -r "$bin" "$bin.plain"
trap 'rm -rf "$bin.plain"' EXIT
for assembly in Godwit.Protocol Godwit.Engine Godwit.Client; do
    dotnet sharpfuzz "$bin/$assembly.dll"
done

# No user interface, no complaints about a machine that is not set up for fuzzing alone. The address space of .NET is far
# larger than its memory: the limit is set on its heap, and going over it is a finding.
export AFL_NO_UI=1 AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1
export AFL_AUTORESUME=1 AFL_FAST_CAL=1 DOTNET_TieredPGO=0
DOTNET_GCHeapHardLimit=$(printf '0x%x' $((memory * 1024 * 1024)))
export DOTNET_GCHeapHardLimit

# The first execution sometimes shows no coverage on a busy machine, which ends afl-fuzz before it has begun: once more.
run() {
    local TIMEFORMAT='%U %S' try
    for try in 1 2 3; do
        { time afl-fuzz -i "$work/corpus/$1" -o "$work/findings/$1" -V "$seconds" -t 2000 -m none -G 4096 \
            -- "$bin/godwit-fuzz" run "$1" > "$work/log/$1" 2>&1 || true; } 2>> "$work/cpu/$1"
        [ ! -f "$work/findings/$1/default/fuzzer_stats" ] || break
        rm -rf "$work/findings/$1"
    done
    grep -aq 'Time limit was reached' "$work/log/$1" || echo "$1: afl-fuzz ended early, see $work/log/$1" >&2
}
export work bin seconds
export -f run
echo "${#targets[@]} targets, $seconds s each, $jobs at a time"
printf '%s\n' "${targets[@]}" | xargs -P "$jobs" -I{} bash -c 'run {}'

unset DOTNET_GCHeapHardLimit
fact() { sed -n "s/^$2 *: *//p" "$work/findings/$1/default/fuzzer_stats" 2> /dev/null || true; }
status=0 executions=0 cpu=0
echo "Executions and edges of earlier runs are included where they were resumed."
printf '%-20s %13s %9s %8s %8s %8s %8s %8s\n' target executions per-s edges corpus crashes hangs cpu-s
for target in "${targets[@]}"; do
    done=$(fact "$target" execs_done)
    spent=$(awk '{ total += $1 + $2 } END { printf "%d", total }' "$work/cpu/$target")
    printf '%-20s %13s %9s %8s %8s %8s %8s %8s\n' "$target" "${done:-none}" "$(fact "$target" execs_per_sec)" "$(fact "$target" edges_found)" \
        "$(fact "$target" corpus_count)" "$(fact "$target" saved_crashes)" "$(fact "$target" saved_hangs)" "$spent"
    executions=$((executions + ${done:-0})) cpu=$((cpu + spent))
    [ -n "$done" ] || status=1
done
echo "$executions executions in all, $cpu s of processor time in this run"

for target in "${targets[@]}"; do
    while read -r input; do
        status=1
        echo
        echo "$target: $(xxd -p "$input" | tr -d '\n')"
        "$bin.plain/godwit-fuzz" replay "$target" "$input" | sed -n '2,12p'
        echo "Again: dotnet run --project tests/Fuzz -c Release -- replay $target $input"
    done < <(find "$work/findings/$target" \( -path '*/crashes/id*' -o -path '*/hangs/id*' \) -type f 2> /dev/null | sort)
done
exit "$status"
