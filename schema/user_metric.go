package schema

// UserMetric is a metric of what users do, computed for every unit type without a definition.
type UserMetric struct {
	Name        string
	Description string
	// Quotient says that the value is numerator / denominator.
	Quotient bool
}

// UserMetrics lists them, by Statsig's names. Their type is [UserType].
var UserMetrics = []UserMetric{
	{DailyActive, "units with any event on the day", false},
	{"weekly_active_user", "units with any event on the 7 days up to the day", false},
	{"monthly_active_user", "units with any event on the 28 days up to the day", false},
	{"new_dau", "units whose first day it is", false},
	{"new_wau", "units whose first day was among the last 7", false},
	{"new_mau_28d", "units whose first day was among the last 28", false},
	{"returning_dau", "active units whose first day was earlier", false},
	{"daily_user_stickiness", "of those active the day before, the share that is active again", true},
	{"weekly_user_stickiness", "of those active 7 to 13 days before, the share active on the last 7 days", true},
	{"monthly_user_stickiness", "of those active 28 to 55 days before, the share active on the last 28 days", true},
	{"d1_retention_rate", "of those whose first day was the day before, the share that came again", true},
	{"WAU @ D14 Retention Rate", "of those whose day 14 it is, the share active on days 8 to 14", true},
	{"MAU @ D56 Retention Rate", "of those whose day 56 it is, the share active on days 29 to 56", true},
	{"L7", "mean number of active days among the last 7, of units with any", true},
	{"L14", "mean number of active days among the last 14, of units with any", true},
	{"L28", "mean number of active days among the last 28, of units with any", true},
}
