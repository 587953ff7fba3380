// Calls functions that take values of all shapes; each says what it got, as purebpf shows it, in the
// file that is named.
//
// machines: 1.15 1.27
// machines-foreign: 1.19
// machines-foreign: 1.19 '-gcflags=-N -l'
// machines-foreign: 1.27 '-gcflags=-N -l'
// machines-foreign: 1.27 -buildmode=pie
// machines-foreign: 1.15 '-ldflags=-s -w'
// machines-foreign: 1.19 '-ldflags=-s -w'
// machines-foreign: 1.27 '-ldflags=-s -w'
package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"unsafe"
)

type pair struct {
	x int8
	y int64
}

type nested struct {
	p    pair
	name string
	one  [1]uint16
	_    int32
	list []int16
}

type list struct {
	next  *list
	value int
}

type large struct {
	a, b, c, d, e, f, g, h, i, j int
}

type vector struct{ x, y float64 }

type code uint16

type celsius float64

func (p pair) String() string { return strconv.Itoa(int(p.x)) }

type failure struct{ code int }

func (f *failure) Error() string { return strconv.Itoa(f.code) }

//go:noinline
func numbers(a int8, b int16, c int32, d int64, e uint8, f uint16, g uint32, h uint64, i bool, j uintptr, k code, l rune) {
	say("numbers", "a", &a, "b", &b, "c", &c, "d", &d, "e", &e, "f", &f, "g", &g, "h", &h, "i", &i, "j", &j, "k", &k, "l", &l)
}

//go:noinline
func texts(a string, b string, c []byte, d []byte) {
	say("texts", "a", &a, "b", &b, "c", &c, "d", &d)
}

//go:noinline
func slices(a []int, b []string, c []pair) {
	say("slices", "a", &a, "b", &b, "c", &c)
}

//go:noinline
func moreSlices(a [][]int, b []uint16, c []struct{}) {
	say("moreSlices", "a", &a, "b", &b, "c", &c)
}

//go:noinline
func arrays(a [1]int, b [3]int16, c [2]string, d [1][1]pair, e [12]int8) {
	say("arrays", "a", &a, "b", &b, "c", &c, "d", &d, "e", &e)
}

//go:noinline
func structs(a pair, b nested, c large, d struct{}) {
	say("structs", "a", &a, "b", &b, "c", &c, "d", &d)
}

//go:noinline
func pointers(a *int, b *pair, c **int, d *nested, e *list, f *struct{}) {
	say("pointers", "a", &a, "b", &b, "c", &c, "d", &d, "e", &e, "f", &f)
}

//go:noinline
func interfaces(a error, b interface{}, c fmt.Stringer, d interface{}) {
	say("interfaces", "a", &a, "b", &b, "c", &c, "d", &d)
}

//go:noinline
func references(a map[string]int, b chan int, c func() string, d unsafe.Pointer) {
	say("references", "a", &a, "b", &b, "c", &c, "d", &d)
}

//go:noinline
func spilled(a, b, c, d, e, f, g, h int, i string, j, k int) {
	say("spilled", "a", &a, "b", &b, "c", &c, "d", &d, "e", &e, "f", &f, "g", &g, "h", &h, "i", &i, "j", &j, "k", &k)
}

//go:noinline
func floats(a []float64, b *vector, c [2]float32, d [2]complex128, e []celsius, f *complex64) {
	say("floats", "a", &a, "b", &b, "c", &c, "d", &d, "e", &e, "f", &f)
}

//go:noinline
func (p pair) byValue(a int) {
	say("pair.byValue", "p", &p, "a", &a)
}

//go:noinline
func (p *pair) byPointer(a string) {
	say("(*pair).byPointer", "p", &p, "a", &a)
}

//go:noinline
func deep(n int) int {
	var room [512]byte
	say("deep", "n", &n)
	if n == 0 {
		return 0
	}
	room[n] = byte(n)
	return deep(n-1) + int(room[n])
}

//go:noinline
func giveNumbers(a int) (x int8, y uint16, z bool, w uint64) {
	x, y, z, w = -1, 2, a > 0, 1<<63
	gave("giveNumbers", []interface{}{"a", &a}, "x", &x, "y", &y, "z", &z, "w", &w)
	return
}

//go:noinline
func giveText(a string) string {
	result := a + a
	gave("giveText", []interface{}{"a", &a}, "", &result)
	return result
}

//go:noinline
func giveMany(a []string) (p pair, s []string, e error, n *int, i interface{}) {
	seven := 7
	p, s, e, n, i = pair{1, 2}, a[1:], errors.New(a[0]), &seven, a[0]
	gave("giveMany", []interface{}{"a", &a}, "p", &p, "s", &s, "e", &e, "n", &n, "i", &i)
	return
}

//go:noinline
func giveSpilled(a int8) (x [2]int8, y large, z string) {
	x, y, z = [2]int8{a, -a}, large{a: 1, j: 10}, "in registers"
	gave("giveSpilled", []interface{}{"a", &a}, "x", &x, "y", &y, "z", &z)
	return
}

//go:noinline
func giveNothing(a int) {
	gave("giveNothing", []interface{}{"a", &a})
}

//go:noinline
func giveEarly(a int) (r string) {
	if a == 0 {
		r = "none"
		gave("giveEarly", []interface{}{"a", &a}, "r", &r)
		return
	}
	for i := 1; i < a; i++ {
		if i*i >= a {
			r = "root"
			gave("giveEarly", []interface{}{"a", &a}, "r", &r)
			return
		}
	}
	r = "end"
	gave("giveEarly", []interface{}{"a", &a}, "r", &r)
	return
}

//go:noinline
func giveRecovered(a int) (r int, e error) {
	defer func() {
		recover()
		r, e = a+1, errors.New("recovered")
		gave("giveRecovered", []interface{}{"a", &a}, "r", &r, "e", &e)
	}()
	panic("once")
}

//go:noinline
func giveDeep(a int) (r int) {
	var room [512]byte
	if a > 0 {
		room[a] = byte(giveDeep(a - 1))
		r = int(room[a]) + 1
	}
	gave("giveDeep", []interface{}{"a", &a}, "r", &r)
	return
}

//go:noinline
func giveUp(a int) int {
	panic("not returned from")
}

var out *os.File

func main() {
	out, _ = os.Create(os.Args[1])
	seven := 7
	toSeven := &seven
	some := pair{-1, 1 << 40}
	many := make([]int, 100)
	for i := range many {
		many[i] = i
	}
	odd := "quoted \"\\ and\tcontrolled \x01 and \xff wrong, ü right"
	numbers(-8, -16, -32, -64, 8, 16, 32, 1<<64-1, true, 99, 7, 'x')
	texts("", strings.Repeat("long ", 60), []byte("bytes"), nil)
	texts(odd, "constant", []byte{}, []byte(strings.Repeat("b", 200)))
	slices([]int{1, 2, 3}, []string{"a", "", "three", "four", "five"}, []pair{some, {2, 3}})
	slices(many, nil, []pair{})
	moreSlices([][]int{{1}, {2, 3}, nil}, []uint16{1, 2, 3}, make([]struct{}, 3))
	arrays([1]int{1}, [3]int16{1, -2, 3}, [2]string{"one", "two"}, [1][1]pair{{some}}, [12]int8{11: 1})
	structs(some, nested{some, "name", [1]uint16{7}, 0, []int16{1, 2}}, large{j: 10}, struct{}{})
	pointers(toSeven, &some, &toSeven, &nested{some, "name", [1]uint16{7}, 0, []int16{1, 2}}, &list{&list{nil, 2}, 1}, &struct{}{})
	pointers(nil, nil, nil, nil, nil, nil)
	interfaces(errors.New("no luck"), 42, some, "text")
	interfaces(&failure{3}, some, &some, code(9))
	interfaces(nil, nil, nil, (*int)(nil))
	interfaces(fmt.Errorf("wrapped: %w", errors.New("inner")), 1.5, some, true)
	references(map[string]int{"a": 1}, make(chan int), func() string { return odd }, unsafe.Pointer(&seven))
	references(nil, nil, nil, nil)
	spilled(1, 2, 3, 4, 5, 6, 7, 8, "on the stack", 10, 11)
	little := complex64(complex(0.5, -2))
	floats([]float64{1.5, -2.25}, &vector{1, 2}, [2]float32{0.5, 4}, [2]complex128{1 + 2i, 0}, []celsius{36.5}, &little)
	some.byValue(5)
	some.byPointer("x")
	giveNumbers(1)
	giveText("again ")
	giveMany([]string{"no luck", "two", "three"})
	giveSpilled(3)
	giveNothing(0)
	giveEarly(0)
	giveEarly(9)
	giveEarly(1)
	giveRecovered(4)
	done := make(chan bool)
	go func() {
		deep(20)
		giveDeep(20)
		func() {
			defer func() { recover() }()
			giveUp(5)
		}()
		close(done)
	}()
	<-done
}

// say prints the call of a function that got the values behind these addresses.
func say(function string, values ...interface{}) {
	out.WriteString(call(function, values) + "\n")
}

// gave prints such a call that gives the values behind other addresses.
func gave(function string, got []interface{}, given ...interface{}) {
	var line strings.Builder
	named(&line, given)
	if len(given) != 2 || given[0] != "" {
		out.WriteString(call(function, got) + " = (" + line.String() + ")\n")
	} else {
		out.WriteString(call(function, got) + " = " + line.String() + "\n")
	}
}

func call(function string, values []interface{}) string {
	var line strings.Builder
	stack := make([]byte, 32)
	number := strings.Fields(string(stack[:runtime.Stack(stack, false)]))[1]
	line.WriteString("g" + number + " main." + function + "(")
	named(&line, values)
	line.WriteString(")")
	return line.String()
}

func named(to *strings.Builder, values []interface{}) {
	for i := 0; i < len(values); i += 2 {
		separate(to, i)
		if values[i] != "" {
			to.WriteString(values[i].(string) + "=")
		}
		show(to, reflect.ValueOf(values[i+1]).Elem(), 0)
	}
}

func show(to *strings.Builder, v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Bool:
		to.WriteString(strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		to.WriteString(strconv.FormatInt(v.Int(), 10))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		to.WriteString(strconv.FormatUint(v.Uint(), 10))
	case reflect.Float32, reflect.Float64:
		to.WriteString(float(v.Float()))
	case reflect.Complex64, reflect.Complex128:
		to.WriteString("(" + float(real(v.Complex())) + " + " + float(imag(v.Complex())) + "i)")
	case reflect.String:
		text(to, v.String(), depth)
	case reflect.Slice:
		elements(to, v, depth)
	case reflect.Array:
		to.WriteString("[")
		for i := 0; i < v.Len() && i < 8; i++ {
			separate(to, i)
			show(to, v.Index(i), depth)
		}
		if v.Len() > 8 {
			to.WriteString(", ...")
		}
		to.WriteString("]")
	case reflect.Struct:
		to.WriteString("{")
		shown := 0
		for i := 0; i < v.NumField(); i++ {
			if v.Type().Field(i).Name != "_" {
				separate(to, shown)
				shown++
				to.WriteString(v.Type().Field(i).Name + ": ")
				show(to, v.Field(i), depth)
			}
		}
		to.WriteString("}")
	case reflect.Ptr:
		if !v.IsNil() && depth == 0 && v.Type().Elem().Size() > 0 {
			to.WriteString("&")
			show(to, v.Elem(), depth+1)
		} else {
			address(to, v.Pointer())
		}
	case reflect.Interface:
		if v.IsNil() {
			to.WriteString("nil")
			return
		}
		to.WriteString(v.Elem().Type().String() + "(")
		content(to, v)
		to.WriteString(")")
	default:
		address(to, *(*uintptr)(unsafe.Pointer(v.UnsafeAddr())))
	}
}

func content(to *strings.Builder, v reflect.Value) {
	inside := v.Elem()
	switch {
	case inside.Kind() == reflect.String:
		text(to, inside.String(), 1)
	case inside.Kind() >= reflect.Bool && inside.Kind() <= reflect.Float64:
		show(to, inside, 1)
	case inside.Type().String() == "*errors.errorString" || inside.Type().String() == "*fmt.wrapError":
		text(to, inside.Interface().(error).Error(), 1)
	default:
		address(to, (*(*[2]uintptr)(unsafe.Pointer(v.UnsafeAddr())))[1])
	}
}

func elements(to *strings.Builder, v reflect.Value, depth int) {
	if v.IsNil() {
		to.WriteString("nil")
		return
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		text(to, string(v.Bytes()), depth)
		return
	}
	most := 8
	if v.Type().Elem().Size() > 16 {
		most = 4
	}
	if depth > 1 || v.Type().Elem().Size() == 0 {
		most = 0
	}
	to.WriteString("[")
	i := 0
	for ; i < v.Len() && i < most; i++ {
		separate(to, i)
		show(to, v.Index(i), depth+1)
	}
	if i < v.Len() {
		separate(to, i)
		to.WriteString("...")
	}
	to.WriteString("]")
}

func separate(to *strings.Builder, i int) {
	if i > 0 {
		to.WriteString(", ")
	}
}

func address(to *strings.Builder, value uintptr) {
	if value == 0 {
		to.WriteString("nil")
	} else {
		to.WriteString("0x" + strconv.FormatUint(uint64(value), 16))
	}
}

func float(value float64) string {
	text := strconv.FormatFloat(value, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// text writes bytes as C would, which UTF-8 and control characters differ in from Go's.
func text(to *strings.Builder, value string, depth int) {
	limit := 128
	if depth > 0 {
		limit = 64
	}
	kept := value
	if len(kept) > limit {
		kept = kept[:limit]
	}
	to.WriteString("\"")
	for i := 0; i < len(kept); i++ {
		c := kept[i]
		switch {
		case c == '"' || c == '\\':
			to.WriteString("\\" + string(rune(c)))
		case c == '\t':
			to.WriteString("\\t")
		case c < ' ' || c == 0xff:
			to.WriteString(fmt.Sprintf("\\x%02x", c))
		default:
			to.WriteByte(c)
		}
	}
	to.WriteString("\"")
	if len(kept) < len(value) {
		to.WriteString("...")
	}
}
