# report.awk -- from lines `key value` of several rounds: the medians, as a table and as JSON.
# Variables: json (the file to write), targets (the file of targets). Files: notes, then results.

function keep(key, value) {
	if (!(key in count))
		keys[++nkeys] = key
	values[key, ++count[key]] = value
}

# The middle one of a key's values; texts are all the same, so the first will do.
function middle(key,    i, j, n, x, v) {
	n = count[key]
	if (!is_number(key))
		return values[key, 1]
	for (i = 1; i <= n; i++) {
		x = values[key, i] + 0
		for (j = i; j > 1 && v[j - 1] > x; j--)
			v[j] = v[j - 1]
		v[j] = x
	}
	return v[int((n + 1) / 2)]
}

function is_number(key) {
	return key !~ /(\.version|^machine\.(model|system|compiler))$/
}

# The peers walk through the trace as it lies in memory, so they are held against our cold figure.
function ratios(    i, key, fastest, own) {
	own = result["decide.cold.median_ns"]
	for (i = 1; i <= nkeys; i++) {
		key = keys[i]
		if (key !~ /^peer\..*\.median_ns$/)
			continue
		if (!fastest || result[key] < fastest)
			fastest = result[key]
		sub(/median_ns$/, "ratio", key)
		add(key, result[keys[i]] / own)
	}
	if (fastest)
		add("peers.fastest.ratio", fastest / own)
}

function add(key, value) {
	if (!(key in result))
		keys[++nkeys] = key
	result[key] = value
}

function write_json(    i, key) {
	print "{" >json
	for (i = 1; i <= nkeys; i++) {
		key = keys[i]
		printf "  \"%s\": %s%s\n", key,
			is_number(key) ? sprintf("%.6g", result[key]) : "\"" result[key] "\"",
			i < nkeys ? "," : "" >json
	}
	print "}" >json
	close(json)
}

function show_targets(    line, f, good, missed) {
	printf "\n%-58s %12s   %s\n", "", "measured", "target"
	while ((getline line < targets) > 0) {
		if (line ~ /^#/)
			continue
		split(line, f, "\t")
		if (!(f[1] in result)) {
			printf "%-58s %12s   %s %s %s\n", f[5], "not measured", f[2], f[3], f[4]
			continue
		}
		good = f[2] == "<=" ? result[f[1]] <= f[3] : result[f[1]] >= f[3]
		missed += !good
		printf "%-58s %12.4g   %s %s %-6s %s\n", f[5], result[f[1]], f[2], f[3], f[4],
			good ? "reached" : "MISSED"
	}
	return missed
}

function show_peers(    i, name) {
	printf "\n%-28s %12s %12s %10s %10s\n", "", "median ns", "p99 ns", "times", "left out"
	printf "%-28s %12.4g %12.4g\n", "deputy, as the peers (cold)",
		result["decide.cold.median_ns"], result["decide.cold.p99_ns"]
	for (i = 1; i <= nkeys; i++) {
		if (keys[i] !~ /^peer\..*\.median_ns$/)
			continue
		name = keys[i]
		gsub(/^peer\.|\.median_ns$/, "", name)
		printf "%-28s %12.4g %12.4g %10.4g %10d\n",
			name " " result["peer." name ".version"], result["peer." name ".median_ns"],
			result["peer." name ".p99_ns"], result["peer." name ".ratio"],
			result["peer." name ".left_out"]
	}
}

function show_rest(    i, key) {
	print ""
	for (i = 1; i <= nkeys; i++) {
		key = keys[i]
		if (key !~ /^(peer|machine)/)
			printf "%-34s %12.6g\n", key, result[key]
	}
}

FILENAME ~ /notes$/ { notes[++nnotes] = $0; next }
{ value = $0; sub(/^[^ ]+ /, "", value); keep($1, value) }

END {
	for (i = 1; i <= nkeys; i++)
		result[keys[i]] = middle(keys[i])
	ratios()
	write_json()
	printf "%s, %d cores, %s, %s\n", result["machine.model"], result["machine.cores"],
		result["machine.system"], result["machine.compiler"]
	show_targets()
	show_peers()
	show_rest()
	for (i = 1; i <= nnotes; i++)
		print notes[i]
}
