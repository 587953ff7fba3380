// A server and a client of gRPC, that tell what they got:
//
//	calls serve              until standard input ends; first says "port NUMBER"
//	calls call PORT          one call of each kind, one after the other
//	calls load PORT CONNECTIONS STREAMS CALLS
//	                         so many calls of each stream of each connection
//	calls both [CONNECTIONS STREAMS CALLS]
//	                         serve, and call or load, in one process
//
// Each end writes, at the end of a call, "server" or "client", the method, the code of the status,
// and what was sent to it: "NAME: VALUE" of each field whose name begins with "x-", separated by
// tabs; values of binary fields as they are on the wire. With load only
// the number of calls is written, by the client. Works with each version of gRPC since 1.27, needs no generated code.
package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
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

func streaming(_ interface{}, stream grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(stream)
	md, _ := metadata.FromIncomingContext(stream.Context())
	if strings.HasSuffix(method, "/Wait") {
		stream.SendHeader(metadata.MD{})
		<-stream.Context().Done()
		tell("server", method, stream.Context().Err(), md)
		return stream.Context().Err()
	}
	err := answer(method, stream.SetHeader, stream.SetTrailer)
	for {
		var in []byte
		if stream.RecvMsg(&in) != nil {
			break
		}
		if stream.SendMsg(&in) != nil {
			break
		}
	}
	tell("server", method, err, md)
	return err
}

func server() (*grpc.Server, net.Listener) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	s := grpc.NewServer(grpc.MaxHeaderListSize(1 << 20))
	s.RegisterService(&grpc.ServiceDesc{
		ServiceName: "test.Calls",
		HandlerType: (*interface{})(nil),
		Methods: []grpc.MethodDesc{
			{MethodName: "Echo", Handler: unary},
			{MethodName: "Fail", Handler: unary},
		},
		Streams: []grpc.StreamDesc{
			{StreamName: "Talk", Handler: streaming, ServerStreams: true, ClientStreams: true},
			{StreamName: "Wait", Handler: streaming, ServerStreams: true, ClientStreams: true},
		},
	}, struct{}{})
	return s, listener
}

func dial(port string) *grpc.ClientConn {
	c, err := grpc.Dial("127.0.0.1:"+port, grpc.WithInsecure(), grpc.WithBlock(),
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

// wait cancels a call when its server is at work.
func wait(c *grpc.ClientConn) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	desc := &grpc.StreamDesc{StreamName: "Wait", ServerStreams: true, ClientStreams: true}
	stream, err := c.NewStream(ctx, desc, "/test.Calls/Wait")
	if err == nil {
		stream.Header()
		cancel()
		var out []byte
		err = stream.RecvMsg(&out)
	}
	tell("client", "/test.Calls/Wait", err)
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
	call(c, "/test.Calls/Nothing")
	wait(c)
	var many []string
	for i := 0; i < 300; i++ {
		many = append(many, fmt.Sprintf("x-many-%03d", i), strings.Repeat("v", 100))
	}
	call(c, "/test.Calls/Echo", many...)
	call(c, "/test.Calls/Echo", "x-long", strings.Repeat("long", 10000))
}

func main() {
	encoding.RegisterCodec(bytesCodec{})
	words := os.Args[2:]
	switch os.Args[1] {
	case "serve":
		s, listener := server()
		fmt.Println("port", listener.Addr().(*net.TCPAddr).Port)
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
		port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
		if quiet {
			n := numbers(words)
			load(port, n[0], n[1], n[2])
		} else {
			callEach(port)
		}
		s.GracefulStop()
	}
}
