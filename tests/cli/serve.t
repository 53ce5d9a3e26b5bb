# serve.t -- what `account serve` takes besides a directory: TLS, an organization, keys of identity
# providers, an event log, and the operator's address. Certificates, keys and tokens are made by
# openssl, presigned requests by botocore; curl and the AWS CLI are the clients.
. "$(dirname "$0")/tap.sh"
keys=
trap 'stop; test -z "$keys" || kill "$keys" 2>/dev/null; rm -rf "$work"' EXIT
customer=111122223333 vendor=965570967084
region=us-west-2

skip() { n=$((n + 1)); echo "ok $n - $* # SKIP not installed here"; }

run() { "$DEPUTY" "$@" >"$work/out" 2>"$work/err" </dev/null; status=$?; }

says() { # says STATUS PATTERN WORDS...: the exit status, and one line of error that matches
	want=$1 pattern=$2; shift 2
	[ "$status" = "$want" ] && grep -qE -- "$pattern" "$work/err" && [ "$(wc -l <"$work/err")" = 1 ]
	ok $? "$*"
}

serve() { # serve OPTION...
	: >"$work/out"; : >"$work/err"
	case $* in *--monitor*) last_line='monitor on' ;; *) last_line= ;; esac
	start "$work/acc" --listen 127.0.0.1:0 "$@"
	monitor=$(sed -n 's/^monitor on //p' "$work/listening")
}

"$DEPUTY" account init "$work/acc" --account "$customer,$vendor" >"$work/keys" 2>"$work/err"
secrets=$(sed -n 's/.*secret access key *//p' "$work/keys")
export HOME="$work" AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_PAGER= AWS_MAX_ATTEMPTS=1
: >"$work/out"

# ---- what is refused before anything is served.

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/key.pem" \
	-out "$work/cert.pem" -days 2 -subj /CN=deputy -addext subjectAltName=IP:127.0.0.1 2>/dev/null
openssl ecparam -name prime256v1 -genkey -noout -out "$work/other.pem" 2>/dev/null
run account serve "$work/acc" --tls-cert "$work/cert.pem"
says 2 'belong together' "a certificate without its key"
run account serve "$work/acc" --tls-cert "$work/key.pem" --tls-key "$work/key.pem"
says 4 'no certificate in PEM' "a key in the place of a certificate"
run account serve "$work/acc" --tls-cert "$work/cert.pem" --tls-key "$work/other.pem"
says 4 'must be a pair' "a certificate with another's key"
printf -- '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' >"$work/bad.pem"
run account serve "$work/acc" --tls-cert "$work/bad.pem" --tls-key "$work/key.pem"
says 4 'bad.pem holds no certificate in PEM' "a certificate that is damaged"
printf -- '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n' >"$work/bad.pem"
run account serve "$work/acc" --tls-cert "$work/cert.pem" --tls-key "$work/bad.pem"
says 4 'bad.pem holds no private key in PEM' "a key that is damaged"
openssl ec -in "$work/key.pem" -aes128 -passout pass:secret -out "$work/bad.pem" 2>/dev/null
run account serve "$work/acc" --tls-cert "$work/cert.pem" --tls-key "$work/bad.pem"
says 4 'bad.pem has a passphrase' "a key that nobody can open"
run account serve "$work/acc" --tls-cert "$work/none" --tls-key "$work/key.pem"
says 4 'none' "a certificate that is not there"
run account serve "$work/acc" --monitor nowhere
says 2 'is not an address' "a monitor's address that is none"
run account serve "$work/acc" --events "$work/none/events"
says 4 'none/events' "an event log that cannot be made"
run account serve "$work/acc" --events "$work/events" --events-size many
says 2 'number of bytes' "a size that is no number"
run account serve "$work/acc" --oidc-keys https://a.example
says 2 'ISSUER=FILE' "keys without a file"
echo '{"keys": [' >"$work/jwks"
run account serve "$work/acc" --oidc-keys "https://a.example=$work/jwks"
says 2 'jwks:[0-9]+:[0-9]+: ' "a key set that is not JSON, with its line and column"
run account serve "$work/acc" --oidc-keys "http://a.example=$work/jwks"
says 2 'is not an issuer' "an issuer without TLS"
run account serve "$work/acc" --oidc-keys "https://a.example=http://keys.example/jwks"
says 2 'keys come by https' "keys that anybody on the way could change"
cat >"$work/org.json" <<-END
	{
	  "id": "o-example123",
	  "managementAccount": "999988887777",
	  "root": {"id": "r-ab12", "scps": ["no-such-policy"],
	    "accounts": [{"id": "999988887777"}]}
	}
END
run account serve "$work/acc" --organization "$work/org.json"
says 2 'org.json:4:37: there is no policy "no-such-policy"' "an organization's mistake, with its line and column"
cp "$work/org.json" "$work/acc/organization.json"
run account serve "$work/acc"
says 2 'organization.json:4:37: ' "also that of the file that is always read"
rm "$work/acc/organization.json"

# ---- TLS.

mkdir "$work/it's"
cp "$work/cert.pem" "$work/it's/cert.pem"
back=$PWD; cd "$work/it's" || exit 1
serve --tls-cert cert.pem --tls-key "$work/key.pem" --monitor 127.0.0.1:0
cd "$back" || exit 1
case $endpoint in https://127.0.0.1:*) true ;; *) false ;; esac; ok $? "HTTPS is served"
[ "$(head -n 1 "$work/acc/endpoint")" = "$endpoint" ]; ok $? "and account env knows"
curl -s --cacert "$work/cert.pem" "$endpoint/" >"$work/out" 2>"$work/err"
grep -q '<Code>AccessDenied</Code>' "$work/out"; ok $? "curl believes the certificate"
openssl req -x509 -key "$work/other.pem" -out "$work/stranger.pem" -days 2 -subj /CN=stranger 2>/dev/null
curl -s --cacert "$work/stranger.pem" "$endpoint/" >"$work/out" 2>"$work/err"
[ $? = 60 ]; ok $? "but not on a stranger's word"
curl -s --tls-max 1.1 --tlsv1.0 --cacert "$work/cert.pem" --ciphers 'DEFAULT:@SECLEVEL=0' "$endpoint/" >"$work/out" 2>"$work/err"
[ $? != 0 ]; ok $? "TLS 1.1 is refused"
curl -s "http://${endpoint#https://}/" >"$work/out" 2>"$work/err"
[ $? != 0 ]; ok $? "so is HTTP without TLS"
curl -s "$monitor/health" >"$work/out"; grep -q '"status":"ok"' "$work/out"; ok $? "GET /health on its own address"
curl -s -o "$work/out" -w '%{content_type}' "$monitor/metrics" >"$work/err"
grep -q '^text/plain; version=0.0.4' "$work/err" && grep -q '^deputy_calls_total{service="s3",decision="deny"} ' "$work/out"
ok $? "GET /metrics there"
# Prometheus's "Exposition formats": a TYPE in front of each family's samples, counters end in _total,
# buckets of a histogram never fall and the last, +Inf, is the count.
awk '
	/^# HELP [a-z_]+ ./ { help[$3] = 1; next }
	/^# TYPE [a-z_]+ (counter|gauge|histogram)$/ { type[$3] = $4; if ($4 == "counter" && $3 !~ /_total$/) bad = 1; next }
	!/^[a-z_]+([{][a-z]+="[^"]*"(,[a-z]+="[^"]*")*[}])? [0-9.]+$/ { bad = 1 }
	{
		family = $1; sub(/[{].*/, "", family)
		if (!(family in type)) sub(/_(bucket|sum|count)$/, "", family)
		if (!(family in type) || !(family in help) || seen[$1]++) bad = 1
	}
	/_bucket/ { if ($2 < last) bad = 1; last = $2 }
	/le="[+]Inf"/ { whole = $2 }
	/^deputy_call_seconds_count/ { if ($2 != whole) bad = 1; counted = 1 }
	END { exit bad || !counted }
' "$work/out"; ok $? "in Prometheus's format"
curl -s --cacert "$work/cert.pem" "$endpoint/metrics" >"$work/out"
! grep -q deputy_calls "$work/out"; ok $? "and not where the services are"

if [ -x /usr/bin/aws ]; then
	eval "$("$DEPUTY" account env "$work/acc" --account $customer)"
	aws_() { /usr/bin/aws --endpoint-url "$endpoint" --region $region --output text "$@" >"$work/out" 2>"$work/err"; }
	aws_ sts get-caller-identity --query Arn
	grep -q "^arn:aws:iam::$customer:user/admin$" "$work/out"; ok $? "the AWS CLI over TLS, as account env says"
	cat >"$work/trust" <<-END
		{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "$customer"},
		  "Action": "sts:AssumeRole", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]}
	END
	aws_ iam create-role --role-name secure --assume-role-policy-document "file://$work/trust"
	aws_ sts assume-role --role-arn "arn:aws:iam::$customer:role/secure" --role-session-name tls --query AssumedRoleUser.Arn
	grep -q 'assumed-role/secure/tls$' "$work/out"; ok $? "aws:SecureTransport is true"
	# S3 User Guide, "Bucket policy examples using condition keys": s3:TlsVersion is compared as a number.
	aws_ iam put-user-policy --user-name admin --policy-name tls --policy-document '{"Version": "2012-10-17",
	  "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}}]}'
	aws_ s3api list-buckets; ok $? "TLS is new enough for S3"
	aws_ iam put-user-policy --user-name admin --policy-name tls --policy-document '{"Version": "2012-10-17",
	  "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"NumericGreaterThan": {"s3:TlsVersion": "1.1"}}}]}'
	aws_ s3api list-buckets; grep -q AccessDenied "$work/err"; ok $? "its version is known to a condition"
	aws_ iam delete-user-policy --user-name admin --policy-name tls
else
	skip "the AWS CLI over TLS, as account env says"; skip "aws:SecureTransport is true"
	skip "TLS is new enough for S3"; skip "its version is known to a condition"
fi
(
	unset AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
	eval "$("$DEPUTY" account env "$work/acc" --account $customer)"
	[ "$AWS_CA_BUNDLE" = "$work/it's/cert.pem" ] && [ "$NODE_EXTRA_CA_CERTS" = "$AWS_CA_BUNDLE" ]
)
ok $? "account env has the certificate's file, wherever it is asked"
unset AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS
stop; status=$?
[ "$status" = 0 ] && [ ! -s "$work/acc/endpoint" ]; ok $? "SIGTERM stops both, with exit status 0"

openssl req -new -key "$work/key.pem" -subj /CN=deputy -out "$work/request.pem" 2>/dev/null
openssl x509 -req -in "$work/request.pem" -CA "$work/stranger.pem" -CAkey "$work/other.pem" -CAcreateserial \
	-days 2 -out "$work/issued.pem" 2>/dev/null
serve --tls-cert "$work/issued.pem" --tls-key "$work/key.pem"
run account env "$work/acc" --account $customer
[ "$status" = 0 ] && grep -q "AWS_ENDPOINT_URL='https:" "$work/out" && ! grep -q CA_ "$work/out"
ok $? "a certificate that another has issued is no authority"
stop; status=$?

# ---- the manual's organization.

sed -n '/^{"id": "o/,/^\.RE/p' docs/deputy.5 | sed '/^\.RE/d; s/\\-/-/g' >"$work/org.json"
serve --organization "$work/org.json"
[ -n "$endpoint" ]; ok $? "deputy.5's example is an organization"
stop

# ---- a web identity, an organization and an event log, without TLS.

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
openssl genrsa -out "$work/idp.pem" 2048 2>/dev/null
modulus=$(openssl rsa -in "$work/idp.pem" -noout -modulus | sed 's/Modulus=//')
modulus=$(perl -e 'print pack("H*", shift)' "$modulus" | base64url)
echo "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"1\",\"alg\":\"RS256\",\"use\":\"sig\",\"n\":\"$modulus\",\"e\":\"AQAB\"}]}" >"$work/jwks"
now=$(date +%s)
head_=$(printf '{"alg":"RS256","kid":"1"}' | base64url)
body=$(printf '{"iss":"https://idp.example/x","aud":"sts.amazonaws.com","sub":"loader","iat":%s,"exp":%s}' "$now" $((now + 600)) | base64url)
signature=$(printf '%s.%s' "$head_" "$body" | openssl dgst -sha256 -sign "$work/idp.pem" -binary | base64url)
token=$head_.$body.$signature
cat >"$work/acc/organization.json" <<-END
	{"id": "o-example123", "managementAccount": "$vendor",
	 "policies": {"no-users": {"Version": "2012-10-17", "Statement":
	   [{"Effect": "Deny", "Action": "iam:CreateUser", "Resource": "*"}]}},
	 "root": {"id": "r-ab12", "accounts": [{"id": "$vendor"},
	   {"id": "$customer", "scps": ["FullAWSAccess", "no-users"]}]}}
END
# The keys come from a web server, as a provider's do.
perl -MIO::Socket::INET -e '
	my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1", ReuseAddr => 1) or exit 1;
	open(my $f, "<", shift); my $text = <$f>; $| = 1; print $s->sockport, "\n";
	while (my $c = $s->accept) { while (<$c>) { last if /^\r?\n/ }
		print $c "HTTP/1.1 200 OK\r\nContent-Length: ", length $text, "\r\nConnection: close\r\n\r\n$text"; close $c; }
' "$work/jwks" >"$work/port" 2>/dev/null &
keys=$!
for try in 1 2 3 4 5 6 7 8 9 10; do [ -s "$work/port" ] && break; sleep 0.1; done
from=$work/jwks
[ -s "$work/port" ] && from=http://127.0.0.1:$(cat "$work/port")/keys.json
serve --oidc-keys "https://idp.example/x=$from" --events "$work/events" --events-size 100000 --monitor 127.0.0.1:0
[ -n "$endpoint" ]; ok $? "keys from ${from%%:*}, an organization of the directory's, an event log"

if [ -x /usr/bin/aws ]; then
	eval "$("$DEPUTY" account env "$work/acc" --account $customer)"
	cat >"$work/trust" <<-END
		{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
		  "Principal": {"Federated": "arn:aws:iam::$customer:oidc-provider/idp.example/x"},
		  "Action": "sts:AssumeRoleWithWebIdentity",
		  "Condition": {"StringEquals": {"idp.example/x:sub": "loader", "idp.example/x:aud": "sts.amazonaws.com"}}}]}
	END
	aws_ iam create-open-id-connect-provider --url https://idp.example/x --client-id-list sts.amazonaws.com --thumbprint-list 0123456789012345678901234567890123456789
	ok $? "a provider is registered"
	aws_ iam create-role --role-name web --assume-role-policy-document "file://$work/trust"
	ok $? "a role for it"
	(unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
		aws_ sts assume-role-with-web-identity --role-arn "arn:aws:iam::$customer:role/web" \
			--role-session-name pod --web-identity-token "$token")
	grep -q "assumed-role/web/pod" "$work/out"; ok $? "the AWS CLI becomes the role with a token and no keys"
	session=$(awk '$1 == "CREDENTIALS" { print $4, $5 }' "$work/out")
	aws_ iam create-user --user-name eve
	grep -q 'explicit deny in a service control policy' "$work/err"; ok $? "the organization's policy counts"

	# Presigned by botocore: what EKS's tokens are made of, and S3's.
	/usr/bin/python3 - "$endpoint" >"$work/urls" 2>"$work/err" <<-'END'
		import sys
		import awscli.botocore.session
		session = awscli.botocore.session.get_session()
		def client(name):
		    return session.create_client(name, region_name="us-west-2", endpoint_url=sys.argv[1])
		sts = client("sts")
		def cluster(request, **_):
		    request.headers["x-k8s-aws-id"] = "zilliz"
		print(sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET"))
		sts.meta.events.register("before-sign.sts.GetCallerIdentity", cluster)
		print(sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET"))
		print(client("iam").generate_presigned_url("list_roles", ExpiresIn=60, HttpMethod="GET"))
		print(client("ec2").generate_presigned_url("describe_vpcs", ExpiresIn=60, HttpMethod="GET"))
		print(client("eks").generate_presigned_url("list_clusters", ExpiresIn=60))
		print(client("s3").generate_presigned_url("list_buckets", ExpiresIn=60))
	END
	url() { sed -n "$1p" "$work/urls"; }
	curl -s "$(url 1)" >"$work/out"
	grep -q "arn:aws:iam::$customer:user/admin" "$work/out"; ok $? "a presigned GetCallerIdentity"
	curl -s -H 'x-k8s-aws-id: zilliz' "$(url 2)" >"$work/out"
	grep -q "arn:aws:iam::$customer:user/admin" "$work/out"; ok $? "with the cluster's name signed, as in an EKS token"
	curl -s -H 'x-k8s-aws-id: another' "$(url 2)" >"$work/out"
	grep -q 'SignatureDoesNotMatch' "$work/out"; ok $? "not for another cluster"
	i=2
	for answer in '<RoleName>web<' '<vpcId>vpc-' '"clusters":' '<ListAllMyBucketsResult'; do
		i=$((i + 1))
		curl -s "$(url $i)" >"$work/out"
		grep -qF -- "$answer" "$work/out"; ok $? "a presigned request: $answer"
	done

	[ "$(wc -l <"$work/events")" -ge 11 ] && grep -q '"eventName":"AssumeRoleWithWebIdentity"' "$work/events" &&
		grep -q '"type":"WebIdentityUser","principalId":"arn:aws:iam::111122223333:oidc-provider/idp.example/x:sts.amazonaws.com:loader"' "$work/events" &&
		grep -q '"layer":"scp","policy":"no-users","statement":0' "$work/events"
	ok $? "an event for each call, with the statement that decided"
	for secret in $secrets $session "$signature" "$(sed -n 's/.*X-Amz-Signature=\([0-9a-f]*\).*/\1/p' "$work/urls" | head -n 1)"; do
		if [ ${#secret} -lt 20 ] || grep -qF -- "$secret" "$work/events" "$work/log"; then echo "# $secret"; false; else true; fi
		ok $? "a secret that is neither in the events nor in the log"
	done
	[ "$(stat -c %a "$work/events")" = 600 ]; ok $? "only their owner may read them"
else
	skip "the AWS CLI with a web identity"
fi
curl -s "$monitor/metrics" >"$work/out"
grep -q '^deputy_start_time_seconds [1-9]' "$work/out"; ok $? "metrics, meanwhile"
stop; status=$?
[ "$status" = 0 ]; ok $? "it stops"
! grep -vE '^time=[^ ]+ level=[a-z]+ msg=' "$work/log" >"$work/out"; ok $? "the log is logfmt throughout"
echo "1..$n"
