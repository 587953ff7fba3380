// Each of its goroutines writes who it is to the file that is named, and calls C, which has variables of
// each thread.
//
// machines-foreign: 1.15
// machines-foreign: 1.15 -buildmode=pie '-ldflags=-s -w'
// machines-foreign: 1.19
// machines-foreign: 1.19 -buildmode=pie '-ldflags=-s -w'
// machines-foreign: 1.27
package main

// __thread long before[5], after[3];
// long kept(long v) { before[v % 5] += v; after[v % 3] += v; return before[v % 5]; }
import "C"
import ("os"; "runtime")

//go:noinline
func work(a int) int { return int(C.kept(C.long(a))) }

func main() {
	out, _ := os.Create(os.Args[1])
	for i := 1; i < 9; i++ {
		done := make(chan bool)
		go func() {
			var stack [64]byte
			runtime.Stack(stack[:], false)
			out.Write(stack[:])
			out.WriteString("\n")
			work(i)
			close(done)
		}()
		<-done
	}
}
