// Calls functions that take values of all shapes; each says what it got, as purebpf shows it, in the
// file that is named.
//
// machines: 1.27
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
func (self pair) m0(p4 [2]string, p3 uint16, p2 [1]pair, p1 error, p0 error) (r1 []int16) {
	r1 = []int16{-19, 7}
	gave("pair.m0", []interface{}{"self", &self, "p4", &p4, "p3", &p3, "p2", &p2, "p1", &p1, "p0", &p0}, "r1", &r1)
	return
}

//go:noinline
func (self *pair) m1(p1 int8, p0 int32) (r4 string, r3 [3]int16, r2 error, r1 [1]pair) {
	r4 = "text 261"
	r3 = [3]int16{-59, 2, 3}
	r2 = nil
	r1 = [1]pair{{80, 6}}
	gave("(*pair).m1", []interface{}{"self", &self, "p1", &p1, "p0", &p0}, "r4", &r4, "r3", &r3, "r2", &r2, "r1", &r1)
	return
}

//go:noinline
func f2(p6 *pair, p5 uint64, p4 [1]pair, p3 interface{}, p2 int8, p1 pair, p0 float64) () {
	gave("f2", []interface{}{"p6", &p6, "p5", &p5, "p4", &p4, "p3", &p3, "p2", &p2, "p1", &p1, "p0", &p0})
	return
}

//go:noinline
func (self pair) m3(p3 large, p2 error, p1 uint64, p0 [2]string) () {
	gave("pair.m3", []interface{}{"self", &self, "p3", &p3, "p2", &p2, "p1", &p1, "p0", &p0})
	return
}

//go:noinline
func (self *pair) m4(p5 large, p4 int16, p3 []int16, p2 int, p1 int8, p0 uint8) (r4 uint8, r3 interface{}, r2 uint64, r1 [1]pair) {
	r4 = 1
	r3 = 86
	r2 = 1<<63 + 167
	r1 = [1]pair{{-79, 6}}
	gave("(*pair).m4", []interface{}{"self", &self, "p5", &p5, "p4", &p4, "p3", &p3, "p2", &p2, "p1", &p1, "p0", &p0}, "r4", &r4, "r3", &r3, "r2", &r2, "r1", &r1)
	return
}

//go:noinline
func f5(p3 int8, p2 []byte, p1 int, p0 pair) () {
	gave("f5", []interface{}{"p3", &p3, "p2", &p2, "p1", &p1, "p0", &p0})
	return
}

//go:noinline
func (self pair) m6(p2 *pair, p1 pair, p0 string) (r4 interface{}, r3 float64, r2 []int16, r1 int16) {
	r4 = "text 438"
	r3 = 1234.5
	r2 = []int16{-56, 7}
	r1 = 33
	gave("pair.m6", []interface{}{"self", &self, "p2", &p2, "p1", &p1, "p0", &p0}, "r4", &r4, "r3", &r3, "r2", &r2, "r1", &r1)
	return
}

//go:noinline
func (self *pair) m7(p4 int8, p3 code, p2 large, p1 error, p0 uint16) (r4 uint32, r3 []byte, r2 [3]int16, r1 [1]int) {
	r4 = 38
	r3 = []byte("text 541")
	r2 = [3]int16{-35, 2, 3}
	r1 = [1]int{-47}
	gave("(*pair).m7", []interface{}{"self", &self, "p4", &p4, "p3", &p3, "p2", &p2, "p1", &p1, "p0", &p0}, "r4", &r4, "r3", &r3, "r2", &r2, "r1", &r1)
	return
}

//go:noinline
func f8(p3 []byte, p2 error, p1 uint16, p0 int8) (r4 *pair, r3 string, r2 [1]pair, r1 uint64) {
	r4 = nil
	r3 = "text 739"
	r2 = [1]pair{{73, 6}}
	r1 = 1<<63 + 40
	gave("f8", []interface{}{"p3", &p3, "p2", &p2, "p1", &p1, "p0", &p0}, "r4", &r4, "r3", &r3, "r2", &r2, "r1", &r1)
	return
}

//go:noinline
func (self pair) m9(p1 nested, p0 []byte) () {
	gave("pair.m9", []interface{}{"self", &self, "p1", &p1, "p0", &p0})
	return
}

//go:noinline
func (self *pair) m10(p4 pair, p3 nested, p2 bool, p1 [1]pair, p0 []int16) (r2 string, r1 pair) {
	r2 = "text 645"
	r1 = pair{-43, 3814247565936924822}
	gave("(*pair).m10", []interface{}{"self", &self, "p4", &p4, "p3", &p3, "p2", &p2, "p1", &p1, "p0", &p0}, "r2", &r2, "r1", &r1)
	return
}

//go:noinline
func f11(p3 int, p2 pair, p1 uint32, p0 [1]pair) (r1 []byte) {
	r1 = []byte("text 820")
	gave("f11", []interface{}{"p3", &p3, "p2", &p2, "p1", &p1, "p0", &p0}, "r1", &r1)
	return
}

var out *os.File

func main() {
	out, _ = os.Create(os.Args[1])
	(&pair{3, 4}).m0([2]string{"text 684", "two"}, 10, [1]pair{{-74, 6}}, errors.New("text 136"), errors.New("text 459"))
	(&pair{3, 4}).m1(87, -59)
	f2(nil, 1<<63 + 89, [1]pair{{-35, 6}}, "text 813", -15, pair{43, 1446247600007142467}, 1234.5)
	(&pair{3, 4}).m3(large{a: -12, j: 9}, errors.New("text 188"), 1<<63 + 162, [2]string{"text 813", "two"})
	(&pair{3, 4}).m4(large{a: 99, j: 9}, -21, []int16{-40, 7}, 9, 38, 78)
	f5(-2, []byte("text 146"), -41, pair{-65, -8020361773666806535})
	(&pair{3, 4}).m6(&pair{-40, 5}, pair{-65, -1559114890494836896}, "text 586")
	(&pair{3, 4}).m7(42, 68, large{a: 9, j: 9}, errors.New("text 500"), 119)
	f8(nil, errors.New("text 91"), 71, -49)
	(&pair{3, 4}).m9(nested{p: pair{1, -5}, name: "text 610"}, nil)
	(&pair{3, 4}).m10(pair{11, 7801136589019209129}, nested{p: pair{1, 72}, name: "text 255"}, true, [1]pair{{-71, 6}}, []int16{-40, 7})
	f11(85, pair{-67, -7059872537623692729}, 114, [1]pair{{78, 6}})
}

var _ = runtime.GC

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
