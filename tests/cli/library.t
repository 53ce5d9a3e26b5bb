# library.t -- the library as a user gets it: installed to a prefix, found by pkg-config, and
# compiled into the examples by C and C++ compilers; and that nothing but deputy_* can be seen.
. "$(dirname "$0")/tap.sh"
build=${DEPUTY%/deputy} build=${build#"$PWD/"}
prefix=$work/prefix lib=$work/prefix/lib
export LD_LIBRARY_PATH="$lib" PKG_CONFIG_PATH="$lib/pkgconfig"
unset MAKEFLAGS MFLAGS MAKELEVEL
# by hand, the build's folder says its MODE; `make check` does
case $build in *asan) : "${MODE:=asan}" ;; *) : "${MODE:=release}" ;; esac
export MODE

skip() { n=$((n + 1)); echo "ok $n - $1 # SKIP $2"; }

# try COMMAND...: its output is kept, its status is the answer
try() { "$@" >"$work/out" 2>"$work/err" </dev/null; }

install_to() { try make -s BUILD="$build" "$@" install; }

install_to PREFIX="$prefix"; ok $? "make install PREFIX"
for file in bin/deputy include/deputy.h lib/libdeputy.a lib/libdeputy.so lib/pkgconfig/deputy.pc \
	share/man/man1/deputy.1 share/man/man3/deputy.3; do
	[ -s "$prefix/$file" ]; ok $? "$file is installed"
done
install_to PREFIX=/usr LIBDIR=/usr/lib64 DESTDIR="$work/package"
[ -x "$work/package/usr/bin/deputy" ] && [ -s "$work/package/usr/lib64/libdeputy.a" ] &&
	[ ! -e "$work/package/usr/lib" ]
ok $? "DESTDIR is in front of every path"
! grep -r "$work" "$work/package/usr/lib64/pkgconfig" >"$work/out"; ok $? "... and in no file"
grep -qx 'libdir=/usr/lib64' "$work/package/usr/lib64/pkgconfig/deputy.pc"
ok $? "deputy.pc has the LIBDIR that was asked for"

version=$(sed -n 's/^#define DEPUTY_VERSION "\(.*\)"/\1/p' include/deputy.h)
[ "$(pkg-config --modversion deputy)" = "$version" ]; ok $? "pkg-config knows version $version"
[ "$("$DEPUTY" version)" = "deputy $version" ]; ok $? "the program has the library's version"

# ---- what can be seen

declared=$(sed -n 's/.*[ *]\(deputy_[a-z_]*\)($/\1/p; s/.*[ *]\(deputy_[a-z_]*\)([^)].*/\1/p' include/deputy.h |
	sort -u)
echo "$declared" >"$work/declared"
[ "$(grep -c . "$work/declared")" -ge 17 ]; ok $? "the header declares functions"
nm -D --defined-only "$lib/libdeputy.so" | awk '$2 == "T" { sub("@.*", "", $3); print $3 }' | sort >"$work/so"
nm -g --defined-only "$lib/libdeputy.a" | awk 'NF == 3 { print $3 }' | sort >"$work/a"
try diff "$work/declared" "$work/so"; ok $? "libdeputy.so shows what the header declares, and no more"
try diff "$work/declared" "$work/a"; ok $? "so does libdeputy.a, each once"
! nm -D --defined-only "$lib/libdeputy.so" | awk '$2 != "T" && $2 != "A"' | grep . >"$work/out"
ok $? "no data is shown"
readelf -d "$lib/libdeputy.so" >"$work/dynamic"
grep -q 'SONAME.*\[libdeputy\.so\.[0-9]*\]' "$work/dynamic"; ok $? "libdeputy.so has a soname"

if nm -D --undefined-only "$lib/libdeputy.so" | grep -q '__[atu][a-z]*san_'; then
	skip "the examples are compiled" "this build has sanitizers, which their programs lack"
	echo "1..$n"
	exit 0
fi
! objdump -t "$lib/libdeputy.a" | grep -E ' O (\.t?data|\.t?bss|\*COM\*)[[:space:]]' >"$work/out"
ok $? "there are no globals that could be written"
! grep NEEDED "$work/dynamic" | grep -vE '\[lib(crypto|c)\.so' | grep . >"$work/out"
ok $? "it needs libcrypto and the C library, and nothing else"
nm -D --undefined-only "$lib/libdeputy.so" | awk '{ sub("@.*", "", $2); print $2 }' |
	grep -vxE 'abort|calloc|free|mem(chr|cmp|cpy|set|move)|str(len|chr)|qsort|(__)?v?snprintf(_chk)?|bcmp' |
	grep -vE '^(EVP|BN|ECDSA|OSSL|i2d|SHA256|HMAC|RAND|CRYPTO|OPENSSL|PKCS8|X509|ERR)_|^(BIO_(new_mem_buf|free)|PEM_read_bio_(X509|PrivateKey))$|^__(cxa_finalize|gmon_start__|stack_chk_fail|mem[a-z]*_chk)$|^_ITM_' \
	>"$work/out"
[ ! -s "$work/out" ]; ok $? "it calls no file, clock, network or environment"

# ---- the header, alone

for compiler in 'gcc -std=c99' 'gcc -std=c17' 'clang -std=c17' 'g++ -std=c++11' 'g++ -std=c++20' \
	'clang++ -std=c++11'; do
	if ! command -v ${compiler% *} >/dev/null; then
		skip "deputy.h for $compiler" "there is no ${compiler% *}"
		continue
	fi
	case $compiler in *++*) suffix=cpp ;; *) suffix=c ;; esac
	printf '#include <deputy.h>\n#include <deputy.h>\nint main(void) { return deputy_version()[0] == 0; }\n' \
		>"$work/header.$suffix"
	try $compiler -pedantic -Wall -Wextra -Wshadow -Wconversion -Werror "$work/header.$suffix" \
		$(pkg-config --cflags --libs deputy) -o "$work/header" && try "$work/header"
	ok $? "deputy.h for $compiler"
done

# Every block of functions says the same five things.
awk '
	/^\/\*/ { text = ""; fresh = 1 }
	{ text = text $0 "\n" }
	/^DEPUTY_(API|MUST_USE) / && fresh {
		fresh = 0
		split("answer errors cost source", words, " ")
		for (i in words)
			if (text !~ "\n \\*   " words[i])
				print $0 " lacks " words[i]
	}
' include/deputy.h >"$work/out"
[ ! -s "$work/out" ]; ok $? "the header says of each function: answer, errors, cost, source"

# ---- the examples

flags() { pkg-config --cflags --libs deputy; }
compile() { # compile COMPILER SOURCE PROGRAM
	try $1 -Wall -Wextra -Werror "$2" $(flags) -o "$work/$3"
	ok $? "$1 $2 with pkg-config's flags"
}
sed 's/{bucketName}/acme-milvus/' data/zilliz-byoc-cross-account.json >"$work/policy.json"
cluster=arn:aws:eks:us-west-2:111122223333:cluster/zilliz-byoc-1

for compiler in gcc clang; do
	compile "$compiler" examples/decide.c decide
	try "$work/decide" "$work/policy.json" eks:CreateCluster "$cluster" aws:RequestTag/Vendor zilliz-byoc
	[ $? = 0 ] && head -n 1 "$work/out" | grep -qx allow; ok $? "a tagged cluster: allow"
	grep -q "EKSCreate ($work/policy.json:174:7)" "$work/out"
	ok $? "... by EKSCreate, which stands in line 174"
	try "$work/decide" "$work/policy.json" eks:CreateCluster "$cluster"
	[ $? = 1 ] && head -n 1 "$work/out" | grep -qx deny; ok $? "one without a tag: deny"
	grep -q 'aws:RequestTag/Vendor.*zilliz-byoc' "$work/out"; ok $? "... and what is missing"
done
printf '{"Statement": [\n{"Effect": "Allow" "Action": "*"}]}' >"$work/broken.json"
try "$work/decide" "$work/broken.json" eks:CreateCluster "$cluster"
[ $? = 1 ] && head -n 1 "$work/out" | grep -qx deny && grep -q "broken.json:2:20: " "$work/err"
ok $? "a policy that cannot be read: its place, and deny"

for compiler in g++ clang++; do
	if ! command -v $compiler >/dev/null; then
		skip "examples/trust.cpp" "there is no $compiler"
		continue
	fi
	compile "$compiler -std=c++11" examples/trust.cpp trust
	[ "$("$work/trust" | sed 's/:.*//' | tr '\n' ' ')" = "allow deny deny deny " ]
	ok $? "the vendor with the right External ID, and nobody else"
done

# ---- the manual

try man -l --warnings docs/deputy.3; [ ! -s "$work/err" ]; ok $? "the manual page renders without a warning"
man -l docs/deputy.3 | col -b >"$work/page"
missing=; for function in $declared; do grep -q "$function(" "$work/page" || missing="$missing $function"; done
[ -z "$missing" ]; ok $? "the manual page has every function$missing"
examples() { sed -n '/^\.EX$/,/^\.EE$/p' docs/deputy.3 | sed 's/\\(dq/"/g; s/\\e/\\/g; s/\\-/-/g'; }
examples | sed '/^\.EE$/,$d; /^\.EX$/d' >"$work/manual.c"
compile gcc "$work/manual.c" manual
"$work/manual" >"$work/out"; examples | sed '1,/^\.EE$/d; /^\.E/d' | cmp -s - "$work/out"
ok $? "its example says what the page says"

# ---- linked statically

try gcc examples/decide.c -I"$prefix/include" "$lib/libdeputy.a" -o "$work/static"
ok $? "a static program that only decides needs no libcrypto"
cat >"$work/clash.c" <<'END'
#include <deputy.h>
/* names that the library uses inside */
int json_same, json_clone, str_eq, arena_alloc, decide, explain, fail, policy_parse, sha256;
int json_same = 1;
int main(void)
{
	struct deputy_message message = { 0 };
	return json_same + json_clone + str_eq + arena_alloc + decide + explain + fail + policy_parse +
	       sha256 - 1 + (deputy_sign(&message, 0, 0) != 0) + deputy_decide(0, 0).allowed;
}
END
try gcc -Wall "$work/clash.c" $(pkg-config --cflags deputy) "$lib/libdeputy.a" \
	$(pkg-config --libs libcrypto) -o "$work/clash" && try "$work/clash"
ok $? "a program's own names do not clash with the library's"
pkg-config --static --libs deputy | grep -q -- -lcrypto; ok $? "pkg-config --static adds libcrypto"
echo "1..$n"
