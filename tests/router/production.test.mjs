import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { BUDGET } from '../../router/src/budget.mjs';
import { LIMITS } from '../../router/src/limits.mjs';
import { yaml } from './support/packages.mjs';

describe('the configuration of the production router', () => {
  let config;
  before(async () => {
    config = yaml.parse(await readFile(new URL('../../router/hive-router.yaml', import.meta.url), 'utf8'));
  });

  test('has the limits of the embedded one', () => {
    const { max_tokens, max_depth, max_aliases, max_request_body_size } = config.limits;
    const { tokens, depth, aliases, body } = LIMITS;
    assert.deepEqual([max_tokens.n, max_depth.n, max_aliases.n], [tokens, depth, aliases]);
    assert.equal(max_request_body_size, `${body / 1024 / 1024}MiB`);
    assert.equal(max_depth.flatten_fragments, true);
  });

  test('gives reads and changes the time that the embedded one gives them', () => {
    const { expression } = config.traffic_shaping.all.request_timeout;
    assert.match(
      expression,
      new RegExp(`"mutation"\\) {\\s*"${BUDGET.change / 1000}s"\\s*} else {\\s*"${BUDGET.fetch}ms"`),
    );
  });

  test('takes the same settings, and only tokens that nobody but the issuer can make', () => {
    const settings = [...JSON.stringify(config).matchAll(/"from_env":"(\w+)"/g)].map(([, name]) => name).sort();
    assert.deepEqual(settings, [
      'CLAY_AUDIENCE',
      'CLAY_ISSUER',
      'CLAY_JWKS_URL',
      'CLAY_ROUTER_HOST',
      'CLAY_ROUTER_PORT',
      'CLAY_SUPERGRAPH',
    ]);
    assert.deepEqual(config.jwt.allowed_algorithms, ['ES256']);
    assert.equal(config.authorization.directives.enabled, true);
  });

  test('passes on what the embedded one passes on', () => {
    const [{ propagate }] = config.headers.all.request;
    const names = ['authorization', 'graphql-client-name', 'graphql-client-version', 'traceparent', 'tracestate'];
    assert.deepEqual(propagate.named.toSorted(), names);
  });
});
