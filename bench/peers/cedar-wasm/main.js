// How long Cedar, compiled to WebAssembly, takes for the trace.
//
//   node main.js POLICY TRACE VERDICTS
//
// The policies are parsed beforehand (preparsePolicySet); a request crosses into WebAssembly as
// an object with each call, as the package offers no other way.
'use strict';
const fs = require('fs');
const cedar = require('@cedar-policy/cedar-wasm/nodejs');
const { run } = require('../trace.js');

const parsed = cedar.preparsePolicySet('policy', {
  staticPolicies: fs.readFileSync(process.argv[2], 'utf8'),
});
if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed.errors));

run({
  name: 'cedar-wasm',
  version: require('@cedar-policy/cedar-wasm/nodejs').getCedarSDKVersion(),
  prepare: (line) => ({
    principal: { type: 'Principal', id: line.principal },
    action: { type: 'Action', id: line.action },
    resource: { type: 'Resource', id: line.resource },
    context: { ...line.context, resource: line.resource },
    preparsedPolicySetId: 'policy',
    entities: [],
  }),
  answer: (call) => {
    const result = cedar.statefulIsAuthorized(call);
    if (result.type !== 'success') throw new Error(JSON.stringify(result.errors));
    return result.response.decision === 'allow';
  },
});
