// A library for programs in C.
//
// machines-foreign: 1.15 -buildmode=c-shared
// machines-foreign: 1.19 -buildmode=c-shared
// machines-foreign: 1.27 -buildmode=c-shared
package main

import "C"

//go:noinline
func double(v int) (int, string) { return 2 * v, "doubled" }

//go:noinline
//export Twice
func Twice(v C.int) C.int {
	doubled, _ := double(int(v))
	return C.int(doubled)
}

func main() {}
