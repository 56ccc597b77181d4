package query

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"

	"github.com/pulsehouse/pulsehouse/pulse"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/export_exposures.sql
var exportExposuresSQL string

//go:embed sql/export_unit_days.sql
var exportUnitDaysSQL string

// fileFormat is a format of a file: the engine's name for it, and its content type.
type fileFormat struct{ engine, contentType string }

var fileFormats = map[string]fileFormat{
	"csv":    {"CSVWithNames", "text/csv; charset=utf-8"},
	"ndjson": {"JSONEachRow", "application/x-ndjson"},
	"arrow":  {"ArrowStream", "application/vnd.apache.arrow.stream"},
}

// exportExperiment answers a file: type is pulse_summary, first_exposures or unit_days, format csv, ndjson or arrow.
func (a *API) exportExperiment(c *call) (any, error) {
	x, err := a.Catalog.Experiment(c, c.id)
	if err != nil {
		return nil, err
	}
	kind, err := c.oneOf("type", []string{"pulse_summary", "first_exposures", "unit_days"})
	if err != nil {
		return nil, err
	}
	name, err := c.oneOf("format", []string{"csv", "ndjson", "arrow"})
	if err != nil {
		return nil, err
	}
	var body io.ReadCloser
	switch kind {
	case "first_exposures":
		body, err = a.exposuresOn(c, x, fileFormats[name], "")
	case "unit_days":
		body, err = a.exportUnitDays(c, x, fileFormats[name])
	default:
		body, err = a.exportSummary(c, x, fileFormats[name])
	}
	if err != nil {
		return nil, fmt.Errorf("export %s of %s: %w", kind, x.ID, err)
	}
	ending := map[string]string{"csv": "csv", "ndjson": "ndjson", "arrow": "arrows"}[name]
	return file{body, fileFormats[name].contentType, fmt.Sprintf("%s-%s.%s", x.ID, kind, ending)}, nil
}

// exposuresOn exports first exposures, of one day or ("") of all.
func (a *API) exposuresOn(c *call, x *schema.Experiment, f fileFormat, date string) (io.ReadCloser, error) {
	names := []string{}
	for _, g := range x.Groups {
		names = append(names, g.Name)
	}
	p := store.Params(x.UnitParams(a.Zone()))
	p["unit_type"], p["group_names"], p["on"] = string(x.IDType), names, date
	return a.DB.Format(c, f.engine, schema.Fill(exportExposuresSQL, "units", schema.UnitsSQL), p)
}

func (a *API) exportUnitDays(c *call, x *schema.Experiment, f fileFormat) (io.ReadCloser, error) {
	metrics, err := a.metricsOf(c, x)
	if err != nil {
		return nil, err
	}
	date, err := c.date("date")
	if err != nil {
		return nil, err
	}
	scopes, names, types, quotients := []string{}, []string{}, []string{}, []uint8{}
	for _, m := range metrics {
		quotient := uint8(0)
		if m.HasDenominator() {
			quotient = 1
		}
		scopes, names, types = append(scopes, scopeOf(x, m)), append(names, m.Name), append(types, string(m.Type))
		quotients = append(quotients, quotient)
	}
	p := store.Params(x.UnitParams(a.Zone()))
	p["scopes"], p["names"], p["types"], p["quotients"], p["until"] = scopes, names, types, quotients, a.until(x, date)
	return a.DB.Format(c, f.engine, schema.Fill(exportUnitDaysSQL, "units", schema.UnitsSQL), p)
}

// exportSummary is the report, a line a metric. The engine turns the lines into Arrow.
func (a *API) exportSummary(c *call, x *schema.Experiment, f fileFormat) (io.ReadCloser, error) {
	r, err := a.askedReport(c, x)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if f.engine == "CSVWithNames" {
		err = pulse.CSV(&text, r)
		return io.NopCloser(&text), err
	}
	e := json.NewEncoder(&text)
	for _, line := range pulse.Lines(r) {
		if err := e.Encode(line); err != nil {
			return nil, err
		}
	}
	if f.engine == "JSONEachRow" {
		return io.NopCloser(&text), nil
	}
	return a.DB.Format(c, f.engine, "SELECT * FROM format(JSONEachRow, {lines:String})", store.Params{"lines": text.String()})
}
