// client.mjs -- what the walk through the procedure uses: TAP, expected refusals, and the parties.
// Each party is a profile of the credentials file that tests/clients/stage.sh has written; the
// address comes from AWS_ENDPOINT_URL, which this SDK reads itself.
import { isDeepStrictEqual } from "node:util";
import { appendFileSync, readFileSync } from "node:fs";
import { EC2Client } from "@aws-sdk/client-ec2";
import { EKSClient } from "@aws-sdk/client-eks";
import { IAMClient } from "@aws-sdk/client-iam";
import { S3Client } from "@aws-sdk/client-s3";
import { STSClient } from "@aws-sdk/client-sts";
import { fromIni } from "@aws-sdk/credential-providers";

export const customerId = "111122223333",
	vendorId = "965570967084";
export const region = "us-west-2",
	otherRegion = "eu-central-1";
export const roleName = "zilliz-byoc-cross-account",
	externalId = "cid-9be21f07";
export const roleArn = `arn:aws:iam::${customerId}:role/${roleName}`;
export const bucket = "acme-milvus",
	cluster = "zilliz-byoc-two";
export const tag = [{ Key: "Vendor", Value: "zilliz-byoc" }],
	tags = { Vendor: "zilliz-byoc" };
export const eksRole = `arn:aws:iam::${customerId}:role/zilliz-byoc-eks-role`;
export const nodeRole = `arn:aws:iam::${customerId}:role/zilliz-byoc-node-role`;
export const patience = { maxWaitTime: 60, minDelay: 1, maxDelay: 2 };
const documentFile = process.argv[2];
let count = 0;

export function ok(good, ...words) {
	console.log(good ? "ok" : "not ok", ++count, "-", ...words);
	return good;
}

export function same(value, wanted, ...words) {
	if (!ok(isDeepStrictEqual(value, wanted), ...words))
		console.log(`#  got: ${JSON.stringify(value)}\n# want: ${JSON.stringify(wanted)}`);
}

export function plan() {
	console.log(`1..${count}`);
}

// The call fails as an instance of this class, with this name and status. Answers the exception.
export async function refused(type, name, status, call, ...words) {
	try {
		await call;
	} catch (e) {
		same(
			[e instanceof type, e.name, e.$metadata?.httpStatusCode, e.$fault],
			[true, name, status, "client"],
			...words
		);
		if (!e.$metadata) console.log(`# ${e.stack}`.replaceAll("\n", "\n# "));
		return e;
	}
	ok(false, ...words, "(it was allowed)");
	return {};
}

export const isRecent = time => time instanceof Date && Math.abs(Date.now() - time) < 120000;

// All clients of somebody: a profile's name, or credentials, or a provider of them.
export function as(who, where = region) {
	const config = {
		region: where,
		credentials: typeof who === "string" ? fromIni({ profile: who, ignoreCache: true }) : who
	};
	return {
		ec2: new EC2Client(config),
		eks: new EKSClient(config),
		iam: new IAMClient(config),
		s3: new S3Client(config),
		sts: new STSClient(config)
	};
}

export function addProfile(file, name, settings) {
	const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}\n`);
	appendFileSync(process.env[file], `[${name}]\n${lines.join("")}`);
}

export function trust(Principal, Condition) {
	const Statement = [
		{ Effect: "Allow", Principal, Action: "sts:AssumeRole", ...(Condition && { Condition }) }
	];
	return JSON.stringify({ Version: "2012-10-17", Statement });
}

export const readDocument = () =>
	JSON.parse(readFileSync(documentFile, "utf8").replace("{bucketName}", bucket));

// IAM gives policies percent-encoded; this SDK leaves them so.
export const decoded = policy => JSON.parse(decodeURIComponent(policy));

export async function all(pages, member) {
	const found = [];
	for await (const page of pages) found.push(...(page[member] ?? []));
	return found;
}
