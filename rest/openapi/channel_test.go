package openapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/moresql/moresql/catalog"
	"github.com/moresql/moresql/rest/openapi"
)

func TestChannelsAreDescribed(t *testing.T) {
	for _, test := range []struct {
		reason, events, path string
	}{
		{"where the command has them", "", "/events/new%20orders"},
		{"elsewhere", "/live/", "/live/new%20orders"},
	} {
		text := openapi.Document(catalog.Of().Current(), openapi.About{
			Channels: []string{"films", "new orders", "raises"}, Events: test.events,
			ChannelRoles: map[string][]string{"raises": {"clerk"}},
		})
		var document struct {
			Paths map[string]struct {
				Get struct {
					Kind      string `json:"x-kind"`
					Responses map[string]struct{ Content map[string]any }
				}
			}
		}
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatal(err)
		}
		get := document.Paths[test.path].Get
		if strings.Contains(string(text), "raises") {
			t.Errorf("%s: a channel for some: %s", test.reason, text)
		}
		if get.Kind != "channel" || get.Responses["200"].Content["text/event-stream"] == nil {
			t.Errorf("%s: %s", test.reason, text)
		}
	}
}
