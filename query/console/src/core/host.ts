// Where this server is, as its clients write it.
export const host = () => new URL(".", location.href.split("#")[0]).href.replace(/\/$/, "");

/** How to send the first event, by client, with host and key filled in. */
export function snippets(key: string): { id: string; name: string; steps: string[]; code: string }[] {
  const url = host(), bare = url.replace(/^https?:\/\//, "");
  return [
    { id: "curl", name: "curl", steps: ["Run this in a terminal."], code: `curl -u '${key}:' '${url}/v1/track' \\\n  -H 'Content-Type: application/json' \\\n  -d '{"userId":"u1","event":"Signed Up","properties":{"plan":"pro"}}'` },
    {
      id: "segment", name: "Segment destination", steps: [
        "In Segment, add the destination “Webhooks (Actions)” to your source, or “Statsig” where the endpoint can be changed.",
        "Use this address, and the key as the user name of Basic authorisation.",
        "Send a test event from the destination's Event Tester.",
      ], code: `URL            ${url}/v1/webhooks/segment_webhook\nAuthorization  Basic ${btoa(key + ":")}`,
    },
    { id: "js", name: "analytics.js", steps: ["Point the library at this server; everything else stays."], code: `import { AnalyticsBrowser } from '@segment/analytics-next'\n\nexport const analytics = AnalyticsBrowser.load(\n  { writeKey: '${key}', cdnURL: '${url}' },\n  { integrations: { 'Segment.io': { apiHost: '${bare}/v1', protocol: '${location.protocol.replace(":", "")}' } } },\n)\nanalytics.track('Signed Up', { plan: 'pro' })` },
    { id: "node", name: "analytics-node", steps: ["npm install @segment/analytics-node"], code: `import { Analytics } from '@segment/analytics-node'\n\nconst analytics = new Analytics({ writeKey: '${key}', host: '${url}' })\nanalytics.track({ userId: 'u1', event: 'Signed Up', properties: { plan: 'pro' } })\nawait analytics.closeAndFlush()` },
    { id: "go", name: "Go", steps: ["go get github.com/segmentio/analytics-go/v3"], code: `client, err := analytics.NewWithConfig("${key}", analytics.Config{Endpoint: "${url}"})\nif err != nil {\n\treturn err\n}\ndefer client.Close()\nclient.Enqueue(analytics.Track{UserId: "u1", Event: "Signed Up"})` },
    { id: "demo", name: "Demo data", steps: ["Two weeks of events, an A/B and an A/A test with known lifts; about a minute."], code: `pulsehouse demo --url '${url}'` },
  ];
}
