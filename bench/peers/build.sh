#!/bin/sh
# build.sh NAME -- builds one peer under build/bench/NAME. Fails, and says why, where its tools or
# its packages are not to be had. Run from the top folder.
#
# Exact versions are pinned with their checksums: package-lock.json, go.sum, and for Cargo the file
# Cargo.pins, which is a Cargo.lock without the lines that name the registry. Those are put back
# from a lock file that Cargo makes for itself.
set -eu
name=$1
here=bench/peers/$name
there=build/bench/$name
say() { echo "bench: $name left out: $*" >&2; exit 1; }
need() { command -v "$1" >/dev/null || say "no $1 here"; }
quiet() { "$@" >"$there/log" 2>&1 || { tail -n 5 "$there/log" >&2; say "$1 failed, see $there/log"; }; }

mkdir -p "$there"
cp "$here"/* "$there"/
case $name in
cedar-wasm | iam-simulate)
	need node
	need npm
	cp bench/peers/trace.js build/bench/trace.js
	[ "$there/node_modules" -nt "$here/package-lock.json" ] ||
		(cd "$there" && there=. && quiet npm ci --no-audit --no-fund && touch node_modules)
	;;
minio)
	need go
	(cd "$there" && there=. && quiet go build -o bench-minio .)
	;;
cedar)
	need cargo
	cd "$there"
	there=.
	rm -f Cargo.lock
	quiet cargo generate-lockfile
	awk 'NR == FNR { if (/^source = /) source = $0; next }
		/^checksum = / { print source }
		{ print }' Cargo.lock Cargo.pins >Cargo.lock.new
	mv Cargo.lock.new Cargo.lock
	quiet cargo build --release --locked
	;;
*) say "no such peer" ;;
esac
