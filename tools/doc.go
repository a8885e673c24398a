// Package tools is where the programs that check this project get their
// versions from (the tool lines of go.mod), so that they weigh on nobody who
// imports the library. Run one with
//
//	go -C tools tool staticcheck -version
//
// Package guards, below it, is a program of the project's own.
package tools
