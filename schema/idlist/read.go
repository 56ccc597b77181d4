package idlist

import (
	"context"
	"slices"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// Member is a unit in a list.
type Member struct {
	Unit   string `ch:"unit_id" json:"id"`
	Member bool   `ch:"member" json:"member"`
	Since  int64  `ch:"since" json:"since"` // Unix milliseconds
}

// Members reads a page of those who are in a list.
func (l *Lists) Members(ctx context.Context, list string, limit, offset int) (members []Member, err error) {
	h, ok := l.headOf(list)
	if !ok {
		return nil, nil
	}
	err = l.all(ctx, "list", &members, store.Params{"epoch": h.Epoch, "limit": limit, "offset": offset})
	return members, err
}

// Unit tells of one unit; ok is false when the list never heard of it.
func (l *Lists) Unit(ctx context.Context, list, unitID string) (m Member, ok bool, err error) {
	h, known := l.headOf(list)
	if !known {
		return Member{}, false, nil
	}
	var rows []Member
	err = l.all(ctx, "unit", &rows, store.Params{"epoch": h.Epoch, "unit": unitID})
	if err != nil || len(rows) == 0 {
		return Member{}, false, err
	}
	return rows[0], true, nil
}

func (l *Lists) headOf(list string) (head, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	f, ok := l.followed[list]
	if !ok {
		return head{}, false
	}
	return f.head, true
}

// Small lists all units of a list that has fewer than [InlineBelow], sorted; they are remembered until the list changes.
func (l *Lists) Small(ctx context.Context, list string) (ids []string, small bool, err error) {
	if l == nil {
		return nil, true, nil
	}
	l.mu.RLock()
	f, ok := l.followed[list]
	var h head
	if ok {
		h = f.head
		if f.listed {
			defer l.mu.RUnlock()
			return f.small, true, nil
		}
	}
	l.mu.RUnlock()
	if !ok || h.Count >= InlineBelow {
		return nil, !ok, nil
	}
	members, err := l.Members(ctx, list, InlineBelow, 0)
	if err != nil {
		return nil, false, err
	}
	for _, m := range members {
		ids = append(ids, m.Unit)
	}
	slices.Sort(ids)
	l.mu.Lock()
	defer l.mu.Unlock()
	if f.head.Version == h.Version {
		f.small, f.listed = ids, true
	}
	return ids, true, nil
}
