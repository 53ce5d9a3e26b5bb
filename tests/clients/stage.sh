# stage.sh -- sourced by the tests of the SDKs: serves a customer's and a vendor's account until the
# script ends, and writes the two administrators' profiles. Leaves $work, a directory that goes with
# them, and an environment in which an SDK finds nothing else; the address is in $ENDPOINT.
. tests/cli/tap.sh
"$DEPUTY" account init "$work/acc" --account 111122223333,965570967084 >/dev/null
start "$work/acc"
export AWS_SHARED_CREDENTIALS_FILE="$work/credentials" AWS_CONFIG_FILE="$work/config"
: >"$work/config"
for party in customer:111122223333 vendor:965570967084; do
	eval "$("$DEPUTY" account env "$work/acc" --account "${party#*:}")"
	printf '[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "${party%:*}" \
		"$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" >>"$work/credentials"
done
export ENDPOINT="$AWS_ENDPOINT_URL" HOME="$work"
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_ENDPOINT_URL AWS_REGION AWS_DEFAULT_REGION
