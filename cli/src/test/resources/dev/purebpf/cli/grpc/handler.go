// A server of gRPC behind net/http, as one that serves pages on the same port is, and a client of it, in one
// process: "handler NUMBER" makes so many calls of /test.Calls/Nothing.
package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"strconv"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/status"
)

type bytesCodec struct{}

func (bytesCodec) Marshal(v interface{}) ([]byte, error) { return *v.(*[]byte), nil }

func (bytesCodec) Unmarshal(data []byte, v interface{}) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}

func (bytesCodec) Name() string { return "bytes" }

func main() {
	encoding.RegisterCodec(bytesCodec{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go http.Serve(listener, h2c.NewHandler(grpc.NewServer(), &http2.Server{}))
	c, err := grpc.Dial(listener.Addr().String(), grpc.WithInsecure(), grpc.WithBlock(),
		grpc.WithDefaultCallOptions(grpc.CallContentSubtype("bytes")))
	if err != nil {
		panic(err)
	}
	calls, err := strconv.Atoi(os.Args[1])
	if err != nil {
		panic(err)
	}
	for i := 0; i < calls; i++ {
		in, out := []byte("message"), []byte(nil)
		err = c.Invoke(context.Background(), "/test.Calls/Nothing", &in, &out)
		if status.Code(err) != codes.Unimplemented {
			panic(err)
		}
	}
}
