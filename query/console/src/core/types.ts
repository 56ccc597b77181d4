// The nouns, as the Console API shows them.
export interface MetricRef { name: string; type: string }
export interface Group { id: string; name: string; size: number; parameterValues?: Record<string, unknown> | null; description?: string }
export interface Experiment {
  id: string; name: string; description: string; hypothesis: string; idType: string; groups: Group[]; controlGroupID?: string; allocation: number;
  primaryMetrics: MetricRef[]; secondaryMetrics: MetricRef[]; tags: string[]; duration?: number; targetExposures?: number; status: string; startTime?: number; endTime?: number;
  analysisStartTime?: number; defaultConfidenceInterval: string; attribution: string; crossoverUnits: string; launchedGroupID?: string; decisionReason?: string;
  version?: number; run?: number; createdTime?: number; lastModifiedTime?: number; layerID?: string | null; targetingGateID?: string | null; inlineTargetingRulesJSON?: string; otherMetrics?: MetricRef[]; sequentialTesting?: boolean;
}
export interface Bounds { kind: string; lower: number | null; upper: number | null }
type N = number | null;
export interface Result {
  metricID: string; metricName: string; metricType: string; directionality: string; status: string; detail?: string; methods: string[]; verdict?: string; alpha: number;
  absoluteChange: N; confidenceIntervalDelta: N; sequentialTestingConfidenceIntervalDelta: N; percentChange: N; percentConfidenceIntervalDelta: N;
  percentSequentialTestingConfidenceIntervalDelta: N; confidenceInterval: Bounds | null; percentConfidenceInterval: Bounds | null; percentSequentialTestingConfidenceInterval?: Bounds | null;
  testMean: N; controlMean: N; testStd: N; controlStd: N; testUnits: N; controlUnits: N; testParticipants: number; controlParticipants: number; testTotal?: N; controlTotal?: N;
  pValue: N; sequentialPValue: N; adjustedPValue?: N; reversePower?: N; absoluteToplineImpact: N; absoluteToplineImpactDelta: N; relativeToplineImpact?: N; projectedAbsoluteToplineImpact?: N; projectedAbsoluteToplineImpactDelta?: N;
  cuped?: { applied: boolean; reason?: string; varianceReduction: N; correlation: N; windowDays: number } | null;
  bayesian?: { posteriorMean: N; credibleInterval: Bounds | null; chanceToBeatControl: N; expectedLoss: N } | null;
  sprt?: { effect: number; decision?: string; logLikelihoodRatio: N; expectedUnits: N; reason?: string } | null;
  joinCoverage?: Coverage | null; dimensionBreakdown?: Slice[]; heterogeneity?: Heterogeneity | null; interactions?: Interaction[] | null;
}
export interface Coverage { exposedUnits: number; matchableUnits: number; events: number; eventsWithID: number; eventsWithIDPercent: number; sentence: string }
/** How far the effect in a slice of the units is from that in all others; flag is high, some or none. */
export interface Differs { effect: N; restEffect: N; difference: N; confidenceInterval: Bounds | null; pValue: N; adjustedPValue: N; flag: string }
export interface Heterogeneity { segments: number; q: N; df: number; pValue: N; iSquared: N }
export interface Interaction { otherControl: string; otherGroup: string; effect: N; controlEffect: N; interaction: N; confidenceInterval: Bounds | null; pValue: N }
export interface Slice extends Result { value: string; complete: boolean; differs?: Differs | null }
export interface GroupSize { groupID: string; groupName: string; units: number; share: number; expected: number }
export interface Report {
  experimentID: string; control: string; test: string; confidence: number; ds: string; exposures: GroupSize[]; crossoverUnits: number;
  srm: { status: string; pValue: N; level?: string; advice?: string } | null; applied: string[]; primaryMetrics: Result[]; secondaryMetrics: Result[]; otherMetrics: Result[];
  overriddenUnits?: number; warnings?: string[]; decisionDue?: N;
  asOf: N; dataCompleteTo: N; queryId: string; rowsRead: number; elapsedMs: number; sql?: string;
}
export interface MetricEvent { name: string; type?: string; metadataKey?: string; criteria?: Criterion[] }
export interface Criterion { type: string; column?: string; condition: string; values?: string[] }
export interface Metric {
  id: string; name: string; type: string; description?: string; unitTypes?: string[]; metricEvents: MetricEvent[]; metricComponentMetrics?: MetricRef[]; directionality?: string; tags?: string[];
  funnelCountDistinct?: string; warehouseNative?: Record<string, number | boolean | undefined>; rollupTimeWindow?: string; customRollUpStart?: number; customRollUpEnd?: number; version?: number; createdTime?: number; lastModifiedTime?: number;
  lineage: { events: string[]; metrics: string[] };
}
export interface Condition { type: string; operator?: string; field?: string | null; customID?: string | null; targetValue?: unknown }
export interface Variant { id?: string; name: string; passPercentage: number; returnValue: unknown }
export interface RolloutStep { time: number; passPercent: number }
export interface Rule { id?: string; name: string; passPercentage: number; conditions: Condition[]; environments?: string[] | null; returnValue?: unknown; variants?: Variant[] | null; completedAutomatedRollouts?: RolloutStep[] | null; pendingAutomatedRollouts?: RolloutStep[] | null }
/** What gates, dynamic configs, layers and holdouts have in common. */
export interface Head { id: string; name: string; description: string; idType: string; tags: string[]; isArchived: boolean; version?: number; lastModifiedTime?: number; holdoutIDs?: string[] }
export interface Gate extends Head { isEnabled: boolean; status: string; type: string; rules: Rule[]; measureMetricLifts?: boolean; monitoringMetrics?: MetricRef[] }
export interface Config extends Head { isEnabled: boolean; status: string; rules: Rule[]; defaultValue: unknown }
export interface Parameter { name: string; type: string; defaultValue: unknown }
export interface Layer extends Head { parameters: Parameter[]; allocations?: { experiment: string; ranges: [number, number][] }[]; freeAllocation: number }
export interface Holdout extends Head { isEnabled: boolean; passPercentage: number; gateIDs: string[]; experimentIDs: string[]; layerIDs: string[]; dynamicConfigIDs?: string[]; isGlobal: boolean; targetingGateID: string; monitoringMetrics: MetricRef[] }
