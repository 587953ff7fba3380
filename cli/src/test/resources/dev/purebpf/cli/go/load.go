// Works until its input ends, with garbage collected and stacks grown all the time; checks its own results.
package main

import (
	"fmt"
	"io"
	"io/ioutil"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
)

type node struct {
	next  *node
	value int
}

var wrong, done int64

// sum needs a new stack now and then: each goroutine begins with a small one.
//go:noinline
func sum(list *node, n int) int {
	var room [256]byte
	if list == nil {
		return 0
	}
	room[n%256] = 1
	return list.value + sum(list.next, n+1) - int(room[(n+1)%256])
}

//go:noinline
func guarded(n int) (result int) {
	defer func() {
		if recover() != nil {
			result = -n
		}
	}()
	if n%3 == 0 {
		panic(n)
	}
	return n
}

func work(seed int) {
	var list *node
	want := 0
	for i := 0; i < 200; i++ {
		list = &node{list, seed + i}
		want += seed + i
	}
	if sum(list, 0) != want {
		atomic.AddInt64(&wrong, 1)
	}
	if got := guarded(seed); got != seed && got != -seed {
		atomic.AddInt64(&wrong, 1)
	}
	atomic.AddInt64(&done, 1)
}

func main() {
	var stop int32
	var all sync.WaitGroup
	for i := 0; i < 4; i++ {
		all.Add(1)
		go func(seed int) {
			defer all.Done()
			for atomic.LoadInt32(&stop) == 0 {
				fresh := make(chan bool)
				go func() {
					work(seed)
					close(fresh)
				}()
				<-fresh
				seed++
				if seed%16 == 0 {
					runtime.GC()
				}
			}
		}(1000 * i)
	}
	fmt.Println("working")
	io.Copy(ioutil.Discard, os.Stdin)
	atomic.StoreInt32(&stop, 1)
	all.Wait()
	fmt.Println("wrong", wrong, "done", done > 0)
}
