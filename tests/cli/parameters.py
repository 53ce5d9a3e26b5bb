# parameters.py ENDPOINT ROUTES -- sends IAM and STS each parameter that they have, missing and wrong.
#
# What they have, and what it must look like, is said by botocore's models. Each operation of ROUTES
# (data/routes.tsv) is called with what it needs and one thing wrong: a parameter missing, too long,
# too short, too many, too high, too low, no choice, or with a character that its pattern excludes.
# Prints a line for each answer that is not ValidationError about that parameter, and at last how
# many calls were made.
import glob
import gzip
import html
import http.client
import json
import os
import re
import sys
import urllib.parse

sys.path.insert(0, "/usr/lib/python3/dist-packages")
import awscli.clidriver
import botocore
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NUMBERS = ("integer", "long")
# AWS has made these optional since, and lets descriptions have Latin-1 only.
OPTIONAL = {("CreateOpenIDConnectProvider", "ThumbprintList"), ("DeleteLoginProfile", "UserName"),
            ("GetLoginProfile", "UserName")}
NOT_A_NAME = "\u4e16"  # in no pattern but tags' and ARNs'
GOOD = {"Tags": [{"Key": "a", "Value": "b"}], "ActionNames": ["s3:GetObject"], "TagKeys": ["a"],
        "Status": "Active", "VersionId": "v1", "ThumbprintList": ["a" * 40], "PolicyInputList": ["{}"],
        "AccountAlias": "nobody"}
endpoint = urllib.parse.urlsplit(sys.argv[1])
administrator = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
connection = http.client.HTTPConnection(endpoint.hostname, endpoint.port, timeout=10)
asked = 0


def model(service):
    data = os.path.join(os.path.dirname(botocore.__file__), "data", service, "*", "service-2.json*")
    file = sorted(glob.glob(data))[-1]
    with (gzip.open if file.endswith(".gz") else open)(file) as opened:
        return json.load(opened)


def flat(value, name, form):
    """As the query protocol writes it: Tags.member.1.Key=a"""
    if isinstance(value, dict):
        for key, inner in value.items():
            flat(inner, name + "." + key if name else key, form)
    elif isinstance(value, list):
        for n, inner in enumerate(value, 1):
            flat(inner, "%s.member.%d" % (name, n), form)
        if not value:
            form.append((name, ""))
    else:
        form.append((name, str(value)))


def ask(service, meta, operation, parameters):
    global asked
    asked += 1
    form = [("Action", operation), ("Version", meta["apiVersion"])]
    flat(parameters, "", form)
    request = AWSRequest(method="POST", url=endpoint.geturl() + "/", data=urllib.parse.urlencode(form).encode(),
                         headers={"Content-Type": "application/x-www-form-urlencoded"})
    SigV4Auth(administrator, service, "us-west-2").add_auth(request)
    connection.request("POST", "/", request.data, dict(request.headers.items()))
    answer = connection.getresponse()
    text = answer.read().decode()
    code, message = (re.search(r"<%s>([^<]*)" % tag, text) for tag in ("Code", "Message"))
    return answer.status, code and code.group(1), html.unescape(message.group(1)) if message else text


def lower(name):
    return name[0].lower() + name[1:]


def wrongs(shape, shapes, path, item=False):
    """Yields (what is wrong, the value, what the message says) of one shape."""
    kind = shape["type"]
    at = "'%s' failed to satisfy constraint: Member must " % path
    length = "satisfy constraint: [" if item else "have length %s than or equal to %d"
    few, most = shape.get("min", 0), shape.get("max", 0)
    if kind in NUMBERS:
        if most:
            yield "too high", most + 1, at + "have value less than or equal to %d" % most
        yield "too low", few - 1 if few else None, at + "have value greater than or equal to %d" % few
    elif kind == "string" and "enum" in shape:
        yield "no choice", "nobody", at + ("" if item else "satisfy enum value set")
    elif kind == "string":
        if 0 < most < 30000:
            yield "too long", "a" * (most + 1), at + (length if item else length % ("less", most))
        if few > 1:
            yield "too short", "a" * (few - 1), at + (length if item else length % ("greater", few))
        if few:
            yield "empty", "", at
        pattern = shape.get("pattern", "")
        if pattern:  # a sentence of its own for names and paths
            yield "with another character", other(pattern) * max(few, 1), \
                "path" if path == "newPath" else path.split(".")[-1]
    elif kind == "list":
        if most:
            yield "too many", [good(shapes, shape["member"]["shape"], "")] * (most + 1), \
                at + length % ("less", most)
        yield from wrong_items(shapes[shape["member"]["shape"]], shapes, path)


def other(pattern):
    if "\\p{L}" in pattern and "\\p{M}" not in pattern:
        return "!"
    return "\U0001f600" if "uD7FF" in pattern else NOT_A_NAME


def wrong_items(member, shapes, path):
    if member["type"] != "structure":
        for what, value, message in wrongs(member, shapes, path, True):
            yield "an item " + what, [value], message
        return
    full = {name: good(shapes, inner["shape"], name) for name, inner in member["members"].items()}
    for name, inner in member["members"].items():
        at = "%s.1.member.%s" % (path, lower(name))
        if name in member.get("required", []):
            less = {key: value for key, value in full.items() if key != name}
            yield "without " + name, [less], "Value null at '%s' failed" % at
        for what, value, message in wrongs(shapes[inner["shape"]], shapes, at):
            yield name + " " + what, [dict(full, **{name: value})], message


def good(shapes, shape, name):
    if name in GOOD:
        return GOOD[name]
    kind = shapes[shape]
    if kind["type"] == "structure":
        return {inner: good(shapes, member["shape"], inner) for inner, member in kind["members"].items()}
    if kind["type"] == "list":
        return []
    if "enum" in kind:
        return kind["enum"][0]
    return "a" * max(kind.get("min", 1), 1)


def look(service, meta, name, shapes, operation):
    shape = shapes[operation["input"]["shape"]]
    required = shape.get("required", [])
    needed = {member: good(shapes, shape["members"][member]["shape"], member) for member in required}
    for member, inner in shape["members"].items():
        path = lower(member)
        tries = list(wrongs(shapes[inner["shape"]], shapes, path))
        if member in required and (name, member) not in OPTIONAL:
            tries.append(("missing", None, "Value null at '%s' failed to satisfy constraint: "
                          "Member must not be null" % path))
        for what, value, wanted in tries:
            if value is None and what != "missing":
                continue
            sent = {key: text for key, text in needed.items() if key != member}
            if value is not None:
                sent[member] = value
            status, code, message = ask(service, meta, name, sent)
            if (status, code) != (400, "ValidationError") or wanted not in message:
                print("%s %s, %s %s: %d %s %s; not …%s" %
                      (service, name, member, what, status, code, message[:200], wanted))


routes = {tuple(line.split("\t")[1:3]) for line in open(sys.argv[2]) if not line.startswith("#")}
for service in ("iam", "sts"):
    described = model(service)
    for name, operation in sorted(described["operations"].items()):
        if (service, name) in routes and "input" in operation:
            look(service, described["metadata"], name, described["shapes"], operation)
print("asked %d" % asked)
