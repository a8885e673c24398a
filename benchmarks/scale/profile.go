package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
)

// profiled runs do, and writes what it spent its time with to files in dir that
// begin with name. Without a dir it only runs it.
func profiled(dir, name string, do func() error) (err error) {
	if dir == "" {
		return do()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	cpu, err := os.Create(filepath.Join(dir, name+".cpu"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cpu.Close()) }()
	runtime.SetMutexProfileFraction(10)
	runtime.SetBlockProfileRate(10_000) // nanoseconds
	defer func() {
		runtime.SetMutexProfileFraction(0)
		runtime.SetBlockProfileRate(0)
	}()
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return err
	}
	err = do()
	pprof.StopCPUProfile()
	return errors.Join(err, writeProfiles(dir, name))
}

// writeProfiles writes those that add up since the program began: profile one
// store and one number of people at a time.
func writeProfiles(dir, name string) error {
	var errs []error
	for _, kind := range []string{"mutex", "block", "allocs"} {
		f, err := os.Create(filepath.Join(dir, name+"."+kind))
		if err != nil {
			return err
		}
		errs = append(errs, pprof.Lookup(kind).WriteTo(f, 0), f.Close())
	}
	return errors.Join(errs...)
}
