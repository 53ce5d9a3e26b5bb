# sign.t -- `deputy sign`, on AWS's published example (IAM User Guide, "Create a signed AWS API
# request") and on what goes wrong.
. "$(dirname "$0")/tap.sh"
unset AWS_SESSION_TOKEN AWS_REGION
export AWS_ACCESS_KEY_ID=AKIDEXAMPLE
export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY
signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7
type='Content-Type:application/x-www-form-urlencoded; charset=utf-8'
url='https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08'

run() { "$DEPUTY" sign "$@" >"$work/out" 2>"$work/err" </dev/null; status=$?; }
says() { # says STATUS PATTERN WORDS...
	want=$1 pattern=$2; shift 2
	[ "$status" = "$want" ] && grep -qE -- "$pattern" "$work/err" && [ "$(wc -l <"$work/err")" = 1 ]
	ok $? "$*"
}
has() { # has LINE WORDS...: the last run ended well and printed this line
	line=$1; shift
	[ "$status" = 0 ] && grep -qxF -- "$line" "$work/out"; ok $? "$*"
}

run --time 20150830T123600Z --header "$type" "$url"
has "$signature" "the signature of AWS's example"
has f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59 "the hash of its canonical request"
has 20150830/us-east-1/iam/aws4_request "service and region are the host's"
has "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=$signature" "the header to send"
! grep -qF "$AWS_SECRET_ACCESS_KEY" "$work/out"; ok $? "the secret key is not printed"
run --time 20150830T123600Z --header "$type" "https://iam.amazonaws.com:443/?Version=2010-05-08&Action=ListUsers"
has "$signature" "the scheme's own port and another order of parameters change nothing"

sent() { # the example as it is sent, with another signature if one is given
	printf 'GET /?Action=ListUsers&Version=2010-05-08 HTTP/1.1\r\nHost: iam.amazonaws.com\r\n'
	printf 'content-type: application/x-www-form-urlencoded; charset=utf-8\r\nX-Amz-Date: 20150830T123600Z\r\n'
	printf 'Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, '
	printf 'SignedHeaders=content-type;host;x-amz-date, Signature=%s\r\n\r\n' "${1-$signature}"
}
sent >"$work/good"
run --request "$work/good"
has "The request's signature is good." "a signed request is checked"
grep -q '^Note: Signature expired: 20150830T123600Z' "$work/out"; ok $? "and said to be old"
run --request "$work/good" --time 20150830T125101Z
says 1 'Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z' "--time is the clock of a check"
run --request "$work/good" --service sts
says 1 "correct service: 'sts'" "--service is the endpoint of a check"
sent "$(echo "$signature" | tr 5 6)" >"$work/bad"
run --request "$work/bad"
says 1 "signature is another" "a wrong signature"
sed 's/Signature=/Sig=/' "$work/good" >"$work/bad"
run --request "$work/bad"
says 1 "unknown parameter 'Sig'" "a malformed header, in AWS's words"
AWS_SECRET_ACCESS_KEY=other run --request "$work/good"
says 1 "signature is another" "a wrong secret key"

run --time 20150830T123600Z --header "$type" "$url"
sed -n '/^Canonical request:/,/^$/p; /^content-type;host/,/^e3b0/p' "$work/out" | sed 1d >"$work/canonical"
run --request "$work/good" --compare "$work/canonical"
has "The canonical requests are the same." "the same canonical request"
sed 's/charset=utf-8/charset=UTF-8/' "$work/canonical" >"$work/other"
run --request "$work/good" --compare "$work/other"
says 1 'line 4 differs: here "content-type:.*charset=utf-8", there ".*charset=UTF-8"' "another one: the line"

printf 'Action=GetCallerIdentity&Version=2011-06-15' >"$work/body"
export AWS_SESSION_TOKEN=FwoGZXIvYXdzTOKEN
run --time 20261124T070544Z --body "$work/body" https://sts.us-west-2.amazonaws.com
has POST "a body makes it a POST"
has / "no path is the root"
has x-amz-security-token:FwoGZXIvYXdzTOKEN "the session token is signed"
has 20261124/us-west-2/sts/aws4_request "service and region of a regional host"
run --time 20261124T070544Z --method HEAD --service s3 --region eu-west-1 http://127.0.0.1:5601/b/a%20b
has host:127.0.0.1:5601 "a port that is not the scheme's own is signed"
has /b/a%20b "S3's path stays as it is"
has 20261124/eu-west-1/s3/aws4_request "service and region by options"
run --time 20261124T070544Z https://b.s3.eu-west-1.amazonaws.com/k
has 20261124/eu-west-1/s3/aws4_request "a bucket in the host"

run; says 2 'a URL or --request FILE is needed' "nothing to sign"
run --request "$work/good" "$url"; says 2 'not both' "two things to sign"
run ftp://iam.amazonaws.com/; says 2 'is no URL' "another scheme"
run https:///x; says 2 'no host' "no host"
run http://127.0.0.1:1/; says 2 '--service is needed' "a host that says no service"
run --header nonsense "$url"; says 2 'NAME:VALUE was expected' "a header without a colon"
run --time yesterday "$url"; says 2 'not like 20261124T070544Z' "a time"
run --request "$work/none"; says 4 'none' "a file that is not there"
echo nonsense >"$work/bad"; run --request "$work/bad"; says 2 'METHOD TARGET' "a file that is no request"
unset AWS_SECRET_ACCESS_KEY
run "$url"; says 2 'set AWS_SECRET_ACCESS_KEY' "no secret key"
echo "1..$n"
