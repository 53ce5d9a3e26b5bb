// bootstrap.mjs -- what the vendor does as the role, and must not do: bucket, identity provider,
// instances, cluster, access; a region of the customer's own; and the vendor's clean-up.
import * as ec2 from "@aws-sdk/client-ec2";
import * as eks from "@aws-sdk/client-eks";
import * as iam from "@aws-sdk/client-iam";
import * as s3 from "@aws-sdk/client-s3";
import * as sts from "@aws-sdk/client-sts";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import {
	all,
	as,
	bucket,
	cluster,
	customerId,
	decoded,
	eksRole,
	isRecent,
	nodeRole,
	ok,
	otherRegion,
	patience,
	refused,
	region,
	roleArn,
	same,
	tag,
	tags,
	trust,
	vendorId
} from "./client.mjs";

export async function bucketOf(work, customer) {
	const where = Bucket => new s3.GetBucketLocationCommand({ Bucket });
	same((await work.s3.send(where(bucket))).LocationConstraint, region, "where the bucket is");
	await refused(
		s3.S3ServiceException,
		"AccessDenied",
		403,
		work.s3.send(where("acme-private")),
		"where another is"
	);
	const head = await work.s3.send(new s3.HeadBucketCommand({ Bucket: bucket })).catch(e => e);
	same(
		[head instanceof s3.S3ServiceException, head.$metadata.httpStatusCode],
		[true, 403],
		"HeadBucket, which the policy does not have"
	);
	same(
		(await customer.s3.send(new s3.HeadBucketCommand({ Bucket: bucket }))).BucketRegion,
		region,
		"the customer's names the region"
	);
	await refused(
		s3.NotFound,
		"NotFound",
		404,
		customer.s3.send(new s3.HeadBucketCommand({ Bucket: "acme-none" })),
		"of no bucket"
	);
	const url = await getSignedUrl(work.s3, where(bucket), { expiresIn: 60 });
	const answer = await fetch(url),
		other = await fetch(url.replace(bucket, "acme-private"));
	same(
		[
			answer.status,
			(await answer.text()).includes(`>${region}</LocationConstraint>`),
			other.status
		],
		[200, true, 403],
		"a presigned GetBucketLocation is good for that bucket"
	);
}

export async function provider({ iam: client }) {
	const url = `oidc.eks.${region}.amazonaws.com/id/FEDCBA9876543210`;
	const make = given =>
		client.send(
			new iam.CreateOpenIDConnectProviderCommand({
				Url: `https://${url}`,
				ClientIDList: ["sts.amazonaws.com"],
				ThumbprintList: ["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"],
				...given
			})
		);
	const denied = (call, ...words) =>
		refused(iam.IAMServiceException, "AccessDenied", 403, call, ...words);
	await denied(make({}), "an identity provider without the tag");
	const OpenIDConnectProviderArn = (await make({ Tags: tag })).OpenIDConnectProviderArn;
	const got = await client.send(
		new iam.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn })
	);
	same(
		[OpenIDConnectProviderArn, got.Url, got.Tags, isRecent(got.CreateDate)],
		[`arn:aws:iam::${customerId}:oidc-provider/${url}`, url, tag, true],
		"with it"
	);
	await refused(
		iam.EntityAlreadyExistsException,
		"EntityAlreadyExistsException",
		409,
		make({ Tags: tag }),
		"once only"
	);
	await refused(
		iam.NoSuchEntityException,
		"NoSuchEntityException",
		404,
		client.send(new iam.GetRoleCommand({ RoleName: "zilliz-byoc-none" })),
		"a role of the prefix that is not there"
	);
	await denied(
		client.send(new iam.GetRoleCommand({ RoleName: "payroll" })),
		"a role without the prefix"
	);
	await denied(
		client.send(
			new iam.CreateRoleCommand({
				RoleName: "zilliz-byoc-more",
				AssumeRolePolicyDocument: trust({ AWS: vendorId })
			})
		),
		"a role of the vendor's own"
	);
	await denied(client.send(new iam.ListRolesCommand()), "all roles");
	await client.send(
		new iam.UpdateAssumeRolePolicyCommand({
			RoleName: "zilliz-byoc-eks-role",
			PolicyDocument: trust({ Service: ["eks.amazonaws.com", "ec2.amazonaws.com"] })
		})
	);
	const { Role } = await client.send(
		new iam.GetRoleCommand({ RoleName: "zilliz-byoc-eks-role" })
	);
	same(
		decoded(Role.AssumeRolePolicyDocument).Statement[0].Principal,
		{ Service: ["eks.amazonaws.com", "ec2.amazonaws.com"] },
		"the trust of the role for EKS"
	);
	return OpenIDConnectProviderArn;
}

export async function instances(work, customer, { subnets, group, image }) {
	const denied = (call, ...words) =>
		refused(ec2.EC2ServiceException, "UnauthorizedOperation", 403, call, ...words);
	const [type] = (
		await work.ec2.send(new ec2.DescribeInstanceTypesCommand({ InstanceTypes: ["m6i.large"] }))
	).InstanceTypes;
	same(
		[type.VCpuInfo.DefaultVCpus, type.CurrentGeneration],
		[2, true],
		"numbers and truth are such"
	);
	const TagSpecifications = ["instance", "volume", "network-interface"].map(ResourceType => ({
		ResourceType,
		Tags: tag
	}));
	const make = given =>
		work.ec2.send(
			new ec2.CreateLaunchTemplateCommand({
				LaunchTemplateName: "nodes",
				LaunchTemplateData: {
					ImageId: image,
					InstanceType: "m6i.large",
					SecurityGroupIds: [group],
					TagSpecifications
				},
				...given
			})
		);
	const { message } = await denied(make({}), "a launch template without the tag");
	const EncodedMessage = message.split(" ").pop();
	const { DecodedMessage } = await customer.sts.send(
		new sts.DecodeAuthorizationMessageCommand({ EncodedMessage })
	);
	same(
		JSON.parse(DecodedMessage).context.action,
		"ec2:CreateLaunchTemplate",
		"the customer decodes why"
	);
	const { LaunchTemplate } = await make({
		TagSpecifications: [{ ResourceType: "launch-template", Tags: tag }]
	});
	same(
		[
			LaunchTemplate.LatestVersionNumber,
			LaunchTemplate.Tags,
			isRecent(LaunchTemplate.CreateTime)
		],
		[1, tag, true],
		"with it"
	);
	const { LaunchTemplateId } = LaunchTemplate;
	await work.ec2.send(
		new ec2.CreateLaunchTemplateVersionCommand({
			LaunchTemplateId,
			SourceVersion: "1",
			LaunchTemplateData: { InstanceType: "m6i.xlarge" }
		})
	);
	const versions = await all(
		ec2.paginateDescribeLaunchTemplateVersions(
			{ client: work.ec2, pageSize: 1 },
			{ LaunchTemplateId }
		),
		"LaunchTemplateVersions"
	);
	same(
		versions.map(v => [v.VersionNumber, v.DefaultVersion, v.LaunchTemplateData.InstanceType]),
		[
			[2, false, "m6i.xlarge"],
			[1, true, "m6i.large"]
		],
		"a second version"
	);
	const run = given =>
		work.ec2.send(
			new ec2.RunInstancesCommand({
				LaunchTemplate: { LaunchTemplateId },
				MinCount: 1,
				MaxCount: 2,
				SubnetId: subnets[0],
				...given
			})
		);
	await refused(
		ec2.EC2ServiceException,
		"DryRunOperation",
		412,
		run({ DryRun: true }),
		"a dry run"
	);
	await denied(run({ SubnetId: subnets[2] }), "in the subnet without the tag");
	const { Instances } = await run({});
	const InstanceIds = Instances.map(i => i.InstanceId);
	same(
		Instances.map(i => [i.State, i.AmiLaunchIndex, isRecent(i.LaunchTime), i.Tags]),
		[0, 1].map(n => [{ Code: 0, Name: "pending" }, n, true, tag]),
		"two instances"
	);
	await denied(
		work.ec2.send(new ec2.DescribeInstancesCommand()),
		"the vendor may not look at them"
	);
	await denied(work.ec2.send(new ec2.TerminateInstancesCommand({ InstanceIds })), "nor end them");
	const client = customer.ec2;
	same(
		(await ec2.waitUntilInstanceRunning({ client, ...patience }, { InstanceIds })).state,
		"SUCCESS",
		"they run"
	);
	await client.send(new ec2.TerminateInstancesCommand({ InstanceIds }));
	same(
		(await ec2.waitUntilInstanceTerminated({ client, ...patience }, { InstanceIds })).state,
		"SUCCESS",
		"and are ended"
	);
	return LaunchTemplateId;
}

export async function makeCluster({ eks: client }, subnetIds, id) {
	const denied = (call, ...words) =>
		refused(eks.AccessDeniedException, "AccessDeniedException", 403, call, ...words);
	const make = given =>
		client.send(
			new eks.CreateClusterCommand({
				name: cluster,
				roleArn: eksRole,
				resourcesVpcConfig: { subnetIds },
				...given
			})
		);
	await denied(make({}), "a cluster without the tag");
	await denied(make({ tags, name: "analytics" }), "one without the prefix");
	await denied(
		make({ tags, roleArn: `arn:aws:iam::${customerId}:role/payroll` }),
		"one with a role that may not be passed"
	);
	const made = (await make({ tags, accessConfig: { authenticationMode: "API_AND_CONFIG_MAP" } }))
		.cluster;
	same(
		[made.status, made.arn, made.tags, isRecent(made.createdAt)],
		["CREATING", `arn:aws:eks:${region}:${customerId}:cluster/${cluster}`, tags, true],
		"the cluster is being made"
	);
	await refused(
		eks.ResourceInUseException,
		"ResourceInUseException",
		409,
		make({ tags }),
		"once only"
	);
	same(
		(await eks.waitUntilClusterActive({ client, ...patience }, { name: cluster })).state,
		"SUCCESS",
		"waitUntilClusterActive"
	);
	const clusterName = cluster,
		nodegroupName = "zilliz-core";
	const { nodegroup } = await client.send(
		new eks.CreateNodegroupCommand({
			clusterName,
			nodegroupName,
			nodeRole,
			subnets: subnetIds,
			launchTemplate: { id, version: "1" },
			scalingConfig: { minSize: 1, maxSize: 3, desiredSize: 2 },
			tags
		})
	);
	same(
		[nodegroup.status, nodegroup.scalingConfig.desiredSize, isRecent(nodegroup.createdAt)],
		["CREATING", 2, true],
		"a node group"
	);
	same(
		(
			await eks.waitUntilNodegroupActive(
				{ client, ...patience },
				{ clusterName, nodegroupName }
			)
		).state,
		"SUCCESS",
		"waitUntilNodegroupActive"
	);
	for (const addonName of ["coredns", "vpc-cni"]) {
		await client.send(new eks.CreateAddonCommand({ clusterName, addonName, tags }));
		same(
			(await eks.waitUntilAddonActive({ client, ...patience }, { clusterName, addonName }))
				.state,
			"SUCCESS",
			"the add-on",
			addonName
		);
	}
	same(
		await all(eks.paginateListAddons({ client, pageSize: 1 }, { clusterName }), "addons"),
		["coredns", "vpc-cni"],
		"a page each"
	);
	const { update } = await client.send(
		new eks.UpdateNodegroupConfigCommand({
			clusterName,
			nodegroupName,
			scalingConfig: { minSize: 1, maxSize: 5, desiredSize: 3 }
		})
	);
	const got = await client.send(
		new eks.DescribeUpdateCommand({ name: cluster, nodegroupName, updateId: update.id })
	);
	same(
		[got.update.type, got.update.status, got.update.errors],
		["ConfigUpdate", "Successful", []],
		"more nodes"
	);
	await denied(client.send(new eks.ListClustersCommand()), "all clusters");
	await refused(
		eks.ResourceNotFoundException,
		"ResourceNotFoundException",
		404,
		client.send(new eks.DescribeClusterCommand({ name: "zilliz-byoc-none" })),
		"a cluster that is not there"
	);
}

// Who may use the cluster: of the document's statements none lets the vendor decide it.
export async function access(work, customer) {
	const clusterName = cluster,
		principalArn = `arn:aws:iam::${customerId}:role/payroll`;
	const denied = (call, ...words) =>
		refused(eks.AccessDeniedException, "AccessDeniedException", 403, call, ...words);
	const entry = new eks.CreateAccessEntryCommand({
		clusterName,
		principalArn,
		type: "STANDARD",
		tags
	});
	await denied(work.eks.send(entry), "an access entry of the vendor's");
	const { accessEntry } = await customer.eks.send(entry);
	same(
		[
			accessEntry.principalArn,
			accessEntry.type,
			accessEntry.tags,
			isRecent(accessEntry.createdAt),
			accessEntry.accessEntryArn.startsWith(
				`arn:aws:eks:${region}:${customerId}:access-entry/${cluster}/role/${customerId}/payroll/`
			)
		],
		[principalArn, "STANDARD", tags, true, true],
		"one of the customer's"
	);
	const policyArn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy";
	const { associatedAccessPolicy } = await customer.eks.send(
		new eks.AssociateAccessPolicyCommand({
			clusterName,
			principalArn,
			policyArn,
			accessScope: { type: "namespace", namespaces: ["milvus"] }
		})
	);
	same(
		[associatedAccessPolicy.policyArn, associatedAccessPolicy.accessScope],
		[policyArn, { type: "namespace", namespaces: ["milvus"] }],
		"with a policy for a namespace"
	);
	ok(
		(
			await all(
				eks.paginateListAccessEntries({ client: work.eks }, { clusterName }),
				"accessEntries"
			)
		).includes(principalArn),
		"the vendor lists entries"
	);
	const association = new eks.CreatePodIdentityAssociationCommand({
		clusterName,
		namespace: "milvus",
		serviceAccount: "milvus",
		roleArn: `arn:aws:iam::${customerId}:role/zilliz-byoc-pod-role`,
		tags
	});
	await denied(work.eks.send(association), "a pod's role of the vendor's");
	const { association: made } = await customer.eks.send(association);
	same(
		[made.serviceAccount, isRecent(made.createdAt)],
		["milvus", true],
		"one of the customer's"
	);
	const { associationId } = made;
	const got = await work.eks.send(
		new eks.DescribePodIdentityAssociationCommand({ clusterName, associationId })
	);
	same(
		got.association.associationArn,
		`arn:aws:eks:${region}:${customerId}:podidentityassociation/${cluster}/${associationId}`,
		"which the vendor may read"
	);
	await work.eks.send(
		new eks.DeletePodIdentityAssociationCommand({ clusterName, associationId })
	);
	const addonName = "vpc-cni";
	const podded = new eks.UpdateAddonCommand({
		clusterName,
		addonName,
		podIdentityAssociations: [
			{
				serviceAccount: "aws-node",
				roleArn: `arn:aws:iam::${customerId}:role/zilliz-byoc-pod-role`
			}
		]
	});
	await denied(work.eks.send(podded), "an add-on's pods, of the vendor's");
	await customer.eks.send(podded);
	const { addon } = await work.eks.send(
		new eks.DescribeAddonCommand({ clusterName, addonName })
	);
	const { associations } = await work.eks.send(
		new eks.ListPodIdentityAssociationsCommand({ clusterName })
	);
	same(
		associations.map((one) => [one.associationArn, one.ownerArn]),
		[[addon.podIdentityAssociations[0], addon.addonArn]],
		"the customer's: the add-on owns the association"
	);
	await customer.eks.send(new eks.DeleteAccessEntryCommand({ clusterName, principalArn }));
	await refused(
		eks.ResourceNotFoundException,
		"ResourceNotFoundException",
		404,
		customer.eks.send(new eks.DescribeAccessEntryCommand({ clusterName, principalArn })),
		"both are gone"
	);
}

export async function elsewhere(customer) {
	const there = as("customer", otherRegion);
	same(
		(await there.sts.send(new sts.GetCallerIdentityCommand())).Account,
		customerId,
		"another region knows the same account"
	);
	const { Vpc } = await there.ec2.send(new ec2.CreateVpcCommand({ CidrBlock: "10.1.0.0/16" }));
	const subnetIds = [];
	for (const [i, zone] of [
		["0", "a"],
		["1", "b"]
	]) {
		const { Subnet } = await there.ec2.send(
			new ec2.CreateSubnetCommand({
				VpcId: Vpc.VpcId,
				CidrBlock: `10.1.${i}.0/24`,
				AvailabilityZone: otherRegion + zone
			})
		);
		same(
			[Subnet.AvailabilityZone, Subnet.SubnetArn],
			[
				otherRegion + zone,
				`arn:aws:ec2:${otherRegion}:${customerId}:subnet/${Subnet.SubnetId}`
			],
			"a subnet of the region"
		);
		subnetIds.push(Subnet.SubnetId);
	}
	await refused(
		ec2.EC2ServiceException,
		"InvalidVpcID.NotFound",
		400,
		customer.ec2.send(new ec2.DescribeVpcsCommand({ VpcIds: [Vpc.VpcId] })),
		"of which the first region knows nothing"
	);
	const made = (
		await there.eks.send(
			new eks.CreateClusterCommand({
				name: "zilliz-byoc-far",
				roleArn: eksRole,
				resourcesVpcConfig: { subnetIds }
			})
		)
	).cluster;
	same(
		made.arn,
		`arn:aws:eks:${otherRegion}:${customerId}:cluster/zilliz-byoc-far`,
		"a cluster of the region"
	);
	const lists = [there, customer].map(who =>
		all(eks.paginateListClusters({ client: who.eks }, {}), "clusters")
	);
	same(await Promise.all(lists), [["zilliz-byoc-far"], [cluster]], "each region lists its own");
	await there.s3.send(
		new s3.CreateBucketCommand({
			Bucket: "acme-far",
			CreateBucketConfiguration: { LocationConstraint: otherRegion }
		})
	);
	same(
		(await there.s3.send(new s3.HeadBucketCommand({ Bucket: "acme-far" }))).BucketRegion,
		otherRegion,
		"a bucket of the region"
	);
	await there.s3.send(new s3.DeleteBucketCommand({ Bucket: "acme-far" }));
	await there.eks.send(new eks.DeleteClusterCommand({ name: "zilliz-byoc-far" }));
	same(
		(
			await eks.waitUntilClusterDeleted(
				{ client: there.eks, ...patience },
				{ name: "zilliz-byoc-far" }
			)
		).state,
		"SUCCESS",
		"is gone"
	);
}

export async function vendorClean(work, LaunchTemplateId, OpenIDConnectProviderArn) {
	const client = work.eks,
		clusterName = cluster,
		nodegroupName = "zilliz-core";
	await refused(
		eks.ResourceInUseException,
		"ResourceInUseException",
		409,
		client.send(new eks.DeleteClusterCommand({ name: cluster })),
		"a cluster with nodes stays"
	);
	for (const addonName of ["coredns", "vpc-cni"]) {
		await client.send(new eks.DeleteAddonCommand({ clusterName, addonName }));
		await eks.waitUntilAddonDeleted({ client, ...patience }, { clusterName, addonName });
	}
	await client.send(new eks.DeleteNodegroupCommand({ clusterName, nodegroupName }));
	same(
		(
			await eks.waitUntilNodegroupDeleted(
				{ client, ...patience },
				{ clusterName, nodegroupName }
			)
		).state,
		"SUCCESS",
		"the nodes go"
	);
	same(
		(await client.send(new eks.DeleteClusterCommand({ name: cluster }))).cluster.status,
		"DELETING",
		"the cluster goes"
	);
	same(
		(await eks.waitUntilClusterDeleted({ client, ...patience }, { name: cluster })).state,
		"SUCCESS",
		"is gone"
	);
	await work.ec2.send(new ec2.DeleteLaunchTemplateCommand({ LaunchTemplateId }));
	await refused(
		ec2.EC2ServiceException,
		"InvalidLaunchTemplateId.NotFound",
		400,
		work.ec2.send(new ec2.DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId })),
		"the launch template is gone"
	);
	await work.iam.send(new iam.DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
	await refused(
		iam.NoSuchEntityException,
		"NoSuchEntityException",
		404,
		work.iam.send(new iam.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn })),
		"the identity provider is gone"
	);
}
