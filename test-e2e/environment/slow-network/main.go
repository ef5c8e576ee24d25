// Runs a command in a network of its own, some way from a server: slow-network 25ms 127.0.0.1:9428 node app.js
// The server is at 198.18.0.2 to 198.18.0.5, port 9428. Each packet takes that long in each direction. (Linux can delay packets by
// itself, but not every kernel is built with netem.) Needs root, /dev/net/tun and the `ip` command. Everything is gone when it ends.
package main

import (
	"encoding/binary"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

const (
	device    = "slow"
	tunNoInfo = 0x1001
	setIff    = 0x400454ca
)

func check(err error) {
	if err != nil {
		os.Stderr.WriteString("slow-network: " + err.Error() + "\n")
		os.Exit(125)
	}
}

// Calls back in a thread that has a new network with one device, which stays as long as this process.
func inOwnNetwork(act func(packets *os.File), addresses ...string) {
	go func() {
		runtime.LockOSThread()
		check(syscall.Unshare(syscall.CLONE_NEWNET))
		fd, err := syscall.Open("/dev/net/tun", syscall.O_RDWR, 0)
		check(err)
		var request [40]byte
		copy(request[:16], device)
		binary.LittleEndian.PutUint16(request[16:], tunNoInfo)
		_, _, failed := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), setIff, uintptr(unsafe.Pointer(&request[0])))
		if failed != 0 {
			check(failed)
		}
		for _, address := range addresses {
			check(exec.Command("ip", "address", "add", address+"/24", "dev", device).Run())
		}
		check(exec.Command("ip", "link", "set", device, "up").Run())
		check(exec.Command("ip", "link", "set", "lo", "up").Run())
		check(syscall.SetNonblock(fd, true))
		act(os.NewFile(uintptr(fd), device))
		select {}
	}()
}

type packet struct {
	at    time.Time
	bytes []byte
}

func pass(from, to *os.File, delay time.Duration) {
	onTheWay := make(chan packet, 10000)
	go func() {
		for one := range onTheWay {
			time.Sleep(time.Until(one.at))
			to.Write(one.bytes)
		}
	}()
	buffer := make([]byte, 65536)
	for {
		length, err := from.Read(buffer)
		check(err)
		onTheWay <- packet{time.Now().Add(delay), append([]byte(nil), buffer[:length]...)}
	}
}

func relay(client net.Conn, server string) {
	upstream, err := net.Dial("tcp", server)
	if err != nil {
		client.Close()
		return
	}
	go func() {
		io.Copy(upstream, client)
		upstream.(*net.TCPConn).CloseWrite()
	}()
	io.Copy(client, upstream)
	client.Close()
	upstream.Close()
}

func main() {
	delay, err := time.ParseDuration(os.Args[1])
	check(err)
	server, command := os.Args[2], exec.Command(os.Args[3], os.Args[4:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	ends := make(chan *os.File, 2)
	ready := make(chan struct{})
	ended := make(chan struct{})
	inOwnNetwork(func(packets *os.File) {
		listener, err := net.Listen("tcp", ":9428")
		check(err)
		go func() {
			for {
				client, err := listener.Accept()
				check(err)
				go relay(client, server)
			}
		}()
		ends <- packets
	}, "198.18.0.2", "198.18.0.3", "198.18.0.4", "198.18.0.5")
	there := <-ends
	inOwnNetwork(func(packets *os.File) {
		ends <- packets
		<-ready
		check(command.Start())
		close(ended)
	}, "198.18.0.1")
	here := <-ends
	go pass(here, there, delay)
	go pass(there, here, delay)
	close(ready)
	<-ended
	command.Wait()
	// What the kernel has taken from the command is still to arrive.
	time.Sleep(time.Second + 10*delay)
	status := command.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		os.Exit(128 + int(status.Signal()))
	}
	os.Exit(status.ExitStatus())
}
