// GraphiQL for browsers, from the npm package in our lock: it works on a machine without internet, and the content
// security policy makes sure that nothing is ever asked of another host.
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const EXAMPLE = `# MediaClay: trees of anything, open to people, agents and programs.
# An access token goes under "Headers" below: {"Authorization": "Bearer ..."}

query Structures {
  structures(first: 5) {
    nodes {
      slug
      name
      nodeCount
      root {
        id
        name
        children(first: 10) {
          nodes { id kind name }
        }
      }
    }
  }
}
`;

let loading;

/** Whether a request comes from a person's browser, who wants a page and not an answer. */
export function wantsPage(request, url) {
  return request.method === 'GET' && request.headers.accept?.includes('text/html') && !url.searchParams.has('query');
}

/** Answers with GraphiQL's page. */
export async function sendPage(response) {
  const { page } = await load();
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': POLICY,
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
    vary: 'accept',
  });
  response.end(page);
}

/** Answers with one of the page's files; their addresses change with their content, so browsers keep them. */
export async function sendAsset(response, path) {
  const asset = (await load()).assets.get(path);
  if (!asset) return response.writeHead(404).end();
  response.writeHead(200, {
    'content-type': asset.type,
    'content-encoding': 'gzip',
    'content-length': asset.body.length,
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
  });
  return response.end(asset.body);
}

// Nine megabytes: read when the first browser asks, not at the start.
function load() {
  loading ??= import('@graphql-yoga/render-graphiql/graphiql').then(build);
  return loading;
}

function build({ js, css, favicon, editorWorkerService, jsonWorker, graphqlWorker }) {
  const assets = new Map();
  const add = (name, type, text) => {
    const path = `/graphiql/${createHash('sha256').update(text).digest('hex').slice(0, 12)}/${name}`;
    assets.set(path, { type, body: gzipSync(text) });
    return path;
  };
  const script = (name, text) => add(name, 'text/javascript; charset=utf-8', text);
  const workers = {
    editorWorkerService: script('editor.worker.js', editorWorkerService),
    json: script('json.worker.js', jsonWorker),
    graphql: script('graphql.worker.js', graphqlWorker),
  };
  const page = pageOf({
    icon: favicon,
    style: add('graphiql.css', 'text/css; charset=utf-8', css),
    scripts: [
      script('workers.js', workersScript(workers)),
      script('graphiql.js', js),
      script('start.js', startScript()),
    ],
  });
  return { page, assets };
}

function workersScript(workers) {
  return `self.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_module, label) => (${JSON.stringify(workers)})[label],
};
`;
}

function startScript() {
  const options = { endpoint: '/graphql', title: 'MediaClay', defaultQuery: EXAMPLE, shouldPersistHeaders: false };
  return `YogaGraphiQL.renderYogaGraphiQL(document.getElementById('root'), ${JSON.stringify(options)});\n`;
}

function pageOf({ icon, style, scripts }) {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>MediaClay</title>
    <link rel="icon" href="${icon}" />
    <link rel="stylesheet" href="${style}" />
  </head>
  <body id="body" class="no-focus-outline">
    <noscript>This page needs JavaScript.</noscript>
    <div id="root"></div>
${scripts.map((path) => `    <script src="${path}"></script>`).join('\n')}
  </body>
</html>
`;
}
