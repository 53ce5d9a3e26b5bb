#!/bin/sh
# recursion.sh BUILD FILE.c... -- names the functions of these files that can call themselves, be it
# by way of others. gcc writes who calls whom; what ends in a leaf is taken away until nothing is
# left but cycles (and what leads into one). A call through a pointer may reach every static function
# of its file that the file does not call by name: those are what tables of functions are made of.
#
# Two calls are known to end: the table of a policy's elements has one for Statement, which goes
# through the table of a statement's elements, and that has none. Two levels, whatever the text.
set -eu
build=$1; shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
i=0
for file in "$@"; do
	i=$((i + 1))
	gcc -std=c17 -D_POSIX_C_SOURCE=200809L -O0 -S -fcallgraph-info -Iinclude -Isrc -I"$build" \
		-o "$work/$i.s" "$file"
done
ends='parse.c:read_elements parse.c:read_statements;lint_form.c:form_elements lint_form.c:form_statements'
cat "$work"/*.ci | awk -F '"' -v ends="$ends" '
	BEGIN { m = split(ends, known, ";"); for (i = 1; i <= m; i++) known_end[known[i]] = 1 }
	function short(name) { sub(".*/", "", name); return name }
	/^graph/ { file = $2 }
	/^node/ && !/shape : ellipse/ { defined[$2] = file }
	/^edge/ { edges[++n] = $2 SUBSEP $4 SUBSEP file; called[$4, file] = 1 }
	END {
		for (i = 1; i <= n; i++) {
			split(edges[i], e, SUBSEP)
			if (e[2] in defined)
				calls[e[1], e[2]] = 1
			if (e[2] == "__indirect_call")
				for (f in defined)
					if (f ~ /:/ && defined[f] == e[3] && !((f, e[3]) in called) &&
					    !((short(e[1]) " " short(f)) in known_end))
						calls[e[1], f] = 1
		}
		do {
			again = 0
			split("", leads)
			for (c in calls) { split(c, e, SUBSEP); leads[e[1]] = 1 }
			for (c in calls) {
				split(c, e, SUBSEP)
				if (!(e[2] in leads)) { delete calls[c]; again = 1 }
			}
		} while (again)
		for (c in calls) { split(c, e, SUBSEP); print "recursion: " e[1] " calls " e[2] }
	}' | sort >"$work/found"
cat "$work/found"
[ ! -s "$work/found" ]
