package openapi

import (
	"cmp"
	"slices"
	"strings"

	"github.com/moresql/moresql/internal/routine"
)

// channels returns the channels that a role may follow, "" for no known one.
func (a *About) channels(role string) (list []string) {
	for _, name := range a.Channels {
		if roles := a.ChannelRoles[name]; roles == nil || slices.Contains(roles, role) {
			list = append(list, name)
		}
	}
	return list
}

// addChannels adds the paths of the channels of package events.
func (d *document) addChannels() {
	for _, name := range d.about.Channels {
		stream := object{{"schema", object{{"type", "string"}}}}
		replies := object{{"200", object{
			{"description", "Server-sent events: the data of each is a payload of NOTIFY, and one of the " +
				"type missed says that others may have been missed"},
			{"content", object{{"text/event-stream", stream}}},
		}}}
		other := d.responses.ref("responses", "Error", func() object {
			return d.problemReply("Another error, as that of a status that a function has set.")
		})
		op := object{
			{"tags", []string{d.tag("events")}},
			{"summary", "What NOTIFY sends to " + name},
			{"operationId", d.operations.unique("follow_" + name)},
			{"x-kind", "channel"},
			{"responses", append(replies, member{"default", other})},
		}
		place := strings.TrimSuffix(cmp.Or(d.about.Events, "/events"), "/")
		d.add(place+"/"+routine.Segment(name), object{{"get", op}})
	}
}
