package schema

import (
	"testing"
	"time"
)

func TestScheduleLast(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	f := func(s Schedule, now, want string) {
		t.Helper()
		at, err := time.ParseInLocation("2006-01-02 15:04", now, berlin)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Last(at).Format("2006-01-02 15:04"); got != want {
			t.Errorf("%+v before %s: %s, want %s", s, now, got, want)
		}
	}
	f(Schedule{Every: "day", Hour: 6}, "2024-03-10 06:00", "2024-03-10 06:00")
	f(Schedule{Every: "day", Hour: 6}, "2024-03-10 05:59", "2024-03-09 06:00")
	f(Schedule{Every: "day", Hour: 6}, "2024-03-31 05:59", "2024-03-30 06:00") // the night has 23 hours
	f(Schedule{Every: "week", Hour: 9, Weekday: "monday"}, "2024-03-10 12:00", "2024-03-04 09:00")
	f(Schedule{Every: "week", Hour: 9, Weekday: "sunday"}, "2024-03-10 12:00", "2024-03-10 09:00")
	if !(Schedule{}).Last(time.Now()).IsZero() {
		t.Error("no schedule is never")
	}
}
