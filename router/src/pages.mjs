// What the router answers beside GraphQL: whether it lives, whether it is ready, and GraphiQL for people.
import { sendAsset, sendPage, wantsPage } from './graphiql.mjs';

/** An HTTP listener that hands everything else to the gateway. `state.draining` turns readiness off. */
export function createPages({ runtime, state, log }) {
  const answers = {
    '/health': (response) => sendJson(response, 200, { status: 'alive' }),
    '/ready': (response) => {
      if (state.draining) sendJson(response, 503, { status: 'draining' });
      else sendJson(response, 200, { status: 'ready' });
    },
    '/': (response) => response.writeHead(302, { location: runtime.graphqlEndpoint }).end(),
  };
  return (request, response) => {
    const url = URL.parse(request.url, 'http://router');
    if (!url) return sendJson(response, 400, { status: 'not an address' });
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (reads && Object.hasOwn(answers, url.pathname)) return answers[url.pathname](response);
    const page = pageFor(request, response, url, runtime);
    if (page) return page.catch((error) => broken(response, error, log));
    return runtime(request, response);
  };
}

function pageFor(request, response, url, runtime) {
  if (url.pathname === runtime.graphqlEndpoint && wantsPage(request, url)) return sendPage(response);
  if (request.method === 'GET' && url.pathname.startsWith('/graphiql/')) return sendAsset(response, url.pathname);
  return null;
}

function broken(response, error, log) {
  log.error('a page could not be sent', { error });
  if (!response.headersSent) response.writeHead(500);
  response.end();
}

function sendJson(response, status, content) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(content));
}
