package query

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/pulsehouse/pulsehouse/pulse"
	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

//go:embed sql/export_exposures.sql
var exportExposuresSQL string

//go:embed sql/export_unit_days.sql
var exportUnitDaysSQL string

// fileFormat is a format of a file: the engine's name for it, and its content type.
type fileFormat struct{ engine, contentType, ending string }

var fileFormats = map[string]fileFormat{
	"csv":    {"CSVWithNames", "text/csv; charset=utf-8", "csv"},
	"ndjson": {"JSONEachRow", "application/x-ndjson", "ndjson"},
	"arrow":  {"ArrowStream", "application/vnd.apache.arrow.stream", "arrows"},
}

// fileFormatNames are what format= may say.
var fileFormatNames = []string{"csv", "ndjson", "arrow"}

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
	name, err := c.oneOf("format", fileFormatNames)
	if err != nil {
		return nil, err
	}
	date, err := c.date("date")
	if err != nil {
		return nil, err
	}
	var body io.ReadCloser
	switch kind {
	case "first_exposures":
		body, err = a.exposuresOn(c, []*schema.Experiment{x}, fileFormats[name], "")
	case "unit_days":
		body, err = a.exportUnitDays(c, x, fileFormats[name], date)
	default:
		body, err = a.exportSummary(c, x, fileFormats[name])
	}
	if err != nil {
		return nil, fmt.Errorf("export %s of %s: %w", kind, x.ID, err)
	}
	return fileFormats[name].file(body, x.ID+"-"+kind), nil
}

func (f fileFormat) file(body io.ReadCloser, name string) file {
	return file{body, f.contentType, name + "." + f.ending}
}

// exposuresOn exports first exposures, of one day or ("") of all: one statement, in which the parameters of each experiment have names of
// their own.
func (a *API) exposuresOn(c *call, experiments []*schema.Experiment, f fileFormat, date string) (io.ReadCloser, error) {
	if len(experiments) == 0 {
		experiments = []*schema.Experiment{{}} // the head and no line
	}
	text, all := schema.Fill(exportExposuresSQL, "units", schema.UnitsSQL), store.Params{"on": date}
	texts := make([]string, len(experiments))
	for i, x := range experiments {
		p, prefix := store.Params(x.UnitParams(a.Zone())), fmt.Sprintf("x%d_", i)
		p["unit_type"], p["group_names"] = string(x.IDType), []string{}
		for _, g := range x.Groups {
			p["group_names"] = append(p["group_names"].([]string), g.Name)
		}
		for name, value := range p {
			all[prefix+name] = value
		}
		texts[i] = strings.ReplaceAll(strings.ReplaceAll(text, "{", "{"+prefix), "{"+prefix+"on:", "{on:")
	}
	ordered := "SELECT * FROM (" + strings.Join(texts, "\nUNION ALL\n") + ") ORDER BY experiment_id, unit_id"
	return a.DB.Format(c, f.engine, ordered, all, store.WithSettings(map[string]any{"max_query_size": 16 << 20}))
}

func (a *API) exportUnitDays(c *call, x *schema.Experiment, f fileFormat, date string) (io.ReadCloser, error) {
	metrics, err := a.metricsOf(c, x)
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

// exportSummary is the report, a line a metric.
func (a *API) exportSummary(c *call, x *schema.Experiment, f fileFormat) (io.ReadCloser, error) {
	r, err := a.askedReport(c, x)
	if err != nil {
		return nil, err
	}
	return a.tableOf(c, pulse.Summary, f, r)
}

// tableOf writes a table of reports. The engine turns the lines into Arrow; they are in the statement, since an address is too short for
// them.
func (a *API) tableOf(c *call, t pulse.Table, f fileFormat, reports ...pulse.Report) (io.ReadCloser, error) {
	var text bytes.Buffer
	if f.engine == "CSVWithNames" {
		err := t.CSV(&text, reports...)
		return io.NopCloser(&text), err
	}
	e := json.NewEncoder(&text)
	for _, line := range t.Lines(reports...) {
		if err := e.Encode(line); err != nil {
			return nil, err
		}
	}
	if f.engine == "JSONEachRow" {
		return io.NopCloser(&text), nil
	}
	columns := make([]string, len(t))
	for i, c := range t {
		columns[i] = c.Name + " " + map[bool]string{true: "Nullable(Float64)", false: "String"}[c.Number]
	}
	sql, err := store.Inline("SELECT * FROM format(JSONEachRow, {structure:String}, {lines:String})", store.Params{"structure": strings.Join(columns, ", "), "lines": text.String()})
	if err != nil {
		return nil, err
	}
	return a.DB.Format(c, f.engine, sql, nil, store.WithSettings(map[string]any{"max_query_size": text.Len()*2 + 1<<20}))
}
