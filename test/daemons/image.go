package daemons

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Image is the reference of the image that the containers run.
const Image = "weir.test/inside:1"

// Watched is a file in the image.
const Watched = "/etc/weir-watched"

// archive returns an image as "docker save" writes it, and its id. It holds the
// program inside and the file Watched.
func archive(t testing.TB) (data []byte, id string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "inside")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "github.com/weirsec/weir/test/daemons/inside")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the program for containers: %v\n%s", err, text)
	}
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	layer := pack(t, file{"inside", 0o755, content}, file{Watched[1:], 0o644, []byte("watched\n")})
	config := encode(t, map[string]any{
		"architecture": goarch(t), "os": "linux",
		"config": map[string]any{"Entrypoint": []string{"/inside"}, "Cmd": []string{"wait"}, "Labels": map[string]string{"of": "image"}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + sum(layer)}},
	})
	manifest := encode(t, []any{map[string]any{
		"Config": sum(config) + ".json", "RepoTags": []string{Image}, "Layers": []string{"layer.tar"},
	}})
	return pack(t,
		file{sum(config) + ".json", 0o644, config}, file{"layer.tar", 0o644, layer}, file{"manifest.json", 0o644, manifest},
	), "sha256:" + sum(config)
}

type file struct {
	name    string
	mode    int64
	content []byte
}

// pack returns a tar file.
func pack(t testing.TB, files ...file) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.content))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func sum(data []byte) string {
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:])
}

// goarch returns what the program was built for.
func goarch(t testing.TB) string {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), "go", "env", "GOARCH").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(text))
}
