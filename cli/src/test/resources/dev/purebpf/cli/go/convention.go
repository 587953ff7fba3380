// Functions that are not just declared with func, of which one is written in assembly.
//
// language: 1.18
// machines-foreign: 1.19
// machines-foreign: 1.27
package main

import "os"

type number interface{ ~int | ~float64 }
type box[T any] struct { value T; count int }
type point struct{ x, y int }
type shape interface{ area(k int) int }
type failure struct{}

func (f *failure) Error() string { return "" }

var kept any

//go:noinline
func pick[T any](a T, n int) (T, int) { kept = a; return a, n }

//go:noinline
func total[T number](values ...T) (sum T) {
    for _, value := range values { sum += value }
    return
}

//go:noinline
func (b *box[T]) set(v T) { b.value = v; b.count++ }

//go:noinline
func (b box[T]) get() T { return b.value }

//go:noinline
func (p point) area(k int) int { return p.x * p.y * k }

//go:noinline
func measure(s shape) int { return s.area(3) }

//go:noinline
func same(v int) int { return v }

//go:noinline
func nothing(s string) {}

//go:noinline
func fail(typed bool) error {
    var none *failure
    if typed { return none }
    return nil
}

func assembled(a int32, b int64) int64

func main() {
    pick(5, 1)
    pick("five", 2)
    pick(point{1, 2}, 3)
    total(1, 2, 3)
    b := &box[string]{}
    b.set("hi")
    b.get()
    measure(point{2, 3})
    measure(&point{2, 3})
    same(7)
    nothing("at all")
    fail(true)
    fail(false)
    for i := range os.Args { assembled(20, int64(i + 22)) }
    method := (&point{5, 6}).area
    measureBy(method)
}

//go:noinline
func measureBy(f func(int) int) int { return f(9) }
