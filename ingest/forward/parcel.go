package forward

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/pulsehouse/pulsehouse/schema"
)

// Segment's limits are 500 KB a request, 32 KB and 2 500 of events; they are taken as decimal, and some room is left for the frame.
const (
	maxParcelBytes   = 490_000
	maxParcelEvents  = 2500
	maxMessageBytes  = 32_000
	parcelFrameBytes = 200
)

// parcel is the messages of one request.
type parcel struct {
	lane     int
	messages []message
	// tooLarge are messages that no request can carry.
	tooLarge []message
	lot      *lot
}

// lot is the parcels of rows that were read together. Cursor and counts move behind it together, once all of it and of every earlier
// one is done with: what is sent again after a crash is not counted again.
type lot struct {
	left         int // parcels that are not done with
	sent, failed uint64
	after        func(*progress)
}

// parcels cuts the messages of a lot into parcels. Each lane has its own, in order, and they take turns; all messages of a user are in one
// lane. A lot without messages is one parcel without any.
func parcels(messages []message, lanes int, after func(*progress)) (all []parcel) {
	open, byLane := make([]parcel, lanes), make([][]parcel, lanes)
	size := make([]int, lanes)
	for _, m := range messages {
		i := int(m.who % uint64(lanes))
		p := &open[i]
		if len(m.json) > maxMessageBytes {
			p.tooLarge = append(p.tooLarge, m)
			continue
		}
		if size[i]+len(m.json)+1 > maxParcelBytes-parcelFrameBytes || len(p.messages) == maxParcelEvents {
			byLane[i] = append(byLane[i], *p)
			*p, size[i] = parcel{}, 0
		}
		p.messages = append(p.messages, m)
		size[i] += len(m.json) + 1
	}
	l := &lot{after: after}
	for turn, more := 0, true; more; turn++ {
		more = false
		for i := range lanes {
			if turn == len(byLane[i]) && len(open[i].messages)+len(open[i].tooLarge) > 0 {
				byLane[i] = append(byLane[i], open[i])
				open[i] = parcel{}
			}
			if turn < len(byLane[i]) {
				p := byLane[i][turn]
				p.lane, p.lot, more = i, l, true
				all = append(all, p)
			}
		}
	}
	if len(all) == 0 {
		all = []parcel{{lot: l}}
	}
	l.left = len(all)
	return all
}

// body is the request's text.
func body(t schema.DestinationType, messages []message, now time.Time) []byte {
	size := parcelFrameBytes
	for _, m := range messages {
		size += len(m.json) + 1
	}
	b := make([]byte, 0, size)
	open, end := `{"batch":[`, `],"sentAt":"`+now.UTC().Format("2006-01-02T15:04:05.000Z")+`"}`
	if t == schema.WebhookDestination {
		open, end = `{"data":[`, `]}`
	}
	b = append(b, open...)
	for i, m := range messages {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, m.json...)
	}
	return append(b, end...)
}

// packer compresses bodies; it is used by one goroutine.
type packer struct {
	z   *gzip.Writer
	out bytes.Buffer
}

func (p *packer) pack(body []byte) ([]byte, error) {
	p.out.Reset()
	if p.z == nil {
		var err error
		// The fastest level: the next one saves a tenth of the bytes for twice the time.
		if p.z, err = gzip.NewWriterLevel(&p.out, gzip.BestSpeed); err != nil {
			return nil, err
		}
	}
	p.z.Reset(&p.out)
	if _, err := p.z.Write(body); err != nil {
		return nil, err
	}
	if err := p.z.Close(); err != nil {
		return nil, err
	}
	return p.out.Bytes(), nil
}

// signature is the one that Statsig's webhooks carry: v0= and the HMAC-SHA256, under the destination's secret, of version, time and body.
func signature(secret string, unixMillis int64, body []byte) (timestamp, signature string) {
	timestamp = strconv.FormatInt(unixMillis, 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + timestamp + ":"))
	mac.Write(body)
	return timestamp, "v0=" + hex.EncodeToString(mac.Sum(nil))
}
