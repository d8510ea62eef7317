package redact

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestURIHidesThePassword(t *testing.T) {
	_, err := url.Parse(fmt.Sprintf("postgres://ann:%s@host", "hunter2%zz"))
	got := URI(fmt.Errorf("connect: %w", err))
	for _, text := range []string{
		got.Error(),
		fmt.Sprintf("%v %+v", got, got),
		fmt.Errorf("f: %w", got).Error(),
	} {
		if strings.Contains(text, "hunter2") {
			t.Error(text)
		}
	}
	if !errors.Is(got, err) {
		t.Error("the error no longer wraps its cause")
	}
	if other := errors.New("other"); URI(other) != other || URI(nil) != nil {
		t.Error("an error without a URI is changed")
	}
}
