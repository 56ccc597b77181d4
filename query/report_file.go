package query

import (
	"bytes"
	"io"
	"net/url"
	"slices"

	"github.com/pulsehouse/pulsehouse/pulse"
	"github.com/pulsehouse/pulsehouse/schema"
)

// reportTypes are the daily files over all experiments, by Statsig's names.
var reportTypes = []string{"pulse_daily", "topline_impact_daily", "first_exposures"}

func (a *API) reportRoutes() []route {
	return []route{
		{"GET", "reports", a.reportURL},
		{"GET", "reports/download", a.downloadReport},
	}
}

// reportAsked reads which file is wanted, of which day.
func (a *API) reportAsked(c *call) (kind, date string, err error) {
	if c.query("type") == "" {
		return "", "", schema.Invalid("type", "must be one of %v", reportTypes)
	}
	if kind, err = c.oneOf("type", reportTypes); err != nil {
		return "", "", err
	}
	if date, err = c.date("date"); err == nil && date == "" {
		err = schema.Invalid("date", "must be a day as yyyy-mm-dd")
	}
	return kind, date, err
}

// reportURL says where the file is; it is made when it is fetched.
func (a *API) reportURL(c *call) (any, error) {
	kind, date, err := a.reportAsked(c)
	if err != nil {
		return nil, err
	}
	at := prefix + "reports/download?" + url.Values{"type": {kind}, "date": {date}}.Encode()
	return map[string]string{"url": string(c.URI().Scheme()) + "://" + string(c.Host()) + at}, nil
}

// downloadReport writes the file, CSV: a line for each metric of each experiment that had results on the day, or for each unit that was
// first exposed on it.
func (a *API) downloadReport(c *call) (any, error) {
	kind, date, err := a.reportAsked(c)
	if err != nil {
		return nil, err
	}
	experiments, err := a.Catalog.Experiments(c)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for i := range experiments {
		if x := &experiments[i]; x.StartTime == 0 {
			continue
		}
		text, err := a.reportOf(c, &experiments[i], kind, date)
		if err != nil {
			return nil, err
		}
		if at := bytes.IndexByte(text, '\n'); out.Len() > 0 && at >= 0 {
			text = text[at+1:] // one head for all
		}
		out.Write(text)
	}
	return file{io.NopCloser(&out), fileFormats["csv"].contentType, kind + "-" + date + ".csv"}, nil
}

func (a *API) reportOf(c *call, x *schema.Experiment, kind, date string) ([]byte, error) {
	if kind == "first_exposures" {
		body, err := a.exposuresOn(c, x, fileFormats["csv"], date)
		if err != nil {
			return nil, err
		}
		defer body.Close()
		return io.ReadAll(body)
	}
	r, err := a.askedReport(c, x)
	if err != nil {
		return nil, err
	}
	if r.DS != date {
		none := func(pulse.Result) bool { return true }
		r.PrimaryMetrics, r.SecondaryMetrics, r.OtherMetrics = slices.DeleteFunc(r.PrimaryMetrics, none), slices.DeleteFunc(r.SecondaryMetrics, none), slices.DeleteFunc(r.OtherMetrics, none)
	}
	var text bytes.Buffer
	if kind == "topline_impact_daily" {
		err = pulse.ToplineCSV(&text, r)
	} else {
		err = pulse.CSV(&text, r)
	}
	return text.Bytes(), err
}
