package conf

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"time"
)

const maxCertFile = 4 << 20 // all roots of a system are some 200 KiB

// Authorities are the certificates of a PEM file that others must be signed by. The
// file may be renewed in place. Its methods may be called from any goroutine.
type Authorities struct {
	path string

	mu       sync.Mutex
	pool     *x509.CertPool
	modified time.Time
	size     int64
}

// ReadAuthorities reads the file for the first time. The error is a *FieldError
// without a key.
func ReadAuthorities(path string) (*Authorities, error) {
	a := &Authorities{path: path}
	if bad := a.read(); bad != nil {
		return nil, bad
	}
	return a, nil
}

// Pool returns the certificates, read anew when the file has changed. While it cannot
// be used the ones read before serve on, and err says why.
func (a *Authorities) Pool() (pool *x509.CertPool, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	info, err := os.Stat(a.path)
	if err == nil && info.ModTime().Equal(a.modified) && info.Size() == a.size {
		return a.pool, nil
	}
	if bad := a.read(); bad != nil {
		return a.pool, bad
	}
	return a.pool, nil
}

func (a *Authorities) read() *FieldError {
	info, err := os.Stat(a.path)
	if err != nil {
		return unreadable(fmt.Errorf("cannot read file: %w", err))
	}
	text, err := readLimited(a.path, maxCertFile)
	if err != nil {
		return unreadable(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(text)) {
		return noCertificate(a.path, []byte(text))
	}
	a.pool, a.modified, a.size = pool, info.ModTime(), info.Size()
	return nil
}

func unreadable(err error) *FieldError {
	hint := "write the path of a PEM file"
	if errors.Is(err, fs.ErrPermission) {
		hint = "let the user that the agent runs as read it"
	}
	return &FieldError{Msg: err.Error(), Hint: hint}
}

// noCertificate says what is in a file that should hold certificates.
func noCertificate(path string, text []byte) *FieldError {
	bad := &FieldError{Msg: path + " holds no certificate in PEM form", Hint: "it must have a part that begins with -----BEGIN CERTIFICATE-----"}
	block, _ := pem.Decode(text)
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		bad.Msg = path + " is empty"
	case block != nil && block.Type != "CERTIFICATE":
		bad.Msg += ", but a " + strings.ToLower(block.Type)
	case block != nil:
		bad.Msg = path + " holds a certificate that cannot be read"
	case isDER(text):
		bad.Hint = "it is in DER form; to convert it: openssl x509 -inform der -in FILE -out NEW.pem"
	}
	return bad
}

func isDER(text []byte) bool {
	_, err := x509.ParseCertificate(text)
	return err == nil
}

// CheckKeyPair finds out whether the PEM files of a certificate and of its private key
// can be used together. The error is a *FieldError for "cert" or "key".
func CheckKeyPair(cert, key string) error {
	texts := map[string]string{}
	for _, name := range []string{"cert", "key"} {
		path := map[string]string{"cert": cert, "key": key}[name]
		text, err := readLimited(path, maxCertFile)
		if err != nil {
			bad := unreadable(err)
			bad.Key = name
			return bad
		}
		texts[name] = text
	}
	if !x509.NewCertPool().AppendCertsFromPEM([]byte(texts["cert"])) {
		bad := noCertificate(cert, []byte(texts["cert"]))
		bad.Key = "cert"
		return bad
	}
	_, err := tls.X509KeyPair([]byte(texts["cert"]), []byte(texts["key"]))
	switch {
	case err == nil:
		return nil
	case strings.Contains(err.Error(), "does not match"):
		return &FieldError{Key: "key", Msg: key + " is not the private key of " + cert, Hint: "name the two files that were made together"}
	case strings.Contains(texts["key"], "ENCRYPTED"):
		return &FieldError{Key: "key", Msg: key + " is encrypted with a passphrase", Hint: "to write it without one: openssl pkey -in FILE -out NEW.pem"}
	default:
		return &FieldError{Key: "key", Msg: key + " holds no private key in PEM form", Hint: "it must have a part that begins with -----BEGIN PRIVATE KEY-----"}
	}
}
