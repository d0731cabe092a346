// Many subscribers in one process, each with a connection of its own. Its standard input says who they are, and then
// what to do, a line each; it answers each with a line of JSON: `reset` forgets what was heard, `report` tells it.
import { createInterface } from 'node:readline';
import { WebSocket } from './packages.mjs';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { url, subscribers } = JSON.parse((await lines.next()).value);
const AT = '"at":"';
const AT_LENGTH = '2026-01-01T00:00:00.000000'.length;
const heard = { first: 0, last: 0, total: 0, ages: [], each: new Array(subscribers.length).fill(0) };
const failed = [];

const now = () => performance.timeOrigin + performance.now();

// Microseconds count, and Date has milliseconds only.
function ageOf(text, moment) {
  const at = text.indexOf(AT);
  if (at < 0) return null;
  const said = text.substr(at + AT.length, AT_LENGTH);
  return moment - (Date.parse(`${said.slice(0, 19)}Z`) + Number(`0${said.slice(19)}`) * 1000);
}

function hear(number, text) {
  const moment = now();
  heard.first ||= moment;
  heard.last = moment;
  heard.total += 1;
  heard.each[number] += 1;
  const age = ageOf(text, moment);
  if (age !== null) heard.ages.push(age);
}

function subscribe(number) {
  const { query, variables, authorization } = subscribers[number];
  return new Promise((resolve) => {
    const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false });
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'connection_init', payload: authorization ? { authorization } : {} })),
    );
    socket.on('message', (data) => {
      const text = data.toString();
      if (text.includes('"type":"next"') && !text.includes('"errors"')) return hear(number, text);
      const { type } = JSON.parse(text);
      if (type === 'ping') return socket.send('{"type":"pong"}');
      if (type !== 'connection_ack') return failed.push(text);
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables } }));
      resolve();
    });
    socket.on('error', (error) => failed.push(error.message));
    socket.on('close', (code, reason) => failed.push(`${code} ${reason}`));
  });
}

const percentile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

function report() {
  const ages = heard.ages.sort((a, b) => a - b);
  return {
    failed: failed.slice(0, 3),
    total: heard.total,
    fewest: Math.min(...heard.each),
    most: Math.max(...heard.each),
    seconds: (heard.last - heard.first) / 1000,
    age: ages.length ? { p50: percentile(ages, 0.5), p99: percentile(ages, 0.99), max: ages.at(-1) } : null,
  };
}

function reset() {
  Object.assign(heard, { first: 0, last: 0, total: 0, ages: [] });
  heard.each.fill(0);
  return {};
}

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

for (let number = 0; number < subscribers.length; number += 1) await subscribe(number);
say({ ready: subscribers.length });
for await (const line of { [Symbol.asyncIterator]: () => lines }) say(line === 'reset' ? reset() : report());
process.exit(0);
