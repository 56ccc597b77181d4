package schema

// ExposureKind is how an exposure was made known.
type ExposureKind string

// The kinds of exposure.
const (
	GateExposure   ExposureKind = "gate"
	ConfigExposure ExposureKind = "config"
	LayerExposure  ExposureKind = "layer"
	// Viewed is Segment's semantic event "Experiment Viewed".
	Viewed ExposureKind = "viewed"
)

// Exposure says that a unit saw a gate, experiment or layer and got a group. Which group a Rule means is decided at rollup
// time from the experiment's definition, so that an exposure that arrives before its experiment is defined still counts.
type Exposure struct {
	MessageID string
	Item      int
	Kind      ExposureKind
	// Name is the gate, experiment or config; for a layer the experiment that it allocated.
	Name string
	// Layer is the layer's name for layer exposures.
	Layer string
	// Rule is the rule id, group id or variation id; RuleName the variation's name where one was sent.
	Rule, RuleName string
	// Value is a gate's "true" or "false", or a layer's parameter name.
	Value string
	// Reason is the SDK's evaluation reason.
	Reason string
	// Secondary marks exposures unpacked from another one's secondaryExposures.
	Secondary bool

	Time, Received      Millis
	UserID, AnonymousID string
	UnitIDs             UnitIDs
	Environment         string
	UserProperties      string
	Library             string
	// Raw is the item as received, for the live log; it has no column.
	Raw string
}

// ExposureName is the name under which an SDK logs exposures of a kind.
func ExposureName(kind ExposureKind) string { return "statsig::" + string(kind) + "_exposure" }
