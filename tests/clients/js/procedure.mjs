// procedure.mjs -- the AWS SDK for JavaScript v3 walks through the document's procedure and its
// clean-up, as tests/clients/procedure.py does with boto3; and through what boto3 1.26 is too old
// for: access entries, pod identities, and AWS_ENDPOINT_URL. Prints TAP.
import * as ec2 from "@aws-sdk/client-ec2";
import * as eks from "@aws-sdk/client-eks";
import * as iam from "@aws-sdk/client-iam";
import * as s3 from "@aws-sdk/client-s3";
import * as sts from "@aws-sdk/client-sts";
import { fromIni, fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import {
	bucketOf,
	provider,
	instances,
	makeCluster,
	access,
	elsewhere,
	vendorClean
} from "./bootstrap.mjs";
import {
	addProfile,
	all,
	as,
	bucket,
	customerId,
	decoded,
	externalId,
	isRecent,
	ok,
	patience,
	plan,
	readDocument,
	refused,
	region,
	roleArn,
	roleName,
	same,
	tag,
	trust,
	vendorId
} from "./client.mjs";

async function parties(customer, vendor) {
	const answer = await vendor.sts.send(new sts.GetCallerIdentityCommand());
	same(
		[answer.Account, answer.Arn],
		[vendorId, `arn:aws:iam::${vendorId}:user/admin`],
		"the vendor's administrator"
	);
	same(
		[
			answer.$metadata.httpStatusCode,
			answer.$metadata.attempts,
			answer.$metadata.requestId.length
		],
		[200, 1, 36],
		"answers have a request's ID, and come at the first attempt"
	);
	same(
		(await customer.sts.send(new sts.GetCallerIdentityCommand())).Account,
		customerId,
		"the customer's"
	);
}

async function makeRobot({ iam: client }) {
	const { User } = await client.send(
		new iam.CreateUserCommand({ UserName: "robot", Path: "/byoc/", Tags: tag })
	);
	same(
		[User.Arn, User.Tags, isRecent(User.CreateDate)],
		[`arn:aws:iam::${vendorId}:user/byoc/robot`, tag, true],
		"the vendor makes a user"
	);
	same(
		(await iam.waitUntilUserExists({ client, ...patience }, { UserName: "robot" })).state,
		"SUCCESS",
		"who exists"
	);
	const policy = {
		Version: "2012-10-17",
		Statement: [
			{
				Effect: "Allow",
				Action: "sts:AssumeRole",
				Resource: "arn:aws:iam::*:role/zilliz-byoc*"
			}
		]
	};
	await client.send(
		new iam.PutUserPolicyCommand({
			UserName: "robot",
			PolicyName: "assume",
			PolicyDocument: JSON.stringify(policy)
		})
	);
	const got = await client.send(
		new iam.GetUserPolicyCommand({ UserName: "robot", PolicyName: "assume" })
	);
	same(decoded(got.PolicyDocument), policy, "with a policy");
	const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand({ UserName: "robot" }));
	same([AccessKey.Status, isRecent(AccessKey.CreateDate)], ["Active", true], "and a key");
	addProfile("AWS_SHARED_CREDENTIALS_FILE", "robot", {
		aws_access_key_id: AccessKey.AccessKeyId,
		aws_secret_access_key: AccessKey.SecretAccessKey
	});
	same(
		(await all(iam.paginateListUsers({ client, pageSize: 1 }, {}), "Users")).map(
			u => u.UserName
		),
		["admin", "robot"],
		"two users, a page each"
	);
	await refused(
		iam.EntityAlreadyExistsException,
		"EntityAlreadyExistsException",
		409,
		client.send(new iam.CreateUserCommand({ UserName: "robot" })),
		"CreateUser again"
	);
}

// What a customer has before a vendor comes.
async function stage(customer) {
	const CreateBucketConfiguration = { LocationConstraint: region };
	for (const Bucket of [bucket, "acme-private"])
		await customer.s3.send(new s3.CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
	same(
		(await s3.waitUntilBucketExists({ client: customer.s3, ...patience }, { Bucket: bucket }))
			.state,
		"SUCCESS",
		"a bucket"
	);
	await refused(
		s3.BucketAlreadyOwnedByYou,
		"BucketAlreadyOwnedByYou",
		409,
		customer.s3.send(new s3.CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration })),
		"a second one of the name"
	);
	const subnets = (
		await all(ec2.paginateDescribeSubnets({ client: customer.ec2 }, {}), "Subnets")
	)
		.sort((a, b) => (a.AvailabilityZone < b.AvailabilityZone ? -1 : 1))
		.map(s => s.SubnetId);
	const group = (await customer.ec2.send(new ec2.DescribeSecurityGroupsCommand()))
		.SecurityGroups[0].GroupId;
	await customer.ec2.send(
		new ec2.CreateTagsCommand({ Resources: [subnets[0], subnets[1], group], Tags: tag })
	);
	const found = await customer.ec2.send(
		new ec2.DescribeTagsCommand({ Filters: [{ Name: "key", Values: ["Vendor"] }] })
	);
	same(
		found.Tags.map(t => t.ResourceType).sort(),
		["security-group", "subnet", "subnet"],
		"two subnets and a security group are tagged"
	);
	for (const [RoleName, service] of [
		["zilliz-byoc-eks-role", "eks"],
		["zilliz-byoc-node-role", "ec2"],
		["payroll", "ec2"]
	])
		await customer.iam.send(
			new iam.CreateRoleCommand({
				RoleName,
				AssumeRolePolicyDocument: trust({ Service: `${service}.amazonaws.com` })
			})
		);
	await customer.iam.send(
		new iam.CreateRoleCommand({
			RoleName: "zilliz-byoc-pod-role",
			AssumeRolePolicyDocument: JSON.stringify({
				Version: "2012-10-17",
				Statement: [
					{
						Effect: "Allow",
						Principal: { Service: "pods.eks.amazonaws.com" },
						Action: ["sts:AssumeRole", "sts:TagSession"]
					}
				]
			})
		})
	);
	for (const AWSServiceName of ["eks.amazonaws.com", "eks-nodegroup.amazonaws.com"])
		await customer.iam.send(new iam.CreateServiceLinkedRoleCommand({ AWSServiceName }));
	const [image] = (await customer.ec2.send(new ec2.DescribeImagesCommand({ Owners: ["amazon"] })))
		.Images;
	ok(isRecent(new Date(image.CreationDate)) || image.State === "available", "an image");
	return { subnets, group, image: image.ImageId };
}

// The document's two steps.
async function grant({ iam: client }) {
	const { Role } = await client.send(
		new iam.CreateRoleCommand({
			RoleName: roleName,
			MaxSessionDuration: 7200,
			Tags: tag,
			AssumeRolePolicyDocument: trust(
				{ AWS: `arn:aws:iam::${vendorId}:root` },
				{ StringEquals: { "sts:ExternalId": externalId } }
			)
		})
	);
	same([Role.Arn, isRecent(Role.CreateDate)], [roleArn, true], "the customer makes the role");
	await refused(
		iam.MalformedPolicyDocumentException,
		"MalformedPolicyDocumentException",
		400,
		client.send(
			new iam.PutRolePolicyCommand({
				RoleName: roleName,
				PolicyName: "p",
				PolicyDocument: "{"
			})
		),
		"a policy that is none"
	);
	const PolicyDocument = JSON.stringify(readDocument());
	await client.send(
		new iam.PutRolePolicyCommand({
			RoleName: roleName,
			PolicyName: "bootstrap",
			PolicyDocument
		})
	);
	const got = await client.send(
		new iam.GetRolePolicyCommand({ RoleName: roleName, PolicyName: "bootstrap" })
	);
	const policy = decoded(got.PolicyDocument);
	same(
		[policy, policy.Statement.length],
		[readDocument(), 17],
		"with the document's 17 statements"
	);
	const role = (await client.send(new iam.GetRoleCommand({ RoleName: roleName }))).Role;
	same(
		[decoded(role.AssumeRolePolicyDocument).Statement[0].Condition, role.MaxSessionDuration],
		[{ StringEquals: { "sts:ExternalId": externalId } }, 7200],
		"that asks for the External ID"
	);
}

// The role asks for its own External ID; then the vendor becomes it, in both of the SDK's ways.
async function become(robot) {
	const call = { RoleArn: roleArn, RoleSessionName: "work" };
	const assume = given => robot.sts.send(new sts.AssumeRoleCommand({ ...call, ...given }));
	const texts = new Set();
	for (const [words, given] of [
		["without an External ID", {}],
		["with a wrong one", { ExternalId: "cid-00000000" }],
		["in another letter case", { ExternalId: externalId.toUpperCase() }]
	])
		texts.add(
			(
				await refused(
					sts.STSServiceException,
					"AccessDenied",
					403,
					assume(given),
					"refused",
					words
				)
			).message
		);
	same(texts.size, 1, "all in the same words");
	await refused(
		sts.STSServiceException,
		"ValidationError",
		400,
		assume({ ExternalId: "a b" }),
		"an External ID with a space"
	);
	await refused(
		sts.MalformedPolicyDocumentException,
		"MalformedPolicyDocumentException",
		400,
		assume({ ExternalId: externalId, Policy: "{}x" }),
		"a session policy that is none"
	);
	const { Credentials, AssumedRoleUser } = await assume({ ExternalId: externalId });
	const left = (Credentials.Expiration - Date.now()) / 1000;
	same(
		[AssumedRoleUser.Arn, left > 3500 && left <= 3600],
		[`arn:aws:sts::${customerId}:assumed-role/${roleName}/work`, true],
		"with the right one it is the role, for an hour"
	);

	const params = { RoleArn: roleArn, RoleSessionName: "bootstrap", DurationSeconds: 900 };
	const masterCredentials = fromIni({ profile: "robot", ignoreCache: true }),
		clientConfig = { region };
	await refused(
		sts.STSServiceException,
		"AccessDenied",
		403,
		fromTemporaryCredentials({ masterCredentials, clientConfig, params })(),
		"fromTemporaryCredentials without ExternalId"
	);
	const provider = fromTemporaryCredentials({
		masterCredentials,
		clientConfig,
		params: { ...params, ExternalId: externalId }
	});
	const [one, two] = [await provider(), await provider()];
	same(
		[isRecent(new Date(one.expiration - 900000)), one.accessKeyId === two.accessKeyId],
		[true, false],
		"fromTemporaryCredentials with it, anew each time it is asked"
	);
	const work = as(provider);
	const { Arn } = await work.sts.send(new sts.GetCallerIdentityCommand());
	same(Arn, `arn:aws:sts::${customerId}:assumed-role/${roleName}/bootstrap`, "is the role");
	await refused(
		sts.STSServiceException,
		"InvalidClientTokenId",
		403,
		as({ ...one, sessionToken: two.sessionToken }).sts.send(new sts.GetCallerIdentityCommand()),
		"one's key with the other's token"
	);

	addProfile("AWS_CONFIG_FILE", "profile vendor-role", {
		role_arn: roleArn,
		source_profile: "robot",
		external_id: externalId,
		role_session_name: "profile",
		region
	});
	addProfile("AWS_CONFIG_FILE", "profile no-id", {
		role_arn: roleArn,
		source_profile: "robot",
		region
	});
	same(
		(
			await as(fromIni({ profile: "vendor-role", ignoreCache: true })).sts.send(
				new sts.GetCallerIdentityCommand()
			)
		).Arn,
		`arn:aws:sts::${customerId}:assumed-role/${roleName}/profile`,
		"a profile with role_arn and external_id is the role"
	);
	await refused(
		sts.STSServiceException,
		"AccessDenied",
		403,
		as(fromIni({ profile: "no-id", ignoreCache: true })).sts.send(
			new sts.GetCallerIdentityCommand()
		),
		"one without external_id is not"
	);
	return work;
}

async function customerClean(customer, robot) {
	const client = customer.iam,
		named = { RoleName: roleName };
	await refused(
		iam.DeleteConflictException,
		"DeleteConflictException",
		409,
		client.send(new iam.DeleteRoleCommand(named)),
		"a role with a policy stays"
	);
	await client.send(new iam.DeleteRolePolicyCommand({ ...named, PolicyName: "bootstrap" }));
	await client.send(new iam.DeleteRoleCommand(named));
	await refused(
		iam.NoSuchEntityException,
		"NoSuchEntityException",
		404,
		client.send(new iam.GetRoleCommand(named)),
		"the role is gone"
	);
	await refused(
		sts.STSServiceException,
		"AccessDenied",
		403,
		robot.sts.send(
			new sts.AssumeRoleCommand({
				RoleArn: roleArn,
				RoleSessionName: "work",
				ExternalId: externalId
			})
		),
		"and cannot be assumed"
	);
	for (const { RoleName, Path } of await all(iam.paginateListRoles({ client }, {}), "Roles"))
		await client.send(
			Path === "/"
				? new iam.DeleteRoleCommand({ RoleName })
				: new iam.DeleteServiceLinkedRoleCommand({ RoleName })
		);
	same(await all(iam.paginateListRoles({ client }, {}), "Roles"), [], "no role is left");
	for (const Bucket of [bucket, "acme-private"]) {
		await customer.s3.send(new s3.DeleteBucketCommand({ Bucket }));
		await s3.waitUntilBucketNotExists({ client: customer.s3, ...patience }, { Bucket });
	}
	same(
		(await customer.s3.send(new s3.ListBucketsCommand())).Buckets ?? [],
		[],
		"no bucket is left"
	);
}

async function vendorEnd({ iam: client }, robot) {
	const UserName = "robot";
	await refused(
		iam.DeleteConflictException,
		"DeleteConflictException",
		409,
		client.send(new iam.DeleteUserCommand({ UserName })),
		"a user with a key stays"
	);
	for (const { AccessKeyId } of await all(
		iam.paginateListAccessKeys({ client }, { UserName }),
		"AccessKeyMetadata"
	))
		await client.send(new iam.DeleteAccessKeyCommand({ UserName, AccessKeyId }));
	await refused(
		sts.STSServiceException,
		"InvalidClientTokenId",
		403,
		robot.sts.send(new sts.GetCallerIdentityCommand()),
		"the key is gone"
	);
	await client.send(new iam.DeleteUserPolicyCommand({ UserName, PolicyName: "assume" }));
	await client.send(new iam.DeleteUserCommand({ UserName }));
	await refused(
		iam.NoSuchEntityException,
		"NoSuchEntityException",
		404,
		client.send(new iam.GetUserCommand({ UserName })),
		"so is the user"
	);
}

const customer = as("customer"),
	vendor = as("vendor");
await parties(customer, vendor);
await makeRobot(vendor);
const network = await stage(customer);
await grant(customer);
const robot = as("robot");
const work = await become(robot);
await bucketOf(work, customer);
const oidc = await provider(work);
const template = await instances(work, customer, network);
await makeCluster(work, network.subnets.slice(0, 2), template);
await access(work, customer);
await elsewhere(customer);
await vendorClean(work, template, oidc);
await customerClean(customer, robot);
await vendorEnd(vendor, robot);
plan();
