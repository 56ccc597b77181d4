package schema

// MetricOptions are what Statsig keeps under warehouseNative; no warehouse is needed for them here.
type MetricOptions struct {
	// Aggregation is what a user_warehouse metric computes.
	Aggregation string `json:"aggregation,omitempty"`
	// ValueColumn is the property that the metric's first event is asked for, "value" for its value. Criteria are filters of
	// that event. They are moved into metricEvents.
	ValueColumn string      `json:"valueColumn,omitempty"`
	Criteria    []Criterion `json:"criteria,omitempty"`

	// Cap bounds what a unit adds on one day, 0 for no bound. Of event_count_custom and sum.
	Cap float64 `json:"cap,omitempty"`
	// WinsorizationLow and High are quantiles between 0 and 1 to which units' values are pulled in experiments; 0 for none.
	WinsorizationLow  float64 `json:"winsorizationLow,omitempty"`
	WinsorizationHigh float64 `json:"winsorizationHigh,omitempty"`
	// Percentile is which one, in percent: 95 for the 95th.
	Percentile float64 `json:"percentile,omitempty"`
	// A retention looks, for each day on which a unit had the first event, whether it had the last one on the
	// RetentionLength days that end RetentionEnd days later.
	RetentionEnd    int `json:"retentionEnd,omitempty"`
	RetentionLength int `json:"retentionLength,omitempty"`
	// FunnelCalculationWindow is how many days (also parts of one) the steps may take; 0 means that they have to be on one
	// metric day. FunnelStrictOrdering wants the steps in their order; else they may come in any.
	FunnelCalculationWindow float64 `json:"funnelCalculationWindow,omitempty"`
	FunnelStrictOrdering    bool    `json:"funnelStrictOrdering,omitempty"`
	FunnelCountDistinct     string  `json:"funnelCountDistinct,omitempty"`
	// FunnelEvents are the steps as warehouse metrics write them; they become metricEvents.
	FunnelEvents []MetricEvent `json:"funnelEvents,omitempty"`
	// MetricDimensionColumns are properties by which totals are broken down; "user.NAME" is a field of the user, "value" the value.
	MetricDimensionColumns []string `json:"metricDimensionColumns,omitempty"`
	// CupedAttributionWindow is how many days before exposure predict, 0 for what the experiment has.
	CupedAttributionWindow int `json:"cupedAttributionWindow,omitempty"`

	// How event_user counts a unit's days, as warehouse metrics write it; moved to the metric.
	RollupTimeWindow  Rollup `json:"rollupTimeWindow,omitempty"`
	CustomRollUpStart int    `json:"customRollUpStart,omitempty"`
	CustomRollUpEnd   int    `json:"customRollUpEnd,omitempty"`

	// What Statsig says of the two sides of a ratio. It is refused: metricEvents say it, the numerator's event first.
	NumeratorAggregation           string      `json:"numeratorAggregation,omitempty"`
	DenominatorAggregation         string      `json:"denominatorAggregation,omitempty"`
	DenominatorCriteria            []Criterion `json:"denominatorCriteria,omitempty"`
	DenominatorValueColumn         string      `json:"denominatorValueColumn,omitempty"`
	DenominatorRollupTimeWindow    string      `json:"denominatorRollupTimeWindow,omitempty"`
	DenominatorCustomRollupStart   float64     `json:"denominatorCustomRollupStart,omitempty"`
	DenominatorCustomRollupEnd     float64     `json:"denominatorCustomRollupEnd,omitempty"`
	DenominatorCustomRollupMinutes bool        `json:"denominatorCustomRollupMeasureInMinutes,omitempty"`

	// What Statsig has and we do not compute. Each is refused when it asks for something.
	UseLogTransform                bool    `json:"useLogTransform,omitempty"`
	ValueThreshold                 float64 `json:"valueThreshold,omitempty"`
	WaitForCohortWindow            bool    `json:"waitForCohortWindow,omitempty"`
	OnlyIncludeUsersWithConversion bool    `json:"onlyIncludeUsersWithConversionEvent,omitempty"`
	CustomRollupMeasureInMinutes   bool    `json:"customRollupMeasureInMinutes,omitempty"`
	FunnelUseExposureAsFirstEvent  bool    `json:"funnelUseExposureAsFirstEvent,omitempty"`
	FunnelTimeToConvert            bool    `json:"funnelTimeToConvert,omitempty"`
	FunnelTimestampAllowanceMs     float64 `json:"funnelTimestampAllowanceMs,omitempty"`
	FunnelStartCriteria            string  `json:"funnelStartCriteria,omitempty"`
	SessionIdentifierField         string  `json:"sessionIdentifierField,omitempty"`
	AllowNullRatioDenominator      bool    `json:"allowNullRatioDenominator,omitempty"`
	WinsorizationLowDenominator    float64 `json:"winsorizationLowDenominator,omitempty"`
	WinsorizationHighDenominator   float64 `json:"winsorizationHighDenominator,omitempty"`
	SurrogateMetricMSE             float64 `json:"surrogateMetricMSE,omitempty"`
}

// aggregations are the types that a user_warehouse metric may compute.
var aggregations = map[string]MetricType{
	"count": EventCount, "sum": Sum, "mean": Mean, "daily_participation": EventUser, "ratio": Ratio, "funnel": Funnel,
	"count_distinct": CountDistinct, "percentile": Percentile, "first_value": FirstValue, "latest_value": LatestValue,
	"retention": Retention, "max": Max, "min": Min,
}

// normalise moves what is written under warehouseNative and in Cloud's lists to where it is looked for.
func (m *Metric) normalise() {
	o := &m.Options
	if m.Aggregation() == Funnel && len(m.MetricEvents) == 0 {
		for _, e := range m.FunnelEvents {
			m.MetricEvents = append(m.MetricEvents, MetricEvent{Name: e.Name})
		}
		m.MetricEvents = append(m.MetricEvents, o.FunnelEvents...)
	}
	if m.FunnelCountDistinct == "" {
		m.FunnelCountDistinct = o.FunnelCountDistinct
	}
	if m.RollupTimeWindow == "" && o.RollupTimeWindow != "" {
		m.RollupTimeWindow, m.CustomRollUpStart, m.CustomRollUpEnd = o.RollupTimeWindow, o.CustomRollUpStart, o.CustomRollUpEnd
	}
	o.RollupTimeWindow, o.CustomRollUpStart, o.CustomRollUpEnd = "", 0, 0
	if len(m.MetricEvents) > 0 {
		e := &m.MetricEvents[0]
		e.Criteria = append(e.Criteria, o.Criteria...)
		if e.Type == "" && o.ValueColumn == "value" {
			e.Type = "value"
		} else if e.Type == "" && o.ValueColumn != "" {
			e.Type, e.MetadataKey = "metadata", o.ValueColumn
		}
	}
	m.FunnelEvents, o.FunnelEvents, o.FunnelCountDistinct, o.ValueColumn, o.Criteria = nil, nil, "", "", nil
}

// validate refuses options that are wrong, or would have no effect, by name.
func (o *MetricOptions) validate(m *Metric) error {
	for name, asked := range map[string]bool{
		"useLogTransform": o.UseLogTransform, "valueThreshold": o.ValueThreshold != 0, "waitForCohortWindow": o.WaitForCohortWindow,
		"onlyIncludeUsersWithConversionEvent": o.OnlyIncludeUsersWithConversion,
		"customRollupMeasureInMinutes":        o.CustomRollupMeasureInMinutes, "funnelTimeToConvert": o.FunnelTimeToConvert,
		"funnelUseExposureAsFirstEvent": o.FunnelUseExposureAsFirstEvent, "funnelTimestampAllowanceMs": o.FunnelTimestampAllowanceMs != 0,
		"funnelStartCriteria": o.FunnelStartCriteria != "" && o.FunnelStartCriteria != "start_event", "sessionIdentifierField": o.SessionIdentifierField != "",
		"allowNullRatioDenominator": o.AllowNullRatioDenominator, "surrogateMetricMSE": o.SurrogateMetricMSE != 0,
		"winsorizationLowDenominator": o.WinsorizationLowDenominator != 0, "winsorizationHighDenominator": o.WinsorizationHighDenominator != 0,
	} {
		if asked {
			return Invalid("warehouseNative."+name, "is not computed here; leave it out")
		}
	}
	for name, asked := range map[string]bool{
		"numeratorAggregation": o.NumeratorAggregation != "", "denominatorAggregation": o.DenominatorAggregation != "",
		"denominatorCriteria": len(o.DenominatorCriteria) > 0, "denominatorValueColumn": o.DenominatorValueColumn != "",
		"denominatorRollupTimeWindow": o.DenominatorRollupTimeWindow != "", "denominatorCustomRollupStart": o.DenominatorCustomRollupStart != 0,
		"denominatorCustomRollupEnd": o.DenominatorCustomRollupEnd != 0, "denominatorCustomRollupMeasureInMinutes": o.DenominatorCustomRollupMinutes,
	} {
		if asked {
			return Invalid("warehouseNative."+name, "is said in metricEvents here: the first is the numerator, the second the denominator, each with its type and criteria; leave it out")
		}
	}
	if o.Cap < 0 || o.Cap > 0 && m.Aggregation() != EventCount && m.Aggregation() != Sum {
		return Invalid("warehouseNative.cap", "must be above 0, and belongs to metrics of type event_count_custom or sum")
	}
	if o.WinsorizationLow < 0 || o.WinsorizationHigh < 0 || o.WinsorizationHigh > 1 || o.WinsorizationLow >= 1 ||
		o.WinsorizationHigh > 0 && o.WinsorizationLow >= o.WinsorizationHigh {
		return Invalid("warehouseNative.winsorizationHigh", "bounds are quantiles between 0 and 1, the low one below the high one, e.g. 0.001 and 0.999")
	}
	if o.CupedAttributionWindow < 0 || o.CupedAttributionWindow > LongestPast {
		return Invalid("warehouseNative.cupedAttributionWindow", "%d is not a number of days up to %d", o.CupedAttributionWindow, LongestPast)
	}
	if len(o.MetricDimensionColumns) > 4 {
		return Invalid("warehouseNative.metricDimensionColumns", "a metric has at most 4 dimensions, not %d", len(o.MetricDimensionColumns))
	}
	if len(o.MetricDimensionColumns) > 0 && (m.Aggregation() == Retention || o.FunnelCalculationWindow > 0) {
		return Invalid("warehouseNative.metricDimensionColumns", "a metric that is made of several days cannot be broken down: its events may say different things")
	}
	return firstError(o.validatePercentile(m), o.validateRetention(m), o.validateFunnel(m))
}

func (o *MetricOptions) validatePercentile(m *Metric) error {
	if m.Aggregation() != Percentile {
		return nil
	}
	if !(o.Percentile >= 1 && o.Percentile < 100) {
		return Invalid("warehouseNative.percentile", "%v is not a percentile from 1 to below 100; it is in percent: 95 for the 95th", o.Percentile)
	}
	return nil
}

// MaxReach is how many days a metric may look back or ahead.
const MaxReach = 60

func (o *MetricOptions) validateRetention(m *Metric) error {
	if m.Aggregation() != Retention {
		return nil
	}
	if o.RetentionLength == 0 {
		o.RetentionLength = 1
	}
	if o.RetentionEnd < 1 || o.RetentionEnd > MaxReach {
		return Invalid("warehouseNative.retentionEnd", "%d is not a number of days from 1 to %d", o.RetentionEnd, MaxReach)
	}
	if o.RetentionLength < 1 || o.RetentionLength > o.RetentionEnd {
		return Invalid("warehouseNative.retentionLength", "%d is not a number of days from 1 to retentionEnd", o.RetentionLength)
	}
	return nil
}

func (o *MetricOptions) validateFunnel(m *Metric) error {
	if m.Aggregation() != Funnel {
		if m.FunnelCountDistinct != "" {
			return Invalid("funnelCountDistinct", "belongs to funnels, not to a %s metric; leave it out", m.Aggregation())
		}
		return nil
	}
	if m.FunnelCountDistinct == "" {
		m.FunnelCountDistinct = "users"
	}
	if m.FunnelCountDistinct != "users" && m.FunnelCountDistinct != "events" {
		return Invalid("funnelCountDistinct", "%q is neither \"users\" nor \"events\"", m.FunnelCountDistinct)
	}
	if !(o.FunnelCalculationWindow >= 0 && o.FunnelCalculationWindow <= MaxReach) {
		return Invalid("warehouseNative.funnelCalculationWindow", "%v is not a number of days up to %d", o.FunnelCalculationWindow, MaxReach)
	}
	if o.FunnelCalculationWindow > 0 && !o.FunnelStrictOrdering && m.FunnelCountDistinct == "events" {
		return Invalid("warehouseNative.funnelCalculationWindow", "a funnel of events in any order is counted within the day; set funnelStrictOrdering or leave the window out")
	}
	return nil
}
