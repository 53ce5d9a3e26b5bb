# client.py -- what the walk through the procedure uses: TAP, expected refusals, and sessions.
#
# `same` shows both values where they differ; `refused` wants a call to fail with one code, one
# status and one class of botocore's exceptions. Each party is a profile of the credentials file
# that tests/clients/stage.sh has written.
import datetime
import json
import os
import sys

import boto3
import botocore.session
from botocore.exceptions import ClientError

ENDPOINT, DOCUMENT = os.environ["ENDPOINT"], sys.argv[1]
CUSTOMER, VENDOR, REGION, OTHER_REGION = "111122223333", "965570967084", "us-west-2", "eu-central-1"
ROLE = "zilliz-byoc-cross-account"
ROLE_ARN = f"arn:aws:iam::{CUSTOMER}:role/{ROLE}"
EXTERNAL_ID = "cid-4fd1e6a7"
BUCKET = "acme-milvus"
CLUSTER = "zilliz-byoc-one"
TAG = [{"Key": "Vendor", "Value": "zilliz-byoc"}]
results = []


def ok(good, *words):
    results.append(good)
    print("ok" if good else "not ok", len(results), "-", *words, flush=True)
    return good


def plan():
    print(f"1..{len(results)}")


def same(value, wanted, *words):
    if not ok(value == wanted, *words):
        print(f"#  got: {value!r}\n# want: {wanted!r}", flush=True)


def refused(code, http_status, call, *words, error=ClientError, message="", **parameters):
    """The call fails with this code and status, as an exception of this class. Returns the text."""
    try:
        call(**parameters)
    except ClientError as e:
        got = e.response["Error"]["Code"], e.response["ResponseMetadata"]["HTTPStatusCode"]
        text = e.response["Error"]["Message"]
        same((got, type(e).__name__, message in text), ((code, http_status), error.__name__, True),
             *words)
        return text
    ok(False, *words, "(it was allowed)")
    return ""


def is_recent(time):
    age = datetime.datetime.now(datetime.timezone.utc) - time
    return time.tzinfo is not None and abs(age.total_seconds()) < 120


class Session(botocore.session.Session):
    """botocore 1.29 has no AWS_ENDPOINT_URL yet; this also reaches the STS client that it makes
    for itself when a profile has a role_arn."""

    def create_client(self, *args, **keywords):
        keywords["endpoint_url"] = keywords.get("endpoint_url") or ENDPOINT
        return super().create_client(*args, **keywords)


def as_(profile, region=REGION):
    return boto3.Session(botocore_session=Session(profile=profile), region_name=region)


def add_profile(file, name, **settings):
    with open(os.environ[file], "a") as out:
        print(f"[{name}]",
              *(f"{key} = {value}" for key, value in settings.items()),
              sep="\n",
              file=out)


def trust(principal, **condition):
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def read_document():
    with open(DOCUMENT) as file:
        return json.loads(file.read().replace("{bucketName}", BUCKET))
