package bench

import "slices"

// The assumptions of a projection; docs/scale.md says why, and where to put your own.
const (
	peakOverMean    = 3.0 // an hour's peak over a month's mean
	utilisation     = 0.6 // of all cores at that peak: merges and queries need the rest
	secondsPerMonth = 30 * 86_400.0
)

// stages are what an event goes through, and the case that says what it costs.
var stages = []struct{ name, suite, of string }{
	{"into the table, durable", "ingest", "request to row"},
	{"into the rollups: 20 metrics of one experiment", "rollup", "20 metrics of an experiment"},
	{"out to Segment, where it is exported", "forward", "stored event to sink"},
}

// Stage is what an event costs in one stage, in µs of processor time.
type Stage struct {
	Name      string
	CPUMicros float64
}

// Projection is what a report says about larger loads, if costs an event stay what they are.
type Projection struct {
	Stages []Stage
	// BytesStored is what an event takes in the table, 0 when the report does not say.
	BytesStored float64
}

// Project reads what it needs of a report; stages that were not measured are missing.
func (r *Report) Project() (p Projection) {
	for _, s := range stages {
		i := slices.IndexFunc(r.Cases, func(c Result) bool { return c.Suite == s.suite && c.Name == s.of && c.Error == "" })
		if i < 0 {
			continue
		}
		lines := r.Cases[i].Lines
		if k := slices.IndexFunc(lines, func(l Line) bool { return l.Role == Ours }); k >= 0 {
			p.Stages = append(p.Stages, Stage{s.name, lines[k].CPUMicros.Median})
			p.BytesStored = max(p.BytesStored, lines[k].Extra["bytes stored per event"].Median)
		}
	}
	return p
}

// CPUMicros is what an event costs in all stages.
func (p Projection) CPUMicros() (sum float64) {
	for _, s := range p.Stages {
		sum += s.CPUMicros
	}
	return sum
}

// Cores is how many are needed for a mean of so many events a second.
func (p Projection) Cores(perSecond float64) float64 {
	return peakOverMean * perSecond * p.CPUMicros() / 1e6 / utilisation
}

// CoreHours is what a billion events take: cores that are paid for while they are idle are counted.
func (p Projection) CoreHours() float64 {
	return 1e9 * p.CPUMicros() / 1e6 / 3600 * peakOverMean / utilisation
}

// Terabytes is what a month of so many events a second takes on disk, one copy.
func (p Projection) Terabytes(perSecond float64) float64 {
	return perSecond * secondsPerMonth * p.BytesStored / 1e12
}

func (pg *page) projection(p Projection) {
	if len(p.Stages) == 0 {
		return
	}
	pg.line("\n## Projection\n\nIf an event costs at any scale what it costs here (see Growth), at peaks of %.0f times the mean and %.0f %% utilisation (docs/scale.md):\n", peakOverMean, 100*utilisation)
	pg.line("| stage | CPU µs an event |\n|---|---|")
	for _, s := range p.Stages {
		pg.line("| %s | %.3g |", s.Name, s.CPUMicros)
	}
	pg.line("\n| events a second, mean | a month | cores like these | stored a month |\n|---|---|---|---|")
	for _, rate := range []float64{1000, 10_000, 100_000, 1e12 / secondsPerMonth, 1e6} {
		stored := "–"
		if p.BytesStored > 0 {
			stored = short(p.Terabytes(rate)) + " TB"
		}
		pg.line("| %s | %s | %s | %s |", short(rate), short(rate*secondsPerMonth), short(p.Cores(rate)), stored)
	}
	pg.line("\nA billion events take %s core hours.", short(p.CoreHours()))
}
