// A library for programs in C.
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
