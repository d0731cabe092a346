// The limit of a request body, also where its length is not said beforehand.
import { overLimit } from './errors.mjs';
import { LIMITS } from './limits.mjs';

/** Refuses bodies over `LIMITS.body`, with HTTP status 413. */
export function useBodyLimit() {
  return {
    onRequestParse({ request, requestParser, setRequestParser, fetchAPI }) {
      const length = request.headers.get('content-length');
      if (Number(length ?? 0) > LIMITS.body) throw tooLarge();
      if (length || !requestParser || !request.body) return;
      setRequestParser(async (unread) => requestParser(await read(unread, fetchAPI)));
    },
  };
}

async function read(request, fetchAPI) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > LIMITS.body) throw tooLarge();
    chunks.push(chunk);
  }
  const { url, method, headers, signal } = request;
  return new fetchAPI.Request(url, { method, headers, signal, body: Buffer.concat(chunks).toString() });
}

function tooLarge() {
  return overLimit(`A request body may have ${LIMITS.body} bytes at most`, LIMITS.body, { status: 413 });
}
