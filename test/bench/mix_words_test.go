package bench

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/weirsec/weir/schemas/catalogue"
	"github.com/weirsec/weir/schemas/record"
)

// mixProgram is what a process runs: its name, its file, its arguments, as whom,
// and what it opens; the two numbers in a path are drawn.
type mixProgram struct {
	name, file string
	args       []string
	uid        uint32
	paths      []string
}

var mixPrograms = []mixProgram{
	{"nginx", "/usr/sbin/nginx", []string{"nginx:", "worker", "process"}, 33, []string{
		"/var/www/html/assets/%[3]s/%[2]d.css", "/var/www/html/%[3]s/index-%[1]d.html", "/etc/nginx/conf.d/%[3]s.conf",
	}},
	{"postgres", "/usr/lib/postgresql/16/bin/postgres", []string{"postgres:", "main:", "autovacuum", "worker"}, 105, []string{
		"/var/lib/postgresql/16/main/base/%[1]d/%[2]d", "/var/lib/postgresql/16/main/pg_stat_tmp/db_%[1]d.stat",
	}},
	{"python3", "/usr/bin/python3.12", []string{"python3", "-m", "celery", "worker", "--concurrency=8"}, 1000, []string{
		"/usr/lib/python3.12/site-packages/%[3]s/%[4]s_%[2]d.py", "/srv/app/%[3]s/templates/%[2]d.html", "/usr/lib/python3.12/__pycache__/%[4]s.cpython-312.pyc",
	}},
	{"java", "/usr/lib/jvm/java-21-openjdk-amd64/bin/java", []string{"java", "-Xmx2g", "-XX:+UseG1GC", "-jar", "/srv/orders/orders.jar"}, 1001, []string{
		"/srv/orders/lib/%[3]s-%[1]d.%[1]d.jar", "/proc/self/task/%[2]d/stat", "/sys/fs/cgroup/memory.%[3]s",
	}},
	{"node", "/usr/bin/node", []string{"node", "--max-old-space-size=512", "server.js"}, 1002, []string{
		"/srv/web/node_modules/%[3]s/lib/%[4]s.js", "/srv/web/node_modules/@%[3]s/%[4]s/package.json", "/srv/web/dist/chunk-%[2]d.js",
	}},
	{"cc1", "/usr/libexec/gcc/x86_64-linux-gnu/14/cc1", []string{"cc1", "-quiet", "-O2", "-Wall", "-o", "/tmp/ccXw3k.s"}, 1000, []string{
		"/usr/include/x86_64-linux-gnu/bits/%[3]s.h", "/home/build/src/%[3]s/%[4]s_%[2]d.h", "/usr/lib/gcc/x86_64-linux-gnu/14/include/%[4]s.h", "/tmp/cc%06[2]x.s",
	}},
	{"ld", "/usr/bin/x86_64-linux-gnu-ld.bfd", []string{"ld", "-pie", "-o", "build/out"}, 1000, []string{
		"/home/build/obj/%[3]s/%[4]s_%[2]d.o", "/usr/lib/x86_64-linux-gnu/lib%[3]s.so.%[1]d",
	}},
	{"bash", "/usr/bin/bash", []string{"bash", "-c", "make -j8 all"}, 1000, []string{
		"/etc/ld.so.cache", "/lib/x86_64-linux-gnu/libc.so.6", "/lib/x86_64-linux-gnu/libtinfo.so.6", "/home/build/.cache/%[3]s",
	}},
	{"git", "/usr/bin/git", []string{"git", "status", "--porcelain"}, 1000, []string{
		"/home/build/src/.git/objects/%02[1]x/%038[2]x", "/home/build/src/.git/refs/heads/%[3]s",
	}},
	{"kubelet", "/usr/bin/kubelet", []string{"kubelet", "--config=/var/lib/kubelet/config.yaml"}, 0, []string{
		"/var/lib/kubelet/pods/%08[2]x-77aa/volumes/%[3]s", "/sys/fs/cgroup/kubepods.slice/pod%[1]d/cpu.stat", "/proc/%[2]d/cgroup",
	}},
	{"node_exporter", "/usr/bin/prometheus-node-exporter", []string{"node_exporter"}, 110, []string{
		"/proc/%[2]d/stat", "/sys/class/net/eth%[1]d/statistics/rx_%[3]s", "/proc/net/%[3]s",
	}},
	{"redis-server", "/usr/bin/redis-server", []string{"redis-server", "*:6379"}, 112, []string{
		"/var/lib/redis/temp-%[2]d.rdb", "/proc/self/smaps", "/var/lib/redis/appendonly.aof.%[1]d",
	}},
	{"sshd", "/usr/sbin/sshd", []string{"sshd:", "deploy@pts/1"}, 0, []string{
		"/etc/ssh/sshd_config.d/%[3]s.conf", "/home/%[3]s/.ssh/authorized_keys", "/etc/pam.d/common-%[4]s",
	}},
}

var mixWords = []string{
	"orders", "billing", "search", "gateway", "session", "catalog", "shipping", "profile", "types", "stdio", "string", "socket",
	"core", "parser", "render", "cache", "metrics", "events", "config", "client", "server", "utils", "schema", "crypto", "stream",
	"buffer", "format", "router", "loader", "worker", "queue", "index",
}

var mixEnvironment = []string{
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/home/build", "LANG=C.UTF-8", "SHELL=/bin/bash",
	"DB_PASSWORD=hunter2", "KUBERNETES_SERVICE_HOST=10.96.0.1", "HOSTNAME=web-7f6d9c",
}

// path is of a file that the process opens.
func (m *mixer) path(k *mixTask) string {
	form := k.paths[m.IntN(len(k.paths))]
	if !strings.Contains(form, "%") {
		return form
	}
	dir, file := m.dirs.Uint64(), m.fils.Uint64()
	text := fmt.Sprintf(form, dir, file, mixWords[dir%uint64(len(mixWords))], mixWords[file%uint64(len(mixWords))])
	text, _, _ = strings.Cut(text, "%!") // arguments that a form has no use for
	return text
}

// dns is an answer to a process that wants to know an address.
func (m *mixer) dns(k *mixTask) {
	be := binary.BigEndian
	message := []byte{0x12, byte(m.IntN(256)), 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0} //nolint:gosec // a byte
	name := fmt.Sprintf("%s-%d.production.example.com", mixWords[m.IntN(len(mixWords))], m.dirs.Uint64()%20)
	for label := range strings.SplitSeq(name, ".") {
		message = append(append(message, byte(len(label))), label...)
	}
	message = append(message, 0, 0, 1, 0, 1, 0xc0, 12, 0, 1, 0, 1)
	message = be.AppendUint32(message, 60)
	message = append(be.AppendUint16(message, 4), 10, byte(m.IntN(4)), byte(m.dirs.Uint64()), byte(1+m.IntN(9))) //nolint:gosec // bytes
	m.note(m.header(k, catalogue.NetPacketDNSResponse, record.HookCgroupSKB)).Packet(record.Packet{
		Source: netip.MustParseAddrPort("10.0.0.53:53"), Destination: netip.AddrPortFrom(netip.MustParseAddr("10.0.0.9"), uint16(32768+m.IntN(28000))), //nolint:gosec // a port
		Protocol: record.ProtocolUDP, Direction: record.Ingress, Length: uint32(28 + len(message)), Message: uint32(len(message)), //nolint:gosec // small
	}).Message(1, message, uint32(len(message))) //nolint:gosec // small
	m.end()
}

func boxCgroup(box int) uint64 {
	if box == 0 {
		return 4321
	}
	return 16000 + uint64(box) //nolint:gosec // small
}

// boxID is the id of a container of a node.
func boxID(node string, box int) string {
	h := uint64(14695981039346656037)
	for _, c := range fmt.Sprint(node, "/", box) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return fmt.Sprintf("%016x%016x%016x%016x", h, h*3, h*5, h*7)
}
