// Renames nodes, `rate` times a second for some seconds, each time another: one change for each commit.
import { text } from 'node:stream/consumers';

const { url, authorization, nodes, rate, seconds } = JSON.parse(await text(process.stdin));
const RENAME = `mutation($node: ID!, $name: String!) {
  updateNode(input: { id: $node, name: $name }) { change { revision } } }`;
const began = performance.now();
const counted = { written: 0, failed: [] };

async function write(number) {
  const name = `${began}-${number}`; // another one each time, or nothing would change
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ query: RENAME, variables: { node: nodes[number % nodes.length], name } }),
  });
  const { errors } = await answer.json();
  if (errors) counted.failed.push(errors[0].message);
  else counted.written += 1;
}

const under_way = [];
for (let number = 0; number < rate * seconds; number += 1) {
  const due = (number * 1000) / rate - (performance.now() - began);
  if (due > 0) await new Promise((done) => setTimeout(done, due));
  under_way.push(write(number).catch((error) => counted.failed.push(error.message)));
}
await Promise.all(under_way);
console.log(JSON.stringify({ ...counted, failed: counted.failed.slice(0, 3), seconds: (performance.now() - began) / 1000 }));
