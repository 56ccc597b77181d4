package rollup

import (
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// source is the SQL of what the experiment's units did on some days, from the events.
func (x *experiment) source(ms []*metric) (text string, p store.Params, err error) {
	ts, values, err := newTerms(ms)
	if err != nil {
		return "", nil, err
	}
	sql, ts := columns(ts)
	text = fillAll(counted(statement("source_events")), map[string]string{
		"columns": sql, "happened": anyHappened(ts), "folded": folded(ms, ts, (*metric).foldItems, noItems),
	})
	if hasFold(ms, foldDistinct, foldValues, foldSteps) {
		text = fill(text, "items", "folded.5")
	}
	return x.identified(text), with(values, foldParams(ms), eventParams(ms), x.pastParams(ms), store.Params{"other_type": x.SecondaryIDType.Key()}), nil
}

// identified fills in which unit an event is of.
func (x *experiment) identified(text string) string {
	if x.SecondaryIDType != "" {
		return x.mapped(text)
	}
	return fill(text, "unit", x.unit)
}

// mapped lets events without the experiment's ID count for the unit that their secondary ID belongs to.
func (x *experiment) mapped(text string) string {
	other := x.SecondaryIDType.Column("other_type")
	return fillAll(text, map[string]string{
		"unit":    "if(" + x.unit + " != '', " + x.unit + ", mapped_unit)",
		"mapping": "LEFT JOIN (" + x.MappingSQL() + ") AS mapping ON mapping.other_id = " + other,
	})
}
