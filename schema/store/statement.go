package store

import "embed"

// Statements gives the .sql files that a room embeds in its folder sql, by name: sql/NAME.sql is Statements(files)(NAME).
func Statements(files embed.FS) func(name string) string {
	return func(name string) string {
		text, err := files.ReadFile("sql/" + name + ".sql")
		if err != nil {
			panic("BUG: " + err.Error())
		}
		return string(text)
	}
}
