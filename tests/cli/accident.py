# accident.py ENDPOINT ROUTES -- asks for every operation that AWS has and Deputy does not.
#
# The operations are those of botocore's models: all of IAM, STS, EC2, EKS and S3, and some of every
# other service, so that each protocol (query, ec2, json, rest-json, rest-xml) is there. Each is
# asked for as an administrator, who may do everything, and once without a signature. ROUTES is
# data/routes.tsv; what it lists is left out. Prints a line for each answer that is none of AWS's
# refusals, and at last how many operations were asked for.
import glob
import gzip
import http.client
import json
import os
import re
import sys
import urllib.parse

sys.path.insert(0, "/usr/lib/python3/dist-packages")
import awscli.clidriver
import botocore
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

OURS = ("iam", "sts", "ec2", "eks", "s3")
OTHERS_EACH = 3
CODES = {
    "iam": (400, "InvalidAction"), "sts": (400, "InvalidAction"), "ec2": (400, "InvalidAction"),
    "eks": (404, "UnknownOperationException"), "s3": (405, "MethodNotAllowed"),
}
endpoint = urllib.parse.urlsplit(sys.argv[1])
administrator = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
known = set()
for line in open(sys.argv[2]):
    fields = line.rstrip("\n").split("\t")
    if len(fields) > 2:
        known.add((fields[1], fields[2]))


def models():
    data = os.path.join(os.path.dirname(botocore.__file__), "data")
    for folder in sorted(os.listdir(data)):
        files = sorted(glob.glob(os.path.join(data, folder, "*", "service-2.json*")))
        if files:
            opened = gzip.open if files[-1].endswith(".gz") else open
            with opened(files[-1]) as file:
                yield folder, json.load(file)


def message(meta, name, operation):
    """Method, target, headers and body, as the protocol has them; every parameter is "x"."""
    protocol = meta["protocol"]
    if protocol in ("query", "ec2"):
        body = urllib.parse.urlencode({"Action": name, "Version": meta["apiVersion"]})
        return "POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, body
    if protocol == "json":
        headers = {"Content-Type": "application/x-amz-json-" + meta.get("jsonVersion", "1.0"),
                   "X-Amz-Target": meta["targetPrefix"] + "." + name}
        return "POST", "/", headers, "{}"
    target = re.sub(r"\{[^}]*\}", "x", operation["http"]["requestUri"])
    method = operation["http"].get("method", "POST")
    return method, target, {}, "" if method in ("GET", "HEAD", "DELETE") else "{}"


def sign(service, method, target, headers, body):
    request = AWSRequest(method=method, url=endpoint.geturl() + target, data=body.encode(), headers=headers)
    auth = S3SigV4Auth if service == "s3" else SigV4Auth
    auth(administrator, service, "us-west-2").add_auth(request)
    return dict(request.headers.items())


connection = http.client.HTTPConnection(endpoint.hostname, endpoint.port, timeout=10)


def ask(method, target, headers, body):
    connection.request(method, target, body.encode(), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    code = re.search(r"<Code>([^<]*)|\"__type\": *\"([^\"]*)|\"code\": *\"([^\"]*)", text, re.I)
    code = next((group for group in code.groups() if group), None) if code else None
    return answer.status, answer.getheader("x-amzn-ErrorType") or code, text


def look(service, name, operation, meta):
    method, target, headers, body = message(meta, name, operation)
    signing = meta.get("signingName", meta["endpointPrefix"])
    what = "%s %s (%s %s)" % (service, name, method, target)
    signed = sign(signing, method, target, dict(headers), body)
    status, code, text = ask(method, target, signed, body)
    wanted = CODES.get(service)
    if status < 400 or status >= 500:
        print("%s: %d %s" % (what, status, text[:200].replace("\n", " ")))
    elif wanted and ((status, code) != wanted and not (method == "HEAD" and status == wanted[0])):
        print("%s: %d %s, not %d %s" % (what, status, code, *wanted))
    status, code, text = ask(method, target, headers, body)
    if status < 400 or status >= 500 or name in text and service not in ("s3", "eks"):
        print("%s, without a signature: %d %s" % (what, status, text[:200].replace("\n", " ")))


asked = 0
protocols = set()
for service, model in models():
    left = OTHERS_EACH if service not in OURS else 10000
    for name in sorted(model["operations"]):
        if (service, name) in known or not left:
            continue
        look(service, name, model["operations"][name], model["metadata"])
        protocols.add(model["metadata"]["protocol"])
        left -= 1
        asked += 1
print("asked %d of %s" % (asked, " ".join(sorted(protocols))))
