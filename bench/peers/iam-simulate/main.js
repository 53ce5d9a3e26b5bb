// How long @cloud-copilot/iam-simulate takes for the trace.
//
//   node main.js POLICY TRACE VERDICTS
//
// runUnsafeSimulation is the quicker of its two ways: it validates neither the policies nor the
// request. It reads the policies anew with each call, as the package offers no other way.
// The package is under the AGPL: it is run here by its documented interface, and nothing else.
'use strict';
const fs = require('fs');
const { runUnsafeSimulation } = require('@cloud-copilot/iam-simulate');
const { run } = require('../trace.js');

const policy = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));

run({
  name: 'iam-simulate',
  version: require('./package.json').dependencies['@cloud-copilot/iam-simulate'],
  // A request for `*` means "any resource" here, so it cannot ask for
  // what the policy allows on some ARNs only, which are EKS's actions.
  prepare: (line) => line.resource === '*' && line.action.startsWith('eks:') ? null : ({
    identityPolicies: [{ name: 'policy', policy }],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    request: {
      principal: line.principal,
      action: line.action,
      resource: { resource: line.resource, accountId: '111122223333' },
      contextVariables: line.context,
    },
  }),
  answer: (simulation) => runUnsafeSimulation(simulation, {}) === 'Allowed',
});
