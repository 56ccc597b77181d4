package main

import (
	"testing"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// checkTiers wants a rule for staging passed only by SDKs that are told that they run there, and one for production only by the others, for a
// user who says nothing of it. What those SDKs log is staging's.
func checkTiers(t *testing.T, s *server, sdks map[string]*realSDK) {
	t.Helper()
	user := object{"userID": "user_2", "country": "FR"}
	for name, live := range sdks {
		staging := startSDKIn(t, "staging", name, s.URL)
		for sdk, want := range map[*realSDK][2]bool{live: {false, true}, staging: {true, false}} {
			if got := [2]bool{sdk.passes("staging_only", user), sdk.passes("production_only", user)}; got != want {
				t.Errorf("%s passes the gates for staging and production as %v, want %v", name, got, want)
			}
		}
		staging.do(object{"op": "check", "user": user, "gates": []string{"staging_only"}}, nil)
		staging.do(object{"op": "log", "user": user, "event": "rehearsed with " + name}, nil)
		staging.do(object{"op": "close"}, nil)
	}
}

// storedTiers wants what was logged in staging stored as staging's, so that no metric counts it.
func storedTiers(t *testing.T, db *store.DB, names []string) {
	t.Helper()
	var rows []struct {
		Kind, Environment string
		Rows              uint64
	}
	err := db.Select(t.Context(), &rows, `SELECT 'event' AS Kind, toString(environment) AS Environment, uniqExact(name) AS Rows FROM events WHERE name LIKE 'rehearsed with %' GROUP BY environment
		UNION ALL SELECT 'exposure', toString(environment), uniqExact(splitByChar('/', toString(library))[1]) FROM exposures WHERE name = 'staging_only' AND value = 'true' AND NOT secondary GROUP BY environment`, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Environment != "staging" || int(r.Rows) != len(names) {
			t.Errorf("of %d SDKs in staging %s is stored: %+v", len(names), r.Kind, r)
		}
	}
	if len(rows) != 2 {
		t.Errorf("what SDKs in staging logged is stored as %+v", rows)
	}
}
