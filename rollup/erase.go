package rollup

import (
	"context"
	"strconv"
	"strings"

	"github.com/pulsehouse/pulsehouse/schema/store"
)

// erasure is an order to forget a unit: what it did before an instant goes.
type erasure struct {
	Unit   string `ch:"unit"` // unit type and SHA256 of the id in hex
	Before int64  `ch:"before"`
	ID     string `ch:"id"` // of its job
}

// erasedRow is SQL for whether a raw row belongs to a unit that is to be forgotten, and came with a load that is absorbed.
const erasedRow = `batch_seq <= transform(spool_id, {spools:Array(UInt64)}, {absorbed:Array(UInt64)}, toUInt64(0))
  AND toUnixTimestamp64Milli(time) < greatest(
      if(user_id = '', 0, transform(concat('userid ', lower(hex(SHA256(user_id)))), {units:Array(String)}, {befores:Array(Int64)}, toInt64(0))),
      if(anonymous_id = '', 0, transform(concat('anonymousid ', lower(hex(SHA256(anonymous_id)))), {units:Array(String)}, {befores:Array(Int64)}, toInt64(0))),
      arrayMax(arrayPushBack(arrayMap((type, id) -> transform(concat(toString(type), ' ', lower(hex(SHA256(id)))), {units:Array(String)}, {befores:Array(Int64)}, toInt64(0)),
          mapKeys(unit_ids), mapValues(unit_ids)), toInt64(0))))`

// erase carries out orders to forget units: their raw rows and first exposures go, and every day they had a part in is computed
// again without them, which removes them from the rollups; rows of the runs before are cleaned away after the grace. The days
// are written down before anything is removed, so an erasure that was interrupted still knows what to mark.
func (r *Runner) erase(ctx context.Context, p *plan, done watermarks, completeTo int64, sum *Report) error {
	var orders []erasure
	open := with(absorbedParams(done), store.Params{"complete_to": completeTo})
	if err := r.all(ctx, "erasures_open", &orders, open); err != nil || len(orders) == 0 {
		return err
	}
	params := eraseParams(p, done, orders)
	params["zone"] = r.o.Zone.String()
	j := job{ID: orders[0].ID, Kind: "erase", State: jobRunning, Author: "erasure", Created: r.o.Now().UnixMilli()}
	if err := r.erasedMarks(ctx, &j, params); err != nil {
		return err
	}
	for _, name := range []string{"erase_events", "erase_exposures"} {
		if err := r.execText(ctx, name, fill(statement(name), "erased", erasedRow), params); err != nil {
			return err
		}
	}
	if err := r.exec(ctx, "erase_first_exposures", params); err != nil {
		return err
	}
	if err := r.markErased(ctx, j.Scopes, sum); err != nil {
		return err
	}
	for _, o := range orders {
		j.ID, j.State, j.Total, j.Done = o.ID, jobDone, 1, 1
		if err := r.saveJob(ctx, &j); err != nil {
			return err
		}
	}
	r.o.Log.Info("units were erased", "units", len(orders))
	return nil
}

func eraseParams(p *plan, done watermarks, orders []erasure) store.Params {
	units, befores := []string{}, []int64{}
	for _, o := range orders {
		units, befores = append(units, o.Unit), append(befores, o.Before)
	}
	experiments, types := []string{""}, []string{""}
	for i := range p.experiments {
		experiments, types = append(experiments, p.experiments[i].version), append(types, p.experiments[i].IDType.Key())
	}
	return with(absorbedParams(done), store.Params{
		"units": units, "befores": befores, "experiments": experiments, "unit_types": types,
	})
}

// absorbedParams tell of each spool the last load that is absorbed.
func absorbedParams(done watermarks) store.Params {
	spools, absorbed := []uint64{0}, []uint64{0} // never empty: transform wants arrays of a type
	for id, w := range done[absorbJob] {
		spools, absorbed = append(spools, id), append(absorbed, w.Seq)
	}
	return store.Params{"spools": spools, "absorbed": absorbed}
}

// erasedMarks writes down which days of which scopes change, as "SCOPE DAY", beside those of a try that was interrupted.
func (r *Runner) erasedMarks(ctx context.Context, j *job, params store.Params) error {
	for i := range r.jobs {
		if r.jobs[i].Kind == "erase" {
			j.Scopes = append(j.Scopes, r.jobs[i].Scopes...)
		}
	}
	var days []uint16
	if err := r.oneText(ctx, "erased_days", fill(statement("erased_days"), "erased", erasedRow), params, &days); err != nil {
		return err
	}
	for _, d := range days {
		j.Scopes = append(j.Scopes, " "+strconv.Itoa(int(d)))
	}
	var exposed []struct {
		Experiment string `ch:"experiment"`
		First      uint16 `ch:"first_day"`
		Last       uint16 `ch:"last_day"`
	}
	if err := r.all(ctx, "erased_exposures", &exposed, params); err != nil {
		return err
	}
	for _, x := range exposed {
		for d := int(x.First); d <= int(x.Last); d++ {
			j.Scopes = append(j.Scopes, x.Experiment+" "+strconv.Itoa(d))
		}
	}
	return r.saveJob(ctx, j)
}

func (r *Runner) markErased(ctx context.Context, marks []string, sum *Report) error {
	days := make(map[string][]uint16)
	for _, m := range marks {
		at := strings.LastIndexByte(m, ' ')
		d, err := strconv.ParseUint(m[at+1:], 10, 16)
		if err != nil {
			panic("BUG: a mark of an erasure reads " + m)
		}
		days[m[:at]] = append(days[m[:at]], uint16(d))
	}
	for scope, list := range days {
		if err := r.mark(ctx, scope, list, sum); err != nil {
			return err
		}
	}
	return nil
}
