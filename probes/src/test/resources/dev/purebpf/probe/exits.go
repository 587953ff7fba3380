// Functions that are left in many ways, called by many goroutines while the stacks of all are moved
// and the heap is collected. For each line "FROM COUNT" it calls one for each number, each in a
// goroutine of its own, and prints what each gave: "NUMBER FIRST SECOND"; or "NUMBER panic".
//
// machines-foreign: 1.15
// machines-foreign: 1.19
// machines-foreign: 1.27
// machines-foreign: 1.27 '-ldflags=-s -w'
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"sync"
)

//go:noinline
func early(number, value int) (int, int) {
	if value%2 == 0 {
		return number, value + 1
	}
	for i := 0; i < value%9; i++ {
		if i == 5 {
			return number, value * 2
		}
		value += small(i)
	}
	if value > 500 {
		return number, -value
	}
	return number, value
}

//go:noinline
func small(value int) int { return value & 3 }

//go:noinline
func deferred(number, value int) (first, second int) {
	defer func() { second++ }()
	if value%3 == 0 {
		return number, value
	}
	for i := 0; i < value%4; i++ {
		defer func() { second += i }()
	}
	return number, value * 2
}

//go:noinline
func recovered(number, value int) (first, second int) {
	defer func() {
		if problem := recover(); problem != nil {
			first, second = number, problem.(int)
		}
	}()
	if value%2 == 0 {
		panic(deep(value % 50))
	}
	return number, value
}

//go:noinline
func grown(number, value int) (int, int) {
	return number, deep(value%50 + 10)
}

// Each goroutine begins with a small stack; this one needs 600 bytes a level.
//go:noinline
func deep(depth int) int {
	var room [75]int
	room[depth%75] = depth
	if depth == 0 {
		return room[0]
	}
	return deep(depth-1) + room[depth%75]
}

//go:noinline
func collected(number, value int) (int, int) {
	pieces := map[int][]byte{}
	for i := 0; i < value%20; i++ {
		pieces[i] = make([]byte, 1000+value)
	}
	if value%64 == 0 {
		runtime.GC()
	}
	if len(pieces) == 7 {
		return number, 7
	}
	return number, len(pieces) * value
}

//go:noinline
func escaped(number, value int) (int, int) {
	if value%2 == 0 {
		panic("out of the function")
	}
	return number, value
}

func call(number int) (said string) {
	defer func() {
		if recover() != nil {
			said = fmt.Sprint(number, " panic")
		}
	}()
	functions := []func(int, int) (int, int){early, deferred, recovered, grown, collected, escaped}
	first, second := functions[number%len(functions)](number, number/len(functions)*7%1000)
	return fmt.Sprint(number, " ", first, " ", second)
}

func main() {
	runtime.GOMAXPROCS(4)
	input := bufio.NewReader(os.Stdin)
	for {
		var from, count int
		if _, err := fmt.Fscan(input, &from, &count); err != nil {
			return
		}
		said := make([]string, count)
		var all sync.WaitGroup
		atOnce := make(chan bool, 32)
		for i := 0; i < count; i++ {
			all.Add(1)
			atOnce <- true
			go func(i int) {
				said[i] = call(from + i)
				<-atOnce
				all.Done()
			}(i)
		}
		all.Wait()
		output := bufio.NewWriter(os.Stdout)
		for _, line := range said {
			fmt.Fprintln(output, line)
		}
		output.Flush()
	}
}
