package schema

import "fmt"

// Overrides put units into groups by hand. Such units are not counted.
type Overrides struct {
	Overrides       []ConditionalOverride `json:"overrides,omitempty"`
	UserIDOverrides []IDOverride          `json:"userIDOverrides,omitempty"`
}

// ConditionalOverride gives a group to the units that pass a gate or are in a segment.
type ConditionalOverride struct {
	Type        string `json:"type"`
	ID          string `json:"id"`
	GroupID     string `json:"groupID"`
	Environment string `json:"environment,omitempty"`
}

// IDOverride gives a group to some units. UnitType is the experiment's ID type when it is empty.
type IDOverride struct {
	GroupID     string   `json:"groupID"`
	IDs         []string `json:"ids"`
	Environment string   `json:"environment,omitempty"`
	UnitType    UnitType `json:"unitType,omitempty"`
}

// IsZero says that there are none; then they are left out of JSON.
func (o Overrides) IsZero() bool { return len(o.Overrides)+len(o.UserIDOverrides) == 0 }

// Overridden lists the units of the experiment's ID type that have a group by hand.
func (x *Experiment) Overridden() []string {
	ids := []string{}
	for _, o := range x.Overrides.UserIDOverrides {
		if o.UnitType == "" || o.UnitType.Key() == x.IDType.Key() {
			ids = append(ids, o.IDs...)
		}
	}
	return ids
}

func (x *Experiment) validateOverrides() error {
	for i, o := range x.Overrides.Overrides {
		at := fmt.Sprintf("overrides[%d]", i)
		if err := checkConditional(at, o.Type, o.ID, "id"); err != nil {
			return err
		}
		if _, ok := x.Group(o.GroupID); !ok {
			return Invalid(at+".groupID", "%q is none of the groups", o.GroupID)
		}
	}
	for i, o := range x.Overrides.UserIDOverrides {
		if _, ok := x.Group(o.GroupID); !ok {
			return Invalid(fmt.Sprintf("userIDOverrides[%d].groupID", i), "%q is none of the groups", o.GroupID)
		}
	}
	return nil
}
