#!/bin/sh
# bench.sh BUILD -- measures, beside the peers, and prints one table; also build/bench.json.
#
#   ROUNDS=3   everything runs this often, in turn; the medians are shown
#   PEERS=...  which peers (default: all; empty for none)
#
# A peer takes part only after its verdicts on the trace were shown equal to ours, which were shown
# equal to what must come out. What a peer cannot express is written "-" by it, not measured, and
# counted here. A peer that cannot be built or run is left out, and that is said.
set -eu
build=$1
rounds=${ROUNDS:-3}
peers=${PEERS-cedar minio cedar-wasm iam-simulate}
out=build/bench
results=$out/results
notes=$out/notes
trace=$out/trace.jsonl
mkdir -p "$out"
: >"$results"
: >"$notes"

note() { echo "$*" >>"$notes"; echo "bench: $*" >&2; }
step() { echo "bench: $*" >&2; }

run_peer() {
	verdicts=$out/$1.verdicts
	case $1 in
	cedar) $out/cedar/target/release/bench-cedar $out/policy.cedar $trace "$verdicts" ;;
	cedar-wasm) node $out/cedar-wasm/main.js $out/policy.cedar $trace "$verdicts" ;;
	minio) $out/minio/bench-minio $out/policy.json $trace "$verdicts" ;;
	iam-simulate) node $out/iam-simulate/main.js $out/policy.json $trace "$verdicts" ;;
	esac
}

# Says how many requests the peer could not express; fails where it answered differently.
same_verdicts() {
	paste -d ' ' $out/deputy.verdicts "$out/$1.verdicts" | awk -v name="$1" '
		$2 == "-" { left++; next }
		$1 != $2 { wrong++ }
		END { print "peer." name ".left_out", left + 0; exit wrong > 0 || NR == 0 }'
}

# A round of one peer, its results kept only when it answered as it must.
measure_peer() {
	if run_peer "$1" >"$out/$1.results" 2>"$out/$1.err" &&
		same_verdicts "$1" >>"$out/$1.results"; then
		cat "$out/$1.results" >>"$results"
		return 0
	fi
	note "LEFT OUT: $1 failed, or its verdicts differ (see $out/$1.err, $out/$1.verdicts)"
	return 1
}

machine() {
	echo "machine.model $(lscpu | sed -n 's/^Model name: *//p' | head -n 1)"
	echo "machine.cores $(nproc)"
	echo "machine.system $(uname -srm)"
	echo "machine.compiler $(${CC:-cc} --version | head -n 1)"
}

"$build/bench/trace" >$trace
"$build/bench/cedar" >$out/policy.cedar
sed 's/{bucketName}/acme-zilliz-byoc/' data/zilliz-byoc-cross-account.json >$out/policy.json

ready=
for peer in $peers; do
	step "building $peer"
	if bench/peers/build.sh "$peer" 2>"$out/$peer.err"; then
		ready="$ready $peer"
	else
		note "LEFT OUT: $(sed 's/^bench: //' "$out/$peer.err" | tail -n 1)"
	fi
done

machine >>"$results"
round=0
while [ $((round += 1)) -le "$rounds" ]; do
	step "round $round of $rounds: deputy$ready"
	"$build/bench/decide" $trace $out/deputy.verdicts >>"$results"
	"$build/bench/scale" $trace >>"$results"
	again=
	for peer in $ready; do
		if measure_peer "$peer"; then again="$again $peer"; fi
	done
	ready=$again
done
step "the account beside the bare HTTP library"
"$build/bench/account" >>"$results"
awk -f bench/report.awk json=build/bench.json targets=bench/targets.tsv "$notes" "$results"
