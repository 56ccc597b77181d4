// What several views say about destinations.
export interface Delivery { status: string; sent: number; failed: number; retries: number; skipped: number; pending: number; lagSeconds: number; sentTo: string | null; problem: string; problemAt: string | null; retryAt: string | null }
export interface Mapping { from: string; to: string }
export interface Destination {
  id: string; name: string; type: string; endpoint: string; hasSecret: boolean; categories: string[]; events: { includeNewEvents: boolean; events: { name: string; tracked: boolean }[] | null }; identifiers: Mapping[] | null;
  firstExposuresOnly: boolean; experimentViewed: boolean; segmentEvents: boolean; paused: boolean; delivery: Delivery;
}
export const categories: [string, string][] = [["gateExposures", "Gate exposures"], ["configExposures", "Experiment and config exposures"], ["layerExposures", "Layer exposures"], ["customEvents", "Custom events"], ["configChanges", "Configuration changes"]];
