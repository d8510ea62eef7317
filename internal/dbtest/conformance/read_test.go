package main

import (
	"net/http"
	"reflect"
	"testing"
)

// example is a file as the specification has them.
const example = `module Feature.CarSpec where

import SpecHelper

yellow = [("Prefer", "return=representation")]

spec :: SpecWithConfig
spec withConfig = withConfig (
    baseCfg { configDbMaxRows = Just 2, configDbSchemas = fromList ["a"] }
  ) $
  describe "cars" $ do
    -- A comment with a word: get "/nothing"
    it "joins \"texts\"" $
      get ("/cars?name=eq." <> "Pr\
           \ius") ` + "`shouldRespondWith`" + `
        [json| [{"id": 1}] |]
        { matchStatus = 206
        , matchHeaders = ["Content-Range" <:> "0-0/*", matchHeaderAbsent hContentType] }
    it "sends a body" $ do
      request methodPatch "/cars" yellow [json|{"id":2}|] ` + "`shouldRespondWith`" + ` 204
      delete "/cars" ` + "`shouldRespondWith`" + ` "gone"
    it "looks by itself" $ do
      r <- get "/cars"
      liftIO $ simpleStatus r ` + "`shouldBe`" + ` 200
`

// TestReadsExamples reads what the specification is written with: names, joined texts, gaps,
// headers, several requests in one example, configurations.
func TestReadsExamples(t *testing.T) {
	cases := read("CarSpec", "", example)
	if len(cases) != 3 || cases[0].name != `joins "texts"` {
		t.Fatalf("read %d examples", len(cases))
	}
	config := map[string]value{"configDbMaxRows": integer(2), "configDbSchemas": list{text_("a")}}
	if !reflect.DeepEqual(cases[0].config, config) {
		t.Errorf("the configuration is %v, not %v", cases[0].config, config)
	}
	want := []step{{
		line: 14, method: "GET", path: "/cars?name=eq.Prius", header: http.Header{}, status: 206,
		want: jsonText(` [{"id": 1}] `), headers: []headerRule{
			{name: "Content-Range", value: "0-0/*"}, {name: "Content-Type", absent: true},
		},
	}}
	if !reflect.DeepEqual(cases[0].steps, want) {
		t.Errorf("read  %+v\nnot   %+v", cases[0].steps, want)
	}
	prefer := http.Header{"Prefer": {"return=representation"}}
	want = []step{
		{line: 20, method: "PATCH", path: "/cars", header: prefer, body: `{"id":2}`, status: 204},
		{line: 21, method: "DELETE", path: "/cars", header: http.Header{}, status: 200, want: "gone"},
	}
	if !reflect.DeepEqual(cases[1].steps, want) {
		t.Errorf("read  %+v\nnot   %+v", cases[1].steps, want)
	}
	if cases[2].skipped == "" {
		t.Error("an example that looks at the response in Haskell is not skipped")
	}
}
