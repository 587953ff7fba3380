// A server and a client of gRPC, that tell what they got:
//
//	calls serve              until standard input ends; first says "port NUMBER"
//	calls call PORT          one call of each kind, one after the other
//	calls load PORT CONNECTIONS STREAMS CALLS
//	                         so many calls of each stream of each connection
//	calls both [CONNECTIONS STREAMS CALLS]
//	                         serve, and call or load, in one process
//	calls ends               serve, and make calls that do not end by an answer, in one process
//	calls absent FILE        serve, and make a call with what is in the file in its headers, which nobody
//	                         has read before, in one process
//	calls try CALLS [NAME PORT TIME]...
//	                         so many calls of /test.Calls/NAME of each server, whatever that answers;
//	                         each is given up after that time, such as 200ms
//	calls hold PORT          make a call that goes on until standard input ends; says "held" when the
//	                         server is at it
//
// and "calls tls ..." and "calls unix FILE ..." the same over TLS, with a certificate that it makes
// itself, and over a unix socket. "calls to FILE ..." and then any of these writes to a file, "calls
// after FILE ..." begins when there is that file, and "calls later ..." when standard input has ended.
//
// Each end writes, at the end of a call, "server" or "client", the method, the code of the status,
// and what was sent to it: "NAME: VALUE" of each field whose name begins with "x-", separated by
// tabs; values of binary fields as they are on the wire. With load only
// the number of calls is written, by the client. Works with each version of gRPC since 1.27, needs no generated code.
//
// machines-grpc: bookworm 1.19
// machines-grpc: bullseye 1.15 stripped
// machines-grpc-foreign: trixie 1.27
// machines-grpc-foreign: bookworm 1.19 stripped
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

type bytesCodec struct{}

func (bytesCodec) Marshal(v interface{}) ([]byte, error) { return *v.(*[]byte), nil }

func (bytesCodec) Unmarshal(data []byte, v interface{}) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}

func (bytesCodec) Name() string { return "bytes" }

// io.Discard is not there before Go 1.16.
type devNull struct{}

func (devNull) Write(p []byte) (int, error) { return len(p), nil }

var quiet bool
var output sync.Mutex

func tell(side, method string, err error, all ...metadata.MD) {
	if quiet {
		return
	}
	var fields []string
	for _, md := range all {
		for name, values := range md {
			for _, value := range values {
				if strings.HasSuffix(name, "-bin") {
					value = base64.RawStdEncoding.EncodeToString([]byte(value))
				}
				if strings.HasPrefix(name, "x-") {
					fields = append(fields, name+": "+value)
				}
			}
		}
	}
	sort.Strings(fields)
	code := status.Code(err)
	output.Lock()
	defer output.Unlock()
	fmt.Println(strings.Join(append([]string{side, method, strconv.Itoa(int(code))}, fields...), "\t"))
}

func answer(method string, headers func(metadata.MD) error, trailers func(metadata.MD)) error {
	if quiet {
		return nil
	}
	headers(metadata.Pairs("x-answer", method, "x-answer-bin", "\x00\xff\x01"))
	trailers(metadata.Pairs("x-trailer", "last", "x-trailer", "of all"))
	if strings.HasSuffix(method, "/Fail") {
		return status.Error(codes.NotFound, "nothing there: 100 % of ü")
	}
	return nil
}

func unary(_ interface{}, ctx context.Context, decode func(interface{}) error, _ grpc.UnaryServerInterceptor) (interface{}, error) {
	var in []byte
	if err := decode(&in); err != nil {
		return nil, err
	}
	method, _ := grpc.Method(ctx)
	md, _ := metadata.FromIncomingContext(ctx)
	err := answer(method,
		func(h metadata.MD) error { return grpc.SetHeader(ctx, h) },
		func(t metadata.MD) { grpc.SetTrailer(ctx, t) })
	tell("server", method, err, md)
	return &in, err
}

// Closed when /test.Calls/Late may end, which it does long after its deadline.
var late = make(chan struct{})

func streaming(_ interface{}, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	md, _ := metadata.FromIncomingContext(stream.Context())
	if strings.HasSuffix(method, "/Wait") {
		stream.SendHeader(metadata.MD{})
		<-stream.Context().Done()
		tell("server", method, stream.Context().Err(), md)
		return stream.Context().Err()
	}
	if strings.HasSuffix(method, "/Late") {
		stream.SendHeader(metadata.MD{})
		<-late
		tell("server", method, nil, md)
		return nil
	}
	err := answer(method, stream.SetHeader, stream.SetTrailer)
	last := []byte("nothing")
	for {
		var in []byte
		if stream.RecvMsg(&in) != nil {
			break
		}
		last = in
		if !strings.HasSuffix(method, "/Collect") && stream.SendMsg(&in) != nil {
			break
		}
	}
	if strings.HasSuffix(method, "/Collect") {
		stream.SendMsg(&last)
	}
	if strings.HasSuffix(method, "/Watch") {
		stream.SendMsg(&last)
	}
	tell("server", method, err, md)
	return err
}

// How both ends talk to each other: by TCP, if nothing else is said.
var over struct {
	file        string
	certificate *tls.Certificate
}

func makeCertificate() *tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	about := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	bytes, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(bytes)
	if err != nil {
		panic(err)
	}
	return &tls.Certificate{Certificate: [][]byte{bytes}, PrivateKey: key, Leaf: leaf}
}

func server() (*grpc.Server, net.Listener) {
	network, address := "tcp", "127.0.0.1:0"
	if over.file != "" {
		network, address = "unix", over.file
	}
	listener, err := net.Listen(network, address)
	if err != nil {
		panic(err)
	}
	options := []grpc.ServerOption{grpc.MaxHeaderListSize(1 << 20)}
	if over.certificate != nil {
		options = append(options, grpc.Creds(credentials.NewServerTLSFromCert(over.certificate)))
	}
	s := grpc.NewServer(options...)
	s.RegisterService(&grpc.ServiceDesc{
		ServiceName: "test.Calls",
		HandlerType: (*interface{})(nil),
		Methods: []grpc.MethodDesc{
			{MethodName: "Echo", Handler: unary},
			{MethodName: "Fail", Handler: unary},
		},
		Streams: []grpc.StreamDesc{
			{StreamName: "Talk", Handler: streaming, ServerStreams: true, ClientStreams: true},
			{StreamName: "Collect", Handler: streaming, ClientStreams: true},
			{StreamName: "Watch", Handler: streaming, ServerStreams: true},
			{StreamName: "Wait", Handler: streaming, ServerStreams: true, ClientStreams: true},
			{StreamName: "Late", Handler: streaming, ServerStreams: true, ClientStreams: true},
		},
	}, struct{}{})
	return s, listener
}

// port of a TCP listener; nothing of others.
func port(listener net.Listener) string {
	if address, ok := listener.Addr().(*net.TCPAddr); ok {
		return strconv.Itoa(address.Port)
	}
	return ""
}

func dial(port string) *grpc.ClientConn {
	target, security := "127.0.0.1:"+port, grpc.WithInsecure()
	if over.file != "" {
		target = "unix:" + over.file
	}
	if over.certificate != nil {
		pool := x509.NewCertPool()
		pool.AddCert(over.certificate.Leaf)
		security = grpc.WithTransportCredentials(credentials.NewClientTLSFromCert(pool, ""))
	}
	c, err := grpc.Dial(target, security, grpc.WithBlock(),
		grpc.WithMaxHeaderListSize(1<<20),
		grpc.WithDefaultCallOptions(grpc.CallContentSubtype("bytes")))
	if err != nil {
		panic(err)
	}
	return c
}

func call(c *grpc.ClientConn, method string, fields ...string) {
	ctx := metadata.NewOutgoingContext(context.Background(), metadata.Pairs(fields...))
	in, out := []byte("message"), []byte(nil)
	var header, trailer metadata.MD
	err := c.Invoke(ctx, method, &in, &out, grpc.Header(&header), grpc.Trailer(&trailer))
	tell("client", method, err, header, trailer)
}

func talk(c *grpc.ClientConn, method string, messages int, fields ...string) {
	ctx := metadata.NewOutgoingContext(context.Background(), metadata.Pairs(fields...))
	desc := &grpc.StreamDesc{StreamName: "Talk", ServerStreams: true, ClientStreams: true}
	stream, err := c.NewStream(ctx, desc, method)
	if err != nil {
		panic(err)
	}
	for i := 0; i < messages; i++ {
		in, out := []byte("message"), []byte(nil)
		if stream.SendMsg(&in) != nil || stream.RecvMsg(&out) != nil {
			break
		}
	}
	stream.CloseSend()
	var out []byte
	err = stream.RecvMsg(&out)
	if err == io.EOF {
		err = nil
	}
	header, _ := stream.Header()
	tell("client", method, err, header, stream.Trailer())
}

// one sends messages and gets one, as when only a client streams, or sends one and gets as many as there
// are, as when only a server does.
func one(c *grpc.ClientConn, method string, desc grpc.StreamDesc, messages int, fields ...string) {
	ctx := metadata.NewOutgoingContext(context.Background(), metadata.Pairs(fields...))
	stream, err := c.NewStream(ctx, &desc, method)
	if err != nil {
		panic(err)
	}
	for i := 0; i < messages; i++ {
		in := []byte("message")
		stream.SendMsg(&in)
	}
	stream.CloseSend()
	err = nil
	for err == nil {
		var out []byte
		err = stream.RecvMsg(&out)
		if !desc.ServerStreams {
			break
		}
	}
	if err == io.EOF {
		err = nil
	}
	header, _ := stream.Header()
	tell("client", method, err, header, stream.Trailer())
}

// wait makes a call that its server does not answer; when that is at work, something ends it.
func wait(ctx context.Context, c *grpc.ClientConn, method string, end func()) {
	desc := &grpc.StreamDesc{StreamName: "Wait", ServerStreams: true, ClientStreams: true}
	stream, err := c.NewStream(ctx, desc, method)
	if err == nil {
		stream.Header()
		end()
		var out []byte
		err = stream.RecvMsg(&out)
	}
	tell("client", method, err)
}

// ends makes calls that do not end by an answer: it takes too long, the server stops, or it closes
// the connection, which it has announced.
func ends() {
	s, listener := server()
	go s.Serve(listener)
	c := dial(port(listener))
	// Time enough for the server to be at work by then, on a slow machine, too.
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	wait(ctx, c, "/test.Calls/Late", func() {})
	cancel()
	wait(context.Background(), c, "/test.Calls/Wait", func() {
		close(late)
		s.Stop()
	})
	c.Close()

	s, listener = server()
	go s.Serve(listener)
	c = dial(port(listener))
	wait(context.Background(), c, "/test.Calls/Wait", func() {
		go s.GracefulStop()
		c.WaitForStateChange(context.Background(), connectivity.Ready)
		s.Stop()
	})
	c.Close()
}

// absent makes a call with a text that is mapped, but that nobody has read yet.
func absent(path string) {
	file, err := os.Open(path)
	if err != nil {
		panic(err)
	}
	about, err := file.Stat()
	if err != nil {
		panic(err)
	}
	data, err := syscall.Mmap(int(file.Fd()), 0, int(about.Size()), syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err != nil {
		panic(err)
	}
	s, listener := server()
	go s.Serve(listener)
	c := dial(port(listener))
	call(c, "/test.Calls/Echo", "x-text", *(*string)(unsafe.Pointer(&data)))
	c.Close()
	s.GracefulStop()
}

func load(port string, connections, streams, calls int) {
	var all sync.WaitGroup
	for i := 0; i < connections; i++ {
		c := dial(port)
		defer c.Close()
		for j := 0; j < streams; j++ {
			all.Add(1)
			go func() {
				defer all.Done()
				for k := 0; k < calls; k++ {
					in, out := []byte("message"), []byte(nil)
					if err := c.Invoke(context.Background(), "/test.Calls/Echo", &in, &out); err != nil {
						panic(err)
					}
				}
			}()
		}
	}
	all.Wait()
	fmt.Println(connections * streams * calls)
}

// try makes calls one after the other, each of which gets all messages that come.
func try(name, port string, patience time.Duration, calls int) {
	c, err := grpc.Dial("127.0.0.1:"+port, grpc.WithInsecure(), grpc.WithMaxHeaderListSize(1<<20),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: time.Millisecond, MaxDelay: time.Millisecond},
			MinConnectTimeout: time.Second,
		}),
		grpc.WithDefaultCallOptions(grpc.CallContentSubtype("bytes"), grpc.WaitForReady(true)))
	if err != nil {
		panic(err)
	}
	defer c.Close()
	for i := 0; i < calls; i++ {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		stream, err := c.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, "/test.Calls/"+name)
		for err == nil {
			var out []byte
			err = stream.RecvMsg(&out)
		}
		if err == io.EOF {
			err = nil
		}
		tell("client", "/test.Calls/"+name, err)
		cancel()
	}
}

func numbers(words []string) (result []int) {
	for _, word := range words {
		number, err := strconv.Atoi(word)
		if err != nil {
			panic(err)
		}
		result = append(result, number)
	}
	return
}

func callEach(port string) {
	c := dial(port)
	defer c.Close()
	call(c, "/test.Calls/Echo", "x-text", "a value", "x-raw-bin", "\x00\x01\xfe\xff", "x-empty", "")
	call(c, "/test.Calls/Fail", "x-twice", "1", "x-twice", "2")
	talk(c, "/test.Calls/Talk", 3, "x-stream", "yes")
	one(c, "/test.Calls/Collect", grpc.StreamDesc{ClientStreams: true}, 3, "x-stream", "client")
	one(c, "/test.Calls/Watch", grpc.StreamDesc{ServerStreams: true}, 1, "x-stream", "server")
	call(c, "/test.Calls/Nothing")
	ctx, cancel := context.WithCancel(context.Background())
	wait(ctx, c, "/test.Calls/Wait", cancel)
	var many []string
	for i := 0; i < 300; i++ {
		many = append(many, fmt.Sprintf("x-many-%03d", i), strings.Repeat("v", 100))
	}
	call(c, "/test.Calls/Echo", many...)
	call(c, "/test.Calls/Echo", "x-long", strings.Repeat("long", 10000))
}

func main() {
	encoding.RegisterCodec(bytesCodec{})
	words := os.Args[1:]
	if words[0] == "to" {
		file, err := os.Create(words[1])
		if err != nil {
			panic(err)
		}
		os.Stdout = file
		words = words[2:]
	}
	if words[0] == "after" {
		for _, err := os.Stat(words[1]); err != nil; _, err = os.Stat(words[1]) {
			time.Sleep(time.Millisecond)
		}
		words = words[2:]
	}
	if words[0] == "later" {
		io.Copy(devNull{}, os.Stdin)
		words = words[1:]
	}
	switch words[0] {
	case "tls":
		over.certificate = makeCertificate()
		words = words[1:]
	case "unix":
		over.file = words[1]
		words = words[2:]
	}
	role, words := words[0], words[1:]
	switch role {
	case "serve":
		s, listener := server()
		fmt.Println("port", port(listener))
		go s.Serve(listener)
		io.Copy(devNull{}, os.Stdin)
		s.GracefulStop()
	case "call":
		callEach(words[0])
	case "load":
		quiet = true
		n := numbers(words[1:])
		load(words[0], n[0], n[1], n[2])
	case "both":
		quiet = len(words) > 0
		s, listener := server()
		go s.Serve(listener)
		if quiet {
			n := numbers(words)
			load(port(listener), n[0], n[1], n[2])
		} else {
			callEach(port(listener))
		}
		s.GracefulStop()
	case "ends":
		ends()
	case "absent":
		absent(words[0])
	case "try":
		var all sync.WaitGroup
		for i := 1; i < len(words); i += 3 {
			patience, err := time.ParseDuration(words[i+2])
			if err != nil {
				panic(err)
			}
			all.Add(1)
			go func(name, port string) {
				defer all.Done()
				try(name, port, patience, numbers(words[:1])[0])
			}(words[i], words[i+1])
		}
		all.Wait()
	case "hold":
		wait(context.Background(), dial(words[0]), "/test.Calls/Wait", func() {
			fmt.Println("held")
			io.Copy(devNull{}, os.Stdin)
			os.Exit(0)
		})
	}
}
