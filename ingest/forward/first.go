package forward

import (
	"context"
	"fmt"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/store"
)

// address is where a row is.
type address struct{ spool, position uint64 }

// onlyFirst leaves out exposures of units that had the same one before. What is new is noted in a table first, with its address, so that after a
// crash it is taken for what it is: the first one, not a later one.
func (r *reader) onlyFirst(ctx context.Context, spool uint64, rows []row) (kept []row, skipped int, err error) {
	known, err := r.knownFirsts(ctx, rows)
	if err != nil {
		return nil, 0, err
	}
	fresh := [][]any{}
	for i := range rows {
		row := &rows[i]
		if row.Origin != exposuresTable {
			kept = append(kept, *row)
			continue
		}
		id, here := row.firstID(r.unit(row)), address{spool, row.Position}
		first, ok := known[id]
		if !ok {
			known[id], first = here, here
			fresh = append(fresh, []any{id, row.Position})
		}
		if first != here {
			skipped++
			continue
		}
		kept = append(kept, *row)
	}
	if len(fresh) == 0 {
		return kept, skipped, nil
	}
	err = r.db.Exec(ctx, statement("first_save"), store.Params{
		"destination": r.d.ID, "replay": r.d.Replays, "spool": spool, "firsts": fresh,
	})
	if err != nil {
		return nil, 0, fmt.Errorf("note first exposures: %w", err)
	}
	return kept, skipped, nil
}

func (r *reader) knownFirsts(ctx context.Context, rows []row) (map[string]address, error) {
	known, ids := make(map[string]address), []string{}
	for i := range rows {
		if rows[i].Origin == exposuresTable {
			ids = append(ids, rows[i].firstID(r.unit(&rows[i])))
		}
	}
	if len(ids) == 0 {
		return known, nil
	}
	var found []struct {
		ID       string `ch:"known"`
		Spool    uint64 `ch:"spool"`
		Position uint64 `ch:"place"`
	}
	err := r.source.all(ctx, "first_known", &found, store.Params{"destination": r.d.ID, "replay": r.d.Replays, "ids": ids})
	for _, f := range found {
		known[f.ID] = address{f.Spool, f.Position}
	}
	return known, err
}

// unit is who was exposed: the unit of the experiment's ID type where the experiment is known, else whoever the message is about.
func (r *reader) unit(row *row) string {
	if x := r.writer.experiments[row.Shown]; x != nil && x.IDType.Key() == schema.StableID.Key() && row.StableID != "" {
		return "stableid\x00" + row.StableID
	}
	for _, id := range []string{row.UserID, row.ToUser, row.ToAnonymous, row.ToOther} {
		if id != "" {
			return id
		}
	}
	return ""
}
