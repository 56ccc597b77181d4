// Where destinations send to in the journeys and the pictures.
import http from "node:http";
import { gunzipSync } from "node:zlib";

/** A server that takes what is sent out: Segment's calls and signed webhooks. It refuses for good what it is told to. */
export async function openSink(refuses = () => false) {
  const got = [];
  const server = http.createServer((req, res) => {
    const parts = [];
    req.on("data", (part) => parts.push(part));
    req.on("end", () => {
      const raw = Buffer.concat(parts);
      const body = JSON.parse(req.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw);
      const calls = body.batch ?? [body];
      if (calls.some(refuses)) return res.writeHead(400, { "content-type": "application/json" }).end('{"code":"invalid_event","message":"the sink does not want this event"}');
      got.push(...calls);
      res.writeHead(200, { "content-type": "application/json" }).end('{"success":true}');
    });
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { got, url: `http://127.0.0.1:${server.address().port}`, close: () => (server.closeAllConnections(), server.close()) };
}
