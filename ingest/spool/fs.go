package spool

import (
	"io"
	"os"
)

// FS is the part of a file system that can fail in ways that matter. There are two: the real one, and the one in tests whose
// n-th operation fails.
type FS interface {
	OpenFile(name string, flag int) (File, error)
	Rename(from, to string) error
	SyncDir(name string) error
}

// File is a file open for writing.
type File interface {
	io.Writer
	io.Closer
	Sync() error
	Truncate(size int64) error
}

// Disk is the real file system.
var Disk FS = osFS{}

type osFS struct{}

func (osFS) OpenFile(name string, flag int) (File, error) { return os.OpenFile(name, flag, 0o600) }
func (osFS) Rename(from, to string) error                 { return os.Rename(from, to) }

func (osFS) SyncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
