package query

import (
	"io"
	"net/url"

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

// reportAsked reads which file is wanted, of which day, in which format.
func (a *API) reportAsked(c *call) (kind, date, format string, err error) {
	if c.query("type") == "" {
		return "", "", "", schema.Invalid("type", "must be one of %v", reportTypes)
	}
	if kind, err = c.oneOf("type", reportTypes); err != nil {
		return "", "", "", err
	}
	if date, err = c.date("date"); err == nil && date == "" {
		err = schema.Invalid("date", "must be a day as yyyy-mm-dd")
	}
	if err != nil {
		return "", "", "", err
	}
	format, err = c.oneOf("format", fileFormatNames)
	return kind, date, format, err
}

// reportPlace is where a file can be fetched.
type reportPlace struct {
	URL string `json:"url"`
}

// reportURL says where the file is; it is made when it is fetched.
func (a *API) reportURL(c *call) (any, error) {
	kind, date, format, err := a.reportAsked(c)
	if err != nil {
		return nil, err
	}
	at := prefix + "reports/download?" + url.Values{"type": {kind}, "date": {date}, "format": {format}}.Encode()
	return reportPlace{string(c.URI().Scheme()) + "://" + string(c.Host()) + at}, nil
}

// downloadReport writes the file: a line for each metric of each experiment that had results on the day, or for each unit that was first
// exposed on it.
func (a *API) downloadReport(c *call) (any, error) {
	kind, date, format, err := a.reportAsked(c)
	if err != nil {
		return nil, err
	}
	experiments, err := a.Catalog.Experiments(c)
	if err != nil {
		return nil, err
	}
	var started []*schema.Experiment
	for i := range experiments {
		if experiments[i].StartTime != 0 {
			started = append(started, &experiments[i])
		}
	}
	body, err := a.reportFile(c, started, kind, date, fileFormats[format])
	if err != nil {
		return nil, err
	}
	return fileFormats[format].file(body, kind+"-"+date), nil
}

func (a *API) reportFile(c *call, experiments []*schema.Experiment, kind, date string, f fileFormat) (io.ReadCloser, error) {
	if kind == "first_exposures" {
		return a.exposuresOn(c, experiments, f, date)
	}
	var reports []pulse.Report
	for _, x := range experiments {
		if a.firstDay(x) > date {
			continue
		}
		r, err := a.askedReport(c, x)
		if err != nil {
			return nil, err
		}
		if r.DS == date {
			reports = append(reports, r)
		}
	}
	if kind == "topline_impact_daily" {
		return a.tableOf(c, pulse.Toplines, f, reports...)
	}
	return a.tableOf(c, pulse.Summary, f, reports...)
}
