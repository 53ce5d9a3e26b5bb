#!/usr/bin/python3
"""Records how botocore writes calls as form parameters, into tests/cases/form.case.

Run by hand, from the root of the repository, where Debian's awscli is installed:

    /usr/bin/python3 tests/oracle/form.py

It was last run in November 2026 with the botocore of Debian 12's awscli 2.9.19. `form` is the body as botocore sends it,
`quoted` the same parameters as Python's urllib.parse.quote writes them, `json` what was to be
written: for IAM and STS the parameters as given to botocore, for EC2 (whose names on the wire are
not those of its API) by hand. tests/wire.c reads `form` and must get `json`; it writes `json` and
must get `quoted`.
"""
import json
import sys
from urllib.parse import quote

sys.path.insert(0, '/usr/lib/python3/dist-packages/awscli')  # where Debian keeps botocore

import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.serialize import create_serializer

DOCUMENT = '{"Version": "2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
ROLE = 'arn:aws:iam::111122223333:role/zilliz-byoc-acme'

CALLS = [
    ('nothing but the action', 'sts', 'GetCallerIdentity', {}, None),
    ('a trust policy and tags', 'iam', 'CreateRole', {
        'RoleName': 'zilliz-byoc-acme', 'AssumeRolePolicyDocument': DOCUMENT, 'Path': '/',
        'Tags': [{'Key': 'Vendor', 'Value': 'zilliz-byoc'}, {'Key': 'a b', 'Value': ''}]}, None),
    ('twelve items, in the order of their numbers', 'iam', 'UntagRole', {
        'RoleName': 'r', 'TagKeys': ['k%d' % i for i in range(1, 13)]}, None),
    ('a text that is encoded already', 'iam', 'PutRolePolicy', {
        'RoleName': 'r', 'PolicyName': 'p', 'PolicyDocument': '%3A%253A+ +%'}, None),
    ('all of ASCII that can be typed', 'iam', 'UpdateRoleDescription', {
        'RoleName': 'r', 'Description': ''.join(map(chr, range(0x20, 0x7F))) + '\t\r\n'}, None),
    ('beyond ASCII', 'iam', 'UpdateRoleDescription', {
        'RoleName': 'r', 'Description': '\u00fc \u20ac \U0001f511'}, None),
    ('structures in a list', 'sts', 'AssumeRole', {
        'RoleArn': ROLE, 'RoleSessionName': 'check', 'ExternalId': 'cid-1',
        'PolicyArns': [{'arn': 'arn:aws:iam::aws:policy/A'}, {'arn': 'arn:aws:iam::aws:policy/B'}],
        'Tags': [{'Key': 'k', 'Value': 'v'}], 'TransitiveTagKeys': ['k']}, None),
    ('a list in a list', 'iam', 'SimulatePrincipalPolicy', {
        'PolicySourceArn': ROLE, 'ActionNames': ['s3:GetObject', 'iam:PassRole'],
        'ContextEntries': [{'ContextKeyName': 'aws:TagKeys',
                            'ContextKeyValues': ['a', 'b'], 'ContextKeyType': 'stringList'}]}, None),
    ('a filter', 'ec2', 'DescribeVpcs', {
        'Filters': [{'Name': 'tag:Vendor', 'Values': ['zilliz-byoc', 'b']}], 'VpcIds': ['vpc-1']},
     {'Filter': [{'Name': 'tag:Vendor', 'Value': ['zilliz-byoc', 'b']}], 'VpcId': ['vpc-1']}),
    ('instances with tags', 'ec2', 'RunInstances', {
        'ImageId': 'ami-1', 'MinCount': 1, 'MaxCount': 1, 'SecurityGroupIds': ['sg-1', 'sg-2'],
        'TagSpecifications': [{'ResourceType': 'instance',
                               'Tags': [{'Key': 'Vendor', 'Value': 'zilliz-byoc'}]}]},
     {'ImageId': 'ami-1', 'MaxCount': '1', 'MinCount': '1', 'SecurityGroupId': ['sg-1', 'sg-2'],
      'TagSpecification': [{'ResourceType': 'instance',
                            'Tag': [{'Key': 'Vendor', 'Value': 'zilliz-byoc'}]}]}),
    ('a launch template', 'ec2', 'CreateLaunchTemplate', {
        'LaunchTemplateName': 'tpl', 'LaunchTemplateData': {
            'ImageId': 'ami-1', 'TagSpecifications': [
                {'ResourceType': 'volume', 'Tags': [{'Key': 'Vendor', 'Value': 'zilliz-byoc'}]}]},
        'TagSpecifications': [{'ResourceType': 'launch-template',
                               'Tags': [{'Key': 'Vendor', 'Value': 'zilliz-byoc'}]}]},
     {'LaunchTemplateName': 'tpl', 'LaunchTemplateData': {
         'ImageId': 'ami-1', 'TagSpecification': [
             {'ResourceType': 'volume', 'Tag': [{'Key': 'Vendor', 'Value': 'zilliz-byoc'}]}]},
      'TagSpecification': [{'ResourceType': 'launch-template',
                            'Tag': [{'Key': 'Vendor', 'Value': 'zilliz-byoc'}]}]}),
    ('tags of two resources, tried only', 'ec2', 'CreateTags', {
        'DryRun': True, 'Resources': ['i-1', 'i-2'], 'Tags': [{'Key': 'k', 'Value': 'v'}]},
     {'DryRun': 'true', 'ResourceId': ['i-1', 'i-2'], 'Tag': [{'Key': 'k', 'Value': 'v'}]}),
]


def record(session, title, service, operation, params, on_the_wire):
    model = session.get_service_model(service)
    serializer = create_serializer(model.metadata['protocol'])
    request = serializer.serialize_to_request(params, model.operation_model(operation))
    body = request['body']
    sent = AWSRequest(method='POST', url='http://h/', data=body).prepare().body
    quoted = '&'.join('%s=%s' % (quote(k, safe='-._~'), quote(str(v), safe='-._~'))
                      for k, v in sorted(body.items()))
    whole = {'Action': operation, 'Version': model.api_version}
    whole.update(params if on_the_wire is None else on_the_wire)
    return '# %s: %s %s\nflat %s\nform %s\nquoted %s\njson %s\n' % (
        title, service, operation, 'yes' if service == 'ec2' else 'no', sent, quoted,
        json.dumps(whole, ensure_ascii=False, separators=(',', ':')))


def main():
    session = botocore.session.get_session()
    with open('tests/cases/form.case', 'w', encoding='utf-8') as f:
        f.write('# Recorded from botocore and urllib by tests/oracle/form.py. Do not edit.\n\n')
        f.write('\n'.join(record(session, *call) for call in CALLS))


main()
