# recursion.t -- nothing recurses in the code that reads policies and decides with them, so that no
# input can use the stack up; and the script that says so can tell.
. "$(dirname "$0")/tap.sh"
build=${DEPUTY%/deputy}

if ! echo 'int main(void) { return 0; }' | gcc -S -fcallgraph-info -o "$work/x.s" -x c - 2>/dev/null; then
	skip_all "nothing recurses" "there is no gcc that tells who calls whom"
fi

tools/recursion.sh "$build" src/base/*.c src/policy/*.c src/engine/*.c src/api/*.c \
	src/wire/sigv4.c src/wire/claim.c src/wire/uri.c src/wire/http.c >"$work/out" 2>"$work/err"
ok $? "nothing in base, policy, engine and api recurses"

finds() { # finds FUNCTION WORDS...: in the C of standard input
	function=$1; shift
	cat >"$work/case.c"
	! tools/recursion.sh "$build" "$work/case.c" >"$work/out" 2>"$work/err" &&
		grep -q "^recursion: .*$function" "$work/out"
	ok $? "$@"
}
finds down 'a function that calls itself is found' <<-'END'
	int down(int n);
	int down(int n) { return n ? down(n - 1) : 0; }
END
finds odd 'and two that call each other' <<-'END'
	int even(int n);
	int odd(int n);
	int even(int n) { return n ? odd(n - 1) : 1; }
	int odd(int n) { return n ? even(n - 1) : 0; }
END
finds value 'and one that comes back through a table' <<-'END'
	int read_any(int n);
	static int value(int n) { return n ? read_any(n - 1) : 0; }
	static int (*const table[])(int) = { value };
	int read_any(int n) { return table[n & 0](n); }
END
printf 'static int leaf(int n) { return n; }\nint root(int n);\nint root(int n) { return leaf(n); }\n' >"$work/case.c"
tools/recursion.sh "$build" "$work/case.c" >"$work/out" 2>"$work/err"; ok $? "one that calls another is none"
echo "1..$n"
