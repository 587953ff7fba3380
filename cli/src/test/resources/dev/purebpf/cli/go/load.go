// Works until its input ends, with garbage collected and stacks grown all the time; checks its own results.
// With a number it works as many rounds instead; with a word after it, it does so when its input has ended.
// With the word absent and a file it reads that and does no work.
//
// machines: 1.27
// machines-foreign: 1.15
// machines-foreign: 1.19
package main

import (
	"fmt"
	"io"
	"io/ioutil"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"unsafe"
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

// rounds works from a seed up to another in fresh goroutines, or until it is to stop.
func rounds(seed, end int, stop *int32) {
	for ; seed < end && atomic.LoadInt32(stop) == 0; seed++ {
		fresh := make(chan bool)
		go func() {
			work(seed)
			close(fresh)
		}()
		<-fresh
		if seed%16 == 0 {
			runtime.GC()
		}
	}
}

//go:noinline
func absent(text string) int {
	return len(text)
}

// readAbsent calls a function with a text that is mapped, but that nobody has read yet.
func readAbsent(path string) {
	file, err := os.Open(path)
	if err != nil {
		panic(err)
	}
	data, err := syscall.Mmap(int(file.Fd()), 0, 4, syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	absent(*(*string)(unsafe.Pointer(&data)))
}

func main() {
	if len(os.Args) > 2 && os.Args[1] == "absent" {
		readAbsent(os.Args[2])
		return
	}
	most := 1 << 30
	if len(os.Args) > 1 {
		most, _ = strconv.Atoi(os.Args[1])
	}
	if most < 0 {
		// Never so; but what no probe can stand on is then in the program.
		runtime.Breakpoint()
	}
	var stop int32
	var all sync.WaitGroup
	if len(os.Args) > 2 {
		io.Copy(ioutil.Discard, os.Stdin)
	}
	for i := 0; i < 4; i++ {
		all.Add(1)
		go func(seed int) {
			defer all.Done()
			rounds(seed, seed+most, &stop)
		}(1000 * i)
	}
	if len(os.Args) > 1 {
		all.Wait()
		if wrong != 0 || done != int64(4*most) {
			os.Exit(1)
		}
		return
	}
	fmt.Println("working")
	io.Copy(ioutil.Discard, os.Stdin)
	atomic.StoreInt32(&stop, 1)
	all.Wait()
	fmt.Println("wrong", wrong, "done", done > 0)
}
