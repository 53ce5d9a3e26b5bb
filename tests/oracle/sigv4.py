#!/usr/bin/python3
"""Records what botocore signs, with every intermediate value, into tests/cases/sigv4/.

Run by hand, from the root of the repository, where Debian's awscli is installed:

    /usr/bin/python3 tests/oracle/sigv4.py

It was last run in November 2026 with the botocore of Debian 12's awscli 2.9.19. The time and the keys are fixed (the
keys are those of AWS's documentation), so a second run changes nothing. tests/wire.c reads the
files: it signs each request and must get these values, and reads each signed one and must accept
it. The cases stay within what botocore gets right: it takes a URL's query as it stands, where
AWS decodes and encodes it again, so queries here are written as AWS's clients write them.
"""
import datetime
import os
import sys

sys.path.insert(0, '/usr/lib/python3/dist-packages/awscli')  # where Debian keeps botocore

import botocore
import botocore.auth as auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

KEY = ('AKIDEXAMPLE', 'wJalrXUtnFEMI+K7MDENG+bPxRfiCYEXAMPLEKEY')
SLASH_KEY = ('ASIAIOSFODNN7EXAMPLE', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY')
TOKEN = 'IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLXdlc3QtMiJHMEUCIQ+/=='
NOW = datetime.datetime(2026, 11, 24, 7, 5, 44)
FORM = 'application/x-www-form-urlencoded; charset=utf-8'


class Clock(datetime.datetime):
    now_is = NOW

    @classmethod
    def utcnow(cls):
        return cls.now_is


auth.datetime.datetime = Clock


def iam(operation, rest='', **more):
    return dict(method='POST', path='/', host='iam.amazonaws.com', region='us-east-1',
                service='iam', headers=[('Content-Type', FORM)],
                body='Action=%s&Version=2010-05-08%s' % (operation, rest)) | more


def sts(operation, rest='', **more):
    return iam(operation, rest, host='sts.us-west-2.amazonaws.com', region='us-west-2',
               service='sts', body='Action=%s&Version=2011-06-15%s' % (operation, rest)) | more


def ec2(operation, rest='', **more):
    return iam(operation, rest, host='ec2.eu-central-1.amazonaws.com', region='eu-central-1',
               service='ec2', body='Action=%s&Version=2016-11-15%s' % (operation, rest)) | more


def eks(method, path, body=None, **more):
    headers = [('Content-Type', 'application/json')] if body else []
    return dict(method=method, path=path, host='eks.us-west-2.amazonaws.com', region='us-west-2',
                service='eks', headers=headers, body=body) | more


def s3(method, path, body=None, **more):
    return dict(method=method, path=path, host='127.0.0.1:5601', region='us-west-2', service='s3',
                headers=[], body=body) | more


TRUST = ('&RoleName=zilliz-byoc-acme&AssumeRolePolicyDocument=%7B%22Version%22%3A%222012-10-17%22'
         '%2C%22Statement%22%3A%5B%5D%7D')
ROLE = 'arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fx'

CASES = {
    'iam': [
        ('the simplest call', iam('ListRoles')),
        ('a policy document in the body', iam('CreateRole', TRUST)),
        ('an empty value', iam('UpdateRole', '&RoleName=r&Description=')),
        ('spaces as plus signs', iam('CreateRole', '&Description=a+b+c')),
        ('percent signs that stay', iam('PutRolePolicy', '&PolicyDocument=%253A%2525')),
        ('letters beyond ASCII, encoded', iam('TagRole', '&Tags.member.1.Value=%C3%BC%E2%82%AC')),
        ('a temporary key', iam('GetRole', '&RoleName=x', key=SLASH_KEY, token=TOKEN)),
        ('another region, as with an endpoint of one\'s own',
         iam('ListRoles', host='127.0.0.1:5601', region='us-west-2')),
        ('a port in the host', iam('ListRoles', host='localhost:8080')),
        ('a signed content-length', iam('ListRoles', headers=[
            ('Content-Type', FORM), ('Content-Length', '35')])),
        ('headers of other clients', iam('ListRoles', headers=[
            ('Content-Type', 'application/x-www-form-urlencoded'),
            ('Amz-Sdk-Invocation-Id', '93c4a7e5-9b2e-4d7a-9df7-1b4ab5ef6a1d'),
            ('Amz-Sdk-Request', 'attempt=1; max=3'), ('X-Amz-User-Agent', 'aws-sdk-js/3.1')])),
        ('headers that are not signed', iam('ListRoles', headers=[
            ('Content-Type', FORM), ('User-Agent', 'x/1'), ('X-Amzn-Trace-Id', 'Root=1')])),
        ('runs of spaces in a header', iam('ListRoles', headers=[
            ('Content-Type', FORM), ('X-Note', '  a   b  c  ')])),
        ('the same header three times', iam('ListRoles', headers=[
            ('X-Note', 'b'), ('Content-Type', FORM), ('X-Note', 'a'), ('X-Note', 'c  d')])),
        ('the same header in two spellings', iam('ListRoles', headers=[
            ('X-Note', '1'), ('x-NOTE', '0')])),
        ('an empty header', iam('ListRoles', headers=[('Content-Type', FORM), ('X-Note', '')])),
        ('a header beyond ASCII', iam('ListRoles', headers=[('X-Note', 'Z\u00fcrich')])),
        ('everything in the query', iam('ListRoles', method='GET', headers=[], body=None,
                                        path='/?Action=ListRoles&Version=2010-05-08')),
        ('an empty body', iam('ListRoles', body='')),
        ('midnight', iam('ListRoles', now=datetime.datetime(2026, 12, 31, 0, 0, 0))),
        ('a leap day', iam('ListRoles', now=datetime.datetime(2028, 2, 29, 23, 59, 59))),
    ],
    'sts': [
        ('who am I', sts('GetCallerIdentity')),
        ('a role with an external id', sts(
            'AssumeRole', '&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fzilliz-byoc-acme'
            '&RoleSessionName=check&ExternalId=cid-c88368a7164f15ad9e1fa9068abcd')),
        ('with a session token', sts('GetCallerIdentity', key=SLASH_KEY, token=TOKEN)),
        ('the global endpoint', sts('GetCallerIdentity', host='sts.amazonaws.com',
                                    region='us-east-1')),
        ('tags and policies', sts('AssumeRole', '&Tags.member.1.Key=a&Tags.member.1.Value=b'
                                  '&PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FX')),
    ],
    'ec2': [
        ('a list', ec2('DescribeVpcs', '&VpcId.1=vpc-1&VpcId.2=vpc-2')),
        ('run instances', ec2('RunInstances', '&ImageId=ami-1&MinCount=1&MaxCount=1'
                              '&TagSpecification.1.ResourceType=instance'
                              '&TagSpecification.1.Tag.1.Key=Vendor'
                              '&TagSpecification.1.Tag.1.Value=zilliz-byoc')),
        ('a dry run with a temporary key', ec2('CreateTags', '&DryRun=true&ResourceId.1=i-1'
                                               '&Tag.1.Key=Vendor&Tag.1.Value=zilliz-byoc',
                                               key=SLASH_KEY, token=TOKEN)),
    ],
    'eks': [
        ('a list', eks('GET', '/clusters')),
        ('create', eks('POST', '/clusters', '{"name": "zilliz-1", "roleArn": "arn:aws:iam::1:role/x"}')),
        ('an ARN in the path', eks('GET', '/clusters/c/access-entries/' + ROLE)),
        ('an ARN as the last segment', eks('POST', '/tags/' + ROLE, '{"tags":{"a":"\u00fc"}}')),
        ('a query out of order', eks('GET', '/addons/supported-versions?types=b&types=a'
                                     '&addonName=vpc-cni&maxResults=10')),
        ('names that begin alike', eks('GET', '/clusters?a=1&a-b=2&a.b=3&aa=4&A=5')),
        ('equal names, values out of order', eks('GET', '/clusters?k=b&k=a&k=B&k=%20')),
        ('an encoded query', eks('DELETE', '/tags/' + ROLE + '?tagKeys=a%20b&tagKeys=%2F%3A%3D%26')),
        ('a parameter without a value', eks('GET', '/clusters?preserve')),
        ('an empty value', eks('GET', '/clusters?nextToken=')),
        ('letters that stay', eks('GET', '/clusters?q=-._~azAZ09')),
        ('a slash at the end', eks('GET', '/clusters/c/')),
        ('two slashes', eks('GET', '//clusters//c')),
        ('dots', eks('GET', '/./clusters/../clusters/c/.')),
        ('more dots than folders', eks('GET', '/../../clusters')),
        ('nothing but dots', eks('GET', '/a/..')),
        ('an encoded space', eks('GET', '/clusters/a%20b')),
        ('a path beyond ASCII', eks('GET', '/clusters/%C3%BC')),
        ('marks of all kinds', eks('GET', "/clusters/!$&'()*,;=:@~-._")),
        ('an encoded percent sign', eks('GET', '/clusters/100%25')),
        ('with a session token', eks('GET', '/clusters/c', key=SLASH_KEY, token=TOKEN)),
    ],
    's3': [
        ('where is the bucket', s3('GET', '/acme-milvus?location')),
        ('with an equal sign', s3('GET', '/acme-milvus/?location=')),
        ('make a bucket', s3('PUT', '/acme-milvus', '<CreateBucketConfiguration/>')),
        ('is it there', s3('HEAD', '/acme-milvus')),
        ('a virtual host', s3('GET', '/?location', host='acme-milvus.s3.us-west-2.amazonaws.com')),
        ('the path stays as sent', s3('GET', '/b/a//b/./c/../d')),
        ('an encoded key', s3('GET', '/b/a%20b%2Fc%C3%BC')),
        ('a body that is not signed', s3('PUT', '/b/k', 'hello', https=True, unsigned=True,
                                         headers=[('Content-MD5', 'XUFAKrxLKna5cZ2REBfFkg==')],
                                         host='s3.us-west-2.amazonaws.com')),
        ('with a session token', s3('GET', '/b?policy', key=SLASH_KEY, token=TOKEN)),
        ('a query with a prefix', s3('GET', '/b?list-type=2&prefix=a%2Fb&delimiter=%2F')),
    ],
    'presigned': [
        ('who am I, as EKS tokens ask', sts(
            '', method='GET', headers=[('x-k8s-aws-id', 'zilliz-1')], body=None, expires=60,
            path='/?Action=GetCallerIdentity&Version=2011-06-15')),
        ('with a session token', sts(
            '', method='GET', headers=[], body=None, key=SLASH_KEY, token=TOKEN, expires=900,
            path='/?Action=GetCallerIdentity&Version=2011-06-15')),
        ('an object', s3('GET', '/b/a%20b', expires=604800)),
        ('an object to be put', s3('PUT', '/b/k', expires=1)),
    ],
}


def signer(case, credentials):
    expires = case.get('expires')
    s3ish = case['service'] == 's3'
    if expires:
        cls = auth.S3SigV4QueryAuth if s3ish else auth.SigV4QueryAuth
        return cls(credentials, case['service'], case['region'], expires=expires)
    cls = auth.S3SigV4Auth if s3ish else auth.SigV4Auth
    return cls(credentials, case['service'], case['region'])


def block(name, text):
    return name + '\n' + ''.join('  |%s\n' % line for line in text.split('\n'))


def record(title, case):
    key = case.get('key', KEY)
    token = case.get('token')
    scheme = 'https' if case.get('https') else 'http'
    Clock.now_is = case.get('now', NOW)
    request = AWSRequest(method=case['method'],
                         url='%s://%s%s' % (scheme, case['host'], case['path']),
                         data=case['body'] if case['body'] is not None else b'')
    for name, value in case['headers']:
        request.headers.add_header(name, value)
    if case.get('unsigned'):
        request.context['payload_signing_enabled'] = False
    kept = {}
    s = signer(case, Credentials(key[0], key[1], token))
    for name in ('canonical_request', 'string_to_sign', 'signature'):
        def wrap(method=getattr(s, name), name=name):
            def call(*args):
                kept[name] = method(*args)
                return kept[name]
            return call
        setattr(s, name, wrap())
    s.add_auth(request)
    target = request.url.split('://', 1)[1]
    target = target[len(case['host']):]

    out = '# %s\n' % title
    out += 'service %s\nregion %s\nkey %s\nsecret %s\n' % (
        case['service'], case['region'], key[0], key[1])
    if token:
        out += 'token %s\n' % token
    out += 'time %s\nmethod %s\ntarget %s\n' % (
        Clock.now_is.strftime('%Y%m%dT%H%M%SZ'), case['method'], target)
    out += 'header Host:%s\n' % case['host']
    for name, value in case['headers']:
        out += 'header %s:%s\n' % (name, value)
    if case.get('unsigned'):
        out += 'header X-Amz-Content-SHA256:UNSIGNED-PAYLOAD\n'
    if case['body']:
        out += block('body', case['body'])
    out += block('canonical', kept['canonical_request'])
    out += block('string', kept['string_to_sign'])
    out += 'signature %s\n' % kept['signature']
    if not case.get('expires'):
        out += 'authorization %s\n' % request.headers['Authorization']
    return out


def main():
    for name, cases in CASES.items():
        path = os.path.join('tests', 'cases', 'sigv4', name + '.case')
        with open(path, 'w', encoding='utf-8') as f:
            f.write('# Recorded from botocore by tests/oracle/sigv4.py. Do not edit.\n\n')
            f.write('\n'.join(record(title, case) for title, case in cases))


main()
