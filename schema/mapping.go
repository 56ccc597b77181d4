package schema

import _ "embed"

//go:embed fragment/mapping.sql
var mappingSQL string

// MappingSQL is the subquery (other_id, mapped_unit) that says which unit each secondary ID belongs to. Its parameters are the experiment's id
// and name, start and end, and the keys of both types, unit_type and other_type.
func (x *Experiment) MappingSQL() string {
	text := Fill(Fill(mappingSQL, "unit", x.IDType.Column("unit_type")), "other", x.SecondaryIDType.Column("other_type"))
	return Fill(Fill(text, "one", oneUnit[x.MappingMode]), "strict", strictly[x.MappingMode])
}

var (
	// oneUnit chooses the unit of an ID that was seen with several.
	oneUnit = map[MappingMode]string{
		StrictOneToOne: "any(own_id)", FirstTouch: "argMin(own_id, (time, own_id))", LastTouch: "argMax(own_id, (time, own_id))",
	}
	// strictly says which IDs are mapped at all.
	strictly = map[MappingMode]string{StrictOneToOne: "uniqExact(own_id) = 1 AND max(others) = 1", FirstTouch: "true", LastTouch: "true"}
)
