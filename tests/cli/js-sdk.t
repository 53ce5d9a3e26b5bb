# js-sdk.t -- the AWS SDK for JavaScript v3 walks through the document's procedure and its clean-up.
# npm installs the SDK, in the versions that tests/clients/js/package-lock.json has, into build/js:
# once for all builds. Where there is no npm, or it gets no packages, the test says so and skips.
skip() { echo "ok 1 - the AWS SDK for JavaScript against the account # SKIP $*"; echo 1..1; exit 0; }

command -v node >/dev/null && command -v npm >/dev/null || skip "node and npm are not installed"
js=build/js lock=tests/clients/js/package-lock.json
mkdir -p "$js"
if ! cmp -s "$lock" "$js/installed"; then
	rm -f "$js/installed"
	cp tests/clients/js/package.json "$lock" "$js"
	(cd "$js" && npm ci --no-audit --no-fund --ignore-scripts --fetch-retries=1 --fetch-timeout=60000) >"$js/log" 2>&1
	status=$?
	case $(sed -n 's/^npm \(ERR!\|error\) code //p' "$js/log" | head -n 1) in
	ENOTFOUND | EAI_AGAIN | ECONN* | ETIMEDOUT | ENETUNREACH | EHOSTUNREACH | ERR_SOCKET_TIMEOUT | E40[134] | E407 | E5* | ETARGET | *CERT*)
		skip "npm gets no packages: $(sed -n 's,^npm [^ ]* *,,p' "$js/log" | head -n 5 | tr '\n' ' ')" ;;
	esac
	if [ "$status" != 0 ]; then
		echo "not ok 1 - npm ci"; sed 's/^/# /' "$js/log"; echo 1..1
		exit 1
	fi
	cp "$lock" "$js/installed"
fi
cp tests/clients/js/*.mjs "$js"
. tests/clients/stage.sh
AWS_ENDPOINT_URL=$ENDPOINT node "$js/procedure.mjs" data/zilliz-byoc-cross-account.json
