// What the two peers that run in Node share: the trace, the clock, and how a result is said.
//
// A peer is `answer(request)`: true for allow. The requests are made beforehand by `prepare`, which
// answers null for one that the peer cannot express; what is timed is `answer` alone, after a pass
// over the whole trace to let the compiler settle.
'use strict';
const fs = require('fs');

const PASSES = 3;

function readTrace(path) {
  return fs.readFileSync(path, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line));
}

function median(values) {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

// What an empty measurement takes.
function clockCost() {
  const all = [];
  for (let i = 0; i < 10001; i++) {
    const start = process.hrtime.bigint();
    all.push(Number(process.hrtime.bigint() - start));
  }
  return median(all);
}

function run({ name, version, prepare, answer }) {
  const [, , , tracePath, verdictsPath] = process.argv;
  const all = readTrace(tracePath).map(prepare);
  const verdict = (request) => (request === null ? '-' : answer(request) ? 'allow' : 'deny');
  fs.writeFileSync(verdictsPath, all.map((request) => verdict(request) + '\n').join(''));

  const cost = clockCost();
  const requests = all.filter((request) => request !== null);
  const each = requests.map(() => []);
  for (let pass = 0; pass < PASSES; pass++) {
    for (let i = 0; i < requests.length; i++) {
      const start = process.hrtime.bigint();
      answer(requests[i]);
      each[i].push(Number(process.hrtime.bigint() - start) - cost);
    }
  }
  const medians = each.map(median).sort((a, b) => a - b);
  console.log(`peer.${name}.median_ns ${Math.round(median(medians))}`);
  console.log(`peer.${name}.p99_ns ${Math.round(medians[Math.floor(medians.length * 0.99)])}`);
  console.log(`peer.${name}.version ${version}`);
}

module.exports = { run };
