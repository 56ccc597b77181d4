package ingest

import "github.com/VictoriaMetrics/metrics"

var (
	recordsPoisoned = metrics.NewCounter("pulsehouse_ingest_records_poisoned_total")
	decoderPanics   = metrics.NewCounter("pulsehouse_ingest_decoder_panics_total")
	insertErrors    = metrics.NewCounter("pulsehouse_ingest_insert_errors_total")
	insertSeconds   = metrics.NewHistogram("pulsehouse_ingest_insert_seconds")
	requestsRefused = func(code string) *metrics.Counter {
		return metrics.GetOrCreateCounter(`pulsehouse_ingest_requests_refused_total{code="` + code + `"}`)
	}
	eventsAccepted = metrics.NewCounter("pulsehouse_ingest_events_accepted_total")
	eventsRejected = func(reason string) *metrics.Counter {
		return metrics.GetOrCreateCounter(`pulsehouse_ingest_events_rejected_total{reason="` + reason + `"}`)
	}
	// pacedSeconds is how long requests waited for the tables, see pace.
	pacedSeconds = metrics.NewFloatCounter("pulsehouse_ingest_paced_seconds_total")
	rowsLoaded   = func(table string) *metrics.Counter {
		return metrics.GetOrCreateCounter(`pulsehouse_ingest_rows_loaded_total{table="` + table + `"}`)
	}
)
