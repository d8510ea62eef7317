package sqlstate

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestCensoredErrorsHaveNoPassword(t *testing.T) {
	_, err := url.Parse(fmt.Sprintf("postgres://ann:%s@host", "hunter2%zz"))
	got := Censored(fmt.Errorf("connect: %w", err))
	for _, text := range []string{
		got.Error(), fmt.Sprintf("%v %+v", got, got), fmt.Errorf("f: %w", got).Error(),
	} {
		if strings.Contains(text, "hunter2") {
			t.Error(text)
		}
	}
	if !errors.Is(got, err) {
		t.Error("the cause is lost")
	}
	if other := errors.New("other"); Censored(other) != other || Censored(nil) != nil {
		t.Error("an error of another kind is changed")
	}
}
