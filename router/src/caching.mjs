// HTTP caching of queries by GET: always asked again, answered 304 where nothing changed.
import { createHash } from 'node:crypto';

/** Answers to GET get an ETag. Only anonymous answers without errors may lie in a shared cache. */
export function useHttpCaching() {
  return {
    async onResponse({ request, response, serverContext, setResponse, fetchAPI }) {
      if (request.method !== 'GET' || response.status !== 200 || !isJson(response)) return;
      const body = await response.text();
      const headers = Object.fromEntries(response.headers);
      delete headers['content-length'];
      headers.vary = [headers.vary, 'accept', 'authorization'].filter(Boolean).join(', ');
      headers['cache-control'] = policy(body, serverContext);
      headers.etag = `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
      const unchanged = request.headers
        .get('if-none-match')
        ?.split(/\s*,\s*/)
        .includes(headers.etag);
      setResponse(new fetchAPI.Response(unchanged ? null : body, { status: unchanged ? 304 : 200, headers }));
    },
  };
}

function isJson(response) {
  return response.headers.get('content-type')?.includes('json');
}

function policy(body, serverContext) {
  if ('errors' in JSON.parse(body)) return 'no-store';
  return serverContext.caller ? 'private, no-cache' : 'public, no-cache';
}
