package fault

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// cable is a network namespace, and what connects it with this one: a pair of devices. What
// runs there reaches this machine by nothing else.
type cable struct {
	t      testing.TB
	space  *os.File
	inside *netlink.Handle
	here   netlink.Link
	there  netlink.Link
	// host and node are the addresses of the two ends.
	host, node net.IP
}

// The ways in which a cable fails. Nobody is told by a packet.
const (
	// unplug takes the link down: the node's device has no carrier.
	unplug = "link down"
	// silence drops everything in both directions, deafen what the node is sent,
	// mute what it sends: to all who look, the devices are well.
	silence = "silence"
	deafen  = "deaf"
	mute    = "mute"
)

func waysToFail() []string { return []string{unplug, silence, deafen, mute} }

// newCable makes a namespace, which ends with the test. Without the right to, the
// test is skipped, or fails where WEIR_REQUIRE has netns.
func newCable(t testing.TB) *cable {
	t.Helper()
	w, err := makeCable()
	switch {
	case err == nil:
	case slices.Contains(strings.Split(os.Getenv("WEIR_REQUIRE"), ","), "netns"):
		t.Fatalf("WEIR_REQUIRE=netns, but a network namespace cannot be made: %v", err)
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES), errors.Is(err, unix.EOPNOTSUPP):
		t.Skipf("a network namespace cannot be made, which needs CAP_NET_ADMIN, CAP_SYS_ADMIN and veth devices: %v", err)
	default:
		t.Fatal(err)
	}
	w.t = t
	t.Cleanup(func() {
		w.inside.Close()
		// The other end goes along.
		if err := errors.Join(netlink.LinkDel(w.here), w.space.Close()); err != nil {
			t.Error(err)
		}
	})
	return w
}

func makeCable() (_ *cable, err error) {
	w := &cable{}
	if w.space, err = newSpace(); err != nil {
		return nil, err
	}
	if w.inside, err = netlink.NewHandleAt(netns.NsHandle(w.space.Fd())); err != nil {
		return nil, errors.Join(err, w.space.Close())
	}
	for range 20 {
		err = w.plug()
		if !errors.Is(err, unix.EEXIST) {
			break
		}
	}
	if err != nil {
		w.inside.Close()
		return nil, errors.Join(fmt.Errorf("connect the namespace: %w", err), w.space.Close())
	}
	return w, nil
}

// newSpace makes a network namespace, which lives as long as the file is open.
func newSpace() (space *os.File, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The thread is not used for anything else, and ends with the goroutine.
		runtime.LockOSThread()
		if err = unix.Unshare(unix.CLONE_NEWNET); err != nil {
			err = fmt.Errorf("make a network namespace: %w", err)
			return
		}
		space, err = os.Open("/proc/thread-self/ns/net")
	}()
	<-done
	return space, err
}

// plug makes the pair of devices with addresses that nobody has, of the range for
// measurements between networks (RFC 2544).
func (w *cable) plug() error {
	var id [4]byte
	if _, err := rand.Read(id[:]); err != nil {
		return err
	}
	w.host, w.node = net.IPv4(198, 18|id[0]&1, id[1], id[2]&^3|1), net.IPv4(198, 18|id[0]&1, id[1], id[2]&^3|2)
	routes, err := netlink.RouteGet(w.node)
	if err == nil && len(routes) > 0 && routes[0].Gw == nil && routes[0].Src != nil && routes[0].Src.Equal(w.host) {
		return unix.EEXIST
	}
	name := "weir" + hex.EncodeToString(id[:])
	pair := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: name}, PeerName: name + "n", PeerNamespace: netlink.NsFd(int(w.space.Fd()))}
	if err := netlink.LinkAdd(pair); err != nil {
		return fmt.Errorf("make a pair of veth devices: %w", err)
	}
	if w.here, err = netlink.LinkByName(name); err != nil {
		return err
	}
	w.there, err = w.inside.LinkByName(name + "n")
	if err != nil {
		return err
	}
	address := func(ip net.IP) *netlink.Addr {
		return &netlink.Addr{IPNet: &net.IPNet{IP: ip, Mask: net.CIDRMask(30, 32)}}
	}
	lo, err := w.inside.LinkByName("lo")
	return errors.Join(err,
		netlink.AddrAdd(w.here, address(w.host)), netlink.LinkSetUp(w.here),
		w.inside.AddrAdd(w.there, address(w.node)), w.inside.LinkSetUp(w.there), w.inside.LinkSetUp(lo),
		// Others of this machine's addresses, too.
		w.inside.RouteAdd(&netlink.Route{LinkIndex: w.there.Attrs().Index, Gw: w.host}),
	)
}

// start starts a program in the namespace.
func (w *cable) start(cmd *exec.Cmd) (err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		// A child is in the namespace of the thread that makes it.
		if err = unix.Setns(int(w.space.Fd()), unix.CLONE_NEWNET); err == nil {
			err = cmd.Start()
		}
	}()
	<-done
	return err
}

// nobody is a hardware address that no device here has.
var nobody = net.HardwareAddr{0x02, 0, 0, 0, 0, 0x01}

// fail begins a partition.
func (w *cable) fail(way string) {
	w.t.Helper()
	var err error
	switch way {
	case unplug:
		err = netlink.LinkSetDown(w.here)
	case silence:
		err = errors.Join(w.outward(nobody), w.inward(nobody))
	case deafen:
		err = w.inward(nobody)
	case mute:
		err = w.outward(nobody)
	}
	if err != nil {
		w.t.Fatalf("%s: %v", way, err)
	}
}

// heal ends what fail began.
func (w *cable) heal() {
	w.t.Helper()
	err := errors.Join(netlink.LinkSetUp(w.here), w.inward(w.there.Attrs().HardwareAddr), w.outward(w.here.Attrs().HardwareAddr))
	if err != nil {
		w.t.Fatalf("heal the cable: %v", err)
	}
}

// inward says whom this machine's packets for the node are sent to.
func (w *cable) inward(to net.HardwareAddr) error {
	return netlink.NeighSet(&netlink.Neigh{
		LinkIndex: w.here.Attrs().Index, Family: unix.AF_INET, State: netlink.NUD_PERMANENT, IP: w.node, HardwareAddr: to,
	})
}

// outward says whom the node's packets are sent to.
func (w *cable) outward(to net.HardwareAddr) error {
	return w.inside.NeighSet(&netlink.Neigh{
		LinkIndex: w.there.Attrs().Index, Family: unix.AF_INET, State: netlink.NUD_PERMANENT, IP: w.host, HardwareAddr: to,
	})
}
