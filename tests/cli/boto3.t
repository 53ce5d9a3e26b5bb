# boto3.t -- Debian's boto3 walks through the document's procedure and its clean-up: an account is
# served here, and tests/clients/procedure.py does the rest.
if ! /usr/bin/python3 -c 'import boto3' 2>/dev/null; then
	echo "ok 1 - boto3 against the account # SKIP Debian's python3-boto3 is not installed"
	echo "1..1"
	exit 0
fi
. tests/clients/stage.sh
/usr/bin/python3 -B tests/clients/procedure.py data/zilliz-byoc-cross-account.json
