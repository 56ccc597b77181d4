package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// Record is one request as it came.
type Record struct {
	// Seq is given by the spool: 1, 2, 3 …; with the spool's id it is never used twice.
	Seq       uint64
	Received  int64 // Unix milliseconds
	RequestID [16]byte
	Route     uint8  // what it means is ingest's business
	Encoding  uint8  // how Body is compressed; ingest's business
	Decoder   uint16 // version of the decoder in force; ingest's business
	Source    string // id of the key it came with
	Meta      []byte // small extras of the route
	Body      []byte // as received
}

const (
	magic      = "PHSP"
	headerSize = 4 + 4 + 8 + 4
	fixedSize  = 8 + 16 + 1 + 1 + 2 + 2 + 4
	// maxPayload bounds what a damaged length can make us read.
	maxPayload = 64 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendFrame appends a frame around the payload.
func appendFrame(b []byte, seq uint64, payload []byte) []byte {
	start := len(b)
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	b = binary.LittleEndian.AppendUint64(b, seq)
	b = append(b, 0, 0, 0, 0)
	b = append(b, payload...)
	binary.LittleEndian.PutUint32(b[start+16:], checksum(b[start:start+16], payload))
	return b
}

func checksum(header, payload []byte) uint32 {
	return crc32.Update(crc32.Checksum(header, castagnoli), castagnoli, payload)
}

// frame is one frame found in a buffer.
type frame struct {
	seq     uint64
	payload []byte
	end     int // offset behind it
}

// frameAt reads the frame that begins at off, if a whole one with a fitting checksum does.
func frameAt(b []byte, off int) (frame, bool) {
	if len(b)-off < headerSize || string(b[off:off+4]) != magic {
		return frame{}, false
	}
	length := int(binary.LittleEndian.Uint32(b[off+4:]))
	if length > maxPayload || length > len(b)-off-headerSize {
		return frame{}, false
	}
	payload := b[off+headerSize : off+headerSize+length]
	if checksum(b[off:off+16], payload) != binary.LittleEndian.Uint32(b[off+16:]) {
		return frame{}, false
	}
	return frame{binary.LittleEndian.Uint64(b[off+8:]), payload, off + headerSize + length}, true
}

// nextFrame finds the first frame at or behind off whose number is above last. start is where it begins: when that is not
// off, what lies between is damaged. ok is false when there is none.
func nextFrame(b []byte, off int, last uint64) (f frame, start int, ok bool) {
	for start = off; ; start++ {
		if f, ok = frameAt(b, start); ok && f.seq > last {
			return f, start, true
		}
		skip := bytes.Index(b[min(start+1, len(b)):], []byte(magic))
		if skip < 0 {
			return frame{}, len(b), false
		}
		start += skip
	}
}

func (r *Record) appendPayload(b []byte) ([]byte, error) {
	if len(r.Source) > 0xffff || len(r.Meta) > 1<<20 || fixedSize+len(r.Source)+len(r.Meta)+len(r.Body) > maxPayload {
		return nil, fmt.Errorf("spool request: a record of %d bytes with %d bytes of meta is too large", len(r.Body), len(r.Meta))
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(r.Received))
	b = append(b, r.RequestID[:]...)
	b = append(b, r.Route, r.Encoding)
	b = binary.LittleEndian.AppendUint16(b, r.Decoder)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(r.Source)))
	b = append(b, r.Source...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(r.Meta)))
	b = append(b, r.Meta...)
	return append(b, r.Body...), nil
}

var errShort = errors.New("the payload ends early")

// parseRecord reads a record's payload; Meta and Body share its memory.
func parseRecord(seq uint64, p []byte) (Record, error) {
	if len(p) < fixedSize {
		return Record{}, errShort
	}
	r := Record{Seq: seq, Received: int64(binary.LittleEndian.Uint64(p)), Route: p[24], Encoding: p[25], Decoder: binary.LittleEndian.Uint16(p[26:])}
	copy(r.RequestID[:], p[8:24])
	source := int(binary.LittleEndian.Uint16(p[28:]))
	if p = p[30:]; len(p) < source+4 {
		return Record{}, errShort
	}
	r.Source = string(p[:source])
	meta := int(binary.LittleEndian.Uint32(p[source:]))
	if p = p[source+4:]; meta > len(p) {
		return Record{}, errShort
	}
	r.Meta, r.Body = p[:meta:meta], p[meta:]
	return r, nil
}
