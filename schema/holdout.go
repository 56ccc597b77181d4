package schema

import "slices"

// Holdout keeps a share of the units away from the gates, experiments and layers it lists.
type Holdout struct {
	Head
	IsEnabled bool `json:"isEnabled"`
	// PassPercentage is the share held out.
	PassPercentage  float64  `json:"passPercentage"`
	GateIDs         []string `json:"gateIDs"`
	ExperimentIDs   []string `json:"experimentIDs"`
	LayerIDs        []string `json:"layerIDs"`
	DynamicConfigID []string `json:"dynamicConfigIDs,omitempty"`
	// IsGlobal holds out from everything.
	IsGlobal bool `json:"isGlobal"`
	// TargetingGateID limits it to the units that pass a gate; "" is everybody.
	TargetingGateID   string             `json:"targetingGateID"`
	Overrides         []GateOverride     `json:"overrides,omitempty"`
	MonitoringMetrics []ExperimentMetric `json:"monitoringMetrics"`
}

// Follow lets a changed holdout go on from the version before it.
func (h *Holdout) Follow(old *Holdout) { h.KeepLife(&old.Head) }

// Validate fills defaults and refuses what cannot be served, naming the field.
func (h *Holdout) Validate() error {
	if !(h.PassPercentage >= 0 && h.PassPercentage <= 100) {
		return Invalid("passPercentage", "%v is not a percentage", h.PassPercentage)
	}
	for _, list := range []*[]string{&h.GateIDs, &h.ExperimentIDs, &h.LayerIDs} {
		*list = append([]string{}, *list...)
	}
	h.MonitoringMetrics = append([]ExperimentMetric{}, h.MonitoringMetrics...)
	return h.validate()
}

// HeldOutList is one of a holdout's lists: the field, what kind of definition it names, and which.
type HeldOutList struct {
	Field, Kind string
	IDs         []string
}

// Lists are what the holdout names.
func (h *Holdout) Lists() []HeldOutList {
	return []HeldOutList{
		{"gateIDs", "gate", h.GateIDs},
		{"layerIDs", "layer", h.LayerIDs},
		{"experimentIDs", "experiment", h.ExperimentIDs},
		{"dynamicConfigIDs", "dynamic_config", h.DynamicConfigID},
	}
}

// HoldsGate says whether it keeps units away from a gate.
func (h *Holdout) HoldsGate(id string) bool { return h.holds(h.GateIDs, id) }

// HoldsExperiment says whether it keeps units away from an experiment.
func (h *Holdout) HoldsExperiment(id string) bool { return h.holds(h.ExperimentIDs, id) }

// HoldsLayer says whether it keeps units away from a layer.
func (h *Holdout) HoldsLayer(id string) bool { return h.holds(h.LayerIDs, id) }

// HoldsConfig says whether it keeps units away from a dynamic config.
func (h *Holdout) HoldsConfig(id string) bool { return h.holds(h.DynamicConfigID, id) }

func (h *Holdout) holds(list []string, id string) bool {
	return !h.IsArchived && h.IsEnabled && (h.IsGlobal || slices.Contains(list, id))
}
