// Apollo's clients take subscriptions over HTTP as multipart/mixed, which the gateway library does not speak.
// Source: https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
const TYPE = 'multipart/mixed';
const BOUNDARY = '--graphql';
const HEARTBEAT = 5000; // milliseconds; Apollo's clients give up after silence

/** Answers a subscription whose caller accepts multipart/mixed. */
export function useMultipart() {
  return {
    onResultProcess({ request, result, setResultProcessor }) {
      if (!result?.[Symbol.asyncIterator] || !request.headers.get('accept')?.includes(TYPE)) return;
      setResultProcessor((events, fetchAPI) => respond(events[Symbol.asyncIterator](), fetchAPI), TYPE);
    },
  };
}

function respond(events, fetchAPI) {
  const text = new TextEncoder();
  let heartbeat;
  const body = new fetchAPI.ReadableStream({
    start(controller) {
      const beat = () => controller.enqueue(text.encode(part({})));
      controller.enqueue(text.encode(`\r\n${BOUNDARY}\r\n`));
      beat();
      heartbeat = setInterval(beat, HEARTBEAT);
    },
    async pull(controller) {
      const event = await events.next();
      if (!event.done) return controller.enqueue(text.encode(part({ payload: event.value })));
      clearInterval(heartbeat);
      controller.enqueue(text.encode(part({}, `${BOUNDARY}--`)));
      return controller.close();
    },
    cancel() {
      clearInterval(heartbeat);
      return events.return?.();
    },
  });
  const type = `${TYPE}; boundary="graphql"; subscriptionSpec="1.0"`;
  return new fetchAPI.Response(body, { headers: { 'content-type': type, 'cache-control': 'no-cache' } });
}

// Readers take a part for whole when the boundary behind it has come, so it must not wait for the next one.
function part(content, boundary = BOUNDARY) {
  return `Content-Type: application/json\r\n\r\n${JSON.stringify(content)}\r\n${boundary}\r\n`;
}
