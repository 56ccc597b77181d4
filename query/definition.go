package query

import (
	"encoding/json"
	"time"

	"github.com/pulsehouse/pulsehouse/schema"
	"github.com/pulsehouse/pulsehouse/schema/catalog"
)

// noun is what the Console API does with one kind of definition. The kinds differ in how they are checked and shown.
type noun[T any, P catalog.Definition[T]] struct {
	a    *API
	kind catalog.Kind[T, P]
	path string
	// make is what a new one begins with.
	make func() T
	// check refuses what names things that do not exist.
	check func(c *call, v *T) error
	show  func(c *call, v *T) (any, error)
	// apart keeps, in a definition that is replaced, what has paths of its own; nil where nothing has.
	apart func(fresh, old *T)
}

func (n *noun[T, P]) routes() []route {
	return []route{
		{"GET", n.path, n.list},
		{"POST", n.path, n.create},
		{"GET", n.path + "/*", n.get},
		{"POST", n.path + "/*", n.replace},
		{"PATCH", n.path + "/*", n.patch},
		{"DELETE", n.path + "/*", n.delete},
		{"PUT", n.path + "/*/archive", n.archive(true)},
		{"PUT", n.path + "/*/unarchive", n.archive(false)},
		{"GET", n.path + "/*/versions", n.versions},
	}
}

func (n *noun[T, P]) list(c *call) (any, error) {
	all, err := n.kind.List(c, n.a.Catalog)
	if err != nil {
		return nil, err
	}
	shown, tag := make([]any, 0, len(all)), c.query("tags")
	for i := range all {
		if tag != "" && !hasTag(P(&all[i]).Heading(), tag) {
			continue
		}
		v, err := n.show(c, &all[i])
		if err != nil {
			return nil, err
		}
		shown = append(shown, v)
	}
	return page(c, shown)
}

func hasTag(h *schema.Head, tag string) bool {
	for _, t := range h.Tags {
		if t == tag {
			return true
		}
	}
	return false
}

func (n *noun[T, P]) get(c *call) (any, error) {
	v, err := n.kind.Get(c, n.a.Catalog, c.id)
	if err != nil {
		return nil, err
	}
	return n.show(c, v)
}

func (n *noun[T, P]) create(c *call) (any, error) {
	v := n.make()
	if err := c.body(&v); err != nil {
		return nil, err
	}
	head := P(&v).Heading()
	head.Salt, head.Version, head.CreatedTime, head.IsArchived = "", 0, 0, false
	if err := n.accept(c, &v); err != nil {
		return nil, err
	}
	if _, err := n.kind.Get(c, n.a.Catalog, head.ID); err == nil {
		return nil, schema.Errorf(409, n.kind.Name+"_exists", "%s %q exists; change it with PATCH /console/v1/%s/{id}", n.kind.Name, head.ID, n.path)
	} else if e, ok := schema.AsError(err); !ok || e.Status != 404 {
		return nil, err
	}
	if err := n.kind.Save(c, n.a.Catalog, c.author, &v); err != nil {
		return nil, err
	}
	c.SetStatusCode(201)
	return n.show(c, &v)
}

func (n *noun[T, P]) accept(c *call, v *T) error {
	if err := P(v).Validate(); err != nil {
		return err
	}
	return n.check(c, v)
}

// change reads a definition, changes it, checks it, and writes its next version.
func (n *noun[T, P]) change(c *call, f func(v *T) error) (any, error) {
	v, err := n.kind.Get(c, n.a.Catalog, c.id)
	if err != nil {
		return nil, err
	}
	old, err := copyOf(v)
	if err != nil {
		return nil, err
	}
	if err := f(v); err != nil {
		return nil, err
	}
	P(v).Follow(old)
	if err := n.accept(c, v); err != nil {
		return nil, err
	}
	if err := n.kind.Save(c, n.a.Catalog, c.author, v); err != nil {
		return nil, err
	}
	return n.show(c, v)
}

func copyOf[T any](v *T) (*T, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	fresh := new(T)
	return fresh, json.Unmarshal(text, fresh)
}

// replace takes the whole definition anew.
func (n *noun[T, P]) replace(c *call) (any, error) {
	return n.change(c, func(v *T) error {
		fresh, old := n.make(), P(v).Heading()
		P(&fresh).Heading().Name = old.Name
		if err := c.body(&fresh); err != nil {
			return err
		}
		P(&fresh).Heading().IsArchived = old.IsArchived
		if n.apart != nil {
			n.apart(&fresh, v)
		}
		*v = fresh
		return nil
	})
}

// patch changes the fields that the body has, each as a whole.
func (n *noun[T, P]) patch(c *call) (any, error) {
	return n.change(c, func(v *T) error {
		archived := P(v).Heading().IsArchived
		if err := c.overlay(v); err != nil {
			return err
		}
		P(v).Heading().IsArchived = archived
		return nil
	})
}

// overlay lays the body's fields over v. A field of the body replaces v's: null empties lists first, or their items would be mixed.
func (c *call) overlay(v any) error {
	var asked map[string]json.RawMessage
	if err := c.body(&asked); err != nil {
		return err
	}
	for name := range asked {
		asked[name] = json.RawMessage("null")
	}
	text, err := json.Marshal(asked)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return err
	}
	return c.body(v)
}

func (n *noun[T, P]) delete(c *call) (any, error) {
	if _, err := n.kind.Get(c, n.a.Catalog, c.id); err != nil {
		return nil, err
	}
	if err := n.a.unreferenced(c, n.kind.Name, c.id); err != nil {
		return nil, err
	}
	return nil, n.kind.Delete(c, n.a.Catalog, c.author, c.id)
}

// archive takes a definition out of what is served, or brings it back. What others refer to is only taken out by force.
func (n *noun[T, P]) archive(archived bool) handler {
	return func(c *call) (any, error) {
		var body struct {
			ArchiveReason string `json:"archiveReason"`
			ForceArchive  bool   `json:"forceArchive"`
		}
		if err := c.body(&body); err != nil {
			return nil, err
		}
		if archived && !body.ForceArchive {
			if err := n.a.unreferenced(c, n.kind.Name, c.id); err != nil {
				return nil, err
			}
		}
		return n.change(c, func(v *T) error {
			P(v).Heading().IsArchived, P(v).Heading().ArchiveReason = archived, body.ArchiveReason
			return nil
		})
	}
}

// shownVersion is one version of a definition.
type shownVersion struct {
	Version   uint64          `json:"version"`
	Author    string          `json:"author"`
	ChangedAt string          `json:"changedAt"`
	Deleted   bool            `json:"deleted"`
	Body      json.RawMessage `json:"body"`
}

func (n *noun[T, P]) versions(c *call) (any, error) {
	rows, err := n.a.Catalog.History(c, n.kind.Name, c.id)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, schema.NotFound(n.kind.Name, c.id)
	}
	shown := make([]shownVersion, len(rows))
	for i, r := range rows {
		shown[i] = shownVersion{r.Version, r.Author, r.ChangedAt.UTC().Format(time.RFC3339Nano), r.Deleted, json.RawMessage(r.Body)}
	}
	return page(c, shown)
}
