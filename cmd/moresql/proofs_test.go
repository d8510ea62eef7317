package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Proofs are the tests that show through the running command what each flag does, by subcommand: a
// flag that is only known to be parsed may do nothing.
var proofs = map[string]map[string]string{
	"serve": {
		"addr":                  "TestUnixSocket",
		"admin-addr":            "TestAdminAddressHasHealthAndMetrics",
		"aggregates":            "TestCommandAggregatesIfAllowed",
		"anon-role":             "TestVariablesOfPostgREST",
		"channel":               "TestReloadCatchesUpAfterALostConnection",
		"compress":              "TestCompressionCanBeTurnedOff",
		"config":                "TestConfigSaysWhereEachValueComesFrom",
		"connections":           "TestQueueTakesAsManyAsItMayForAsLong",
		"cors":                  "TestCORSAllowsOnlyNamedOrigins",
		"csv-guard":             "TestBrowsersGetCSVWithoutFormulas",
		"data":                  "TestPrintedCurlLinesWork",
		"database-uri":          "TestCommandReadsTheDatabaseFromAFile",
		"db":                    "TestFileIsNamedOnce",
		"drain":                 "TestDrainServesWhileReadinessFails",
		"events":                "TestCommandServesEvents",
		"extra-search-path":     "TestVariablesOfPostgREST",
		"grace":                 "TestGraceEnds",
		"host":                  "TestOnlyItsOwnHostsAreServed",
		"http-settings":         "TestHTTPSettingsReachTheFunctionAndTheResponse",
		"init":                  "TestInitKeepsWhatIsNotItsOwn",
		"jwt-aud":               "TestCommandVerifiesTokensAsTheFlagsSay",
		"jwt-cache-max-entries": "TestCommandVerifiesTokensAsTheFlagsSay", // no response differs
		"jwt-iss":               "TestCommandVerifiesTokensAsTheFlagsSay",
		"jwt-role-claim-key":    "TestVariablesOfPostgREST",
		"jwt-secret":            "TestCommandVerifiesTokensAsTheFlagsSay",
		"jwt-secret-is-base64":  "TestCommandVerifiesTokensAsTheFlagsSay",
		"limit-body":            "TestLimitsOfTheCommand",
		"limit-bytes":           "TestHangupReadsTheConfiguration",
		"limit-followers":       "TestFollowersAreCountedAndLimited",
		"limit-memory":          "TestRowsBeyondTheMemoryLimitDoNotArrive",
		"limit-rows":            "TestLimitsOfTheCommand",
		"log-format":            "TestLogIsTextOrJSON",
		"log-level":             "TestLogLevel",
		"log-sample":            "TestLogSampleLeavesOutSuccessesOnly",
		"max-calls":             "TestCommandRunsABatchInOneTransaction",
		"max-rows":              "TestMaxRowsLinksToTheNextPage",
		"mcp":                   "TestCommandServesToolsByTheRole",
		"mcp-auth-server":       "TestCommandNamesTheAuthorizationServer",
		"mcp-rows":              "TestCommandServesToolsOfEachDatabase",
		"openapi":               "TestHangupReadsTheConfiguration",
		"openapi-server":        "TestCommandPrintsTheDocument",
		"pre-request":           "TestVariablesOfPostgREST",
		"queue":                 "TestQueueTakesAsManyAsItMayForAsLong",
		"queue-time":            "TestQueueTakesAsManyAsItMayForAsLong",
		"rate-burst":            "TestRequestsOfEachClientAreLimited",
		"rate-header":           "TestProxyNamesTheClient",
		"rate-limit":            "TestRequestsOfEachClientAreLimited",
		"schema":                "TestNamesThatPathsHaveAMeaningFor",
		"server-timing":         "TestServerTiming",
		"setting":               "TestCallOnAServer",
		"socket-mode":           "TestUnixSocket",
		"sql":                   "TestCommandServesFiles",
		"superuser":             "TestSuperusersAreRefused",
		"tables":                "TestCommandWritesTables",
		"timeout":               "TestLimitsOfTheCommand",
		"tls-cert":              "TestTLSFilesAreReadAgain",
		"tls-key":               "TestTLSFilesAreReadAgain",
		"tx-end":                "TestCommandWritesTables",
		"unfiltered-writes":     "TestCommandWritesTables",
		"write-timeout":         "TestCommandCutsOffWhoTakesNothingOnly",
	},
	"call": {
		"atomic":   "TestCallsOfAFileAreAtomic",
		"claims":   "TestCallOnAServer",
		"each":     "TestCallEachLineOfAFile",
		"failures": "TestCallEachLineOfAFile",
		"j":        "TestCallsOfAFileRunAtOnce",
		"o":        "TestCallPrintsWhatAServerSends",
		"role":     "TestCallOnAServer",
		"token":    "TestCallOnAServer",
		"url":      "TestCallOnAServer",
	},
	"check": {
		"against": "TestCheckFindsDifferences",
		"o":       "TestCheckFindsWhatIsNotServed",
	},
	"import": {
		"again":     "TestImportGoesOnAfterItWasKilled",
		"batch":     "TestImportGoesOnAfterItWasKilled",
		"call":      "TestImportCallsARoutineWithEachRow",
		"columns":   "TestImportReadsEveryFormAlike",
		"delimiter": "TestImportReadsEveryFormAlike",
		"dry-run":   "TestImportDoesWithWhatIsThereAsItIsTold",
		"encoding":  "TestImportReadsFilesOfOtherPrograms",
		"existing":  "TestImportDoesWithWhatIsThereAsItIsTold",
		"format":    "TestImportReadsEveryFormAlike",
		"header":    "TestImportReadsEveryFormAlike",
		"into":      "TestImportReadsEveryFormAlike",
		"key":       "TestImportDoesWithWhatIsThereAsItIsTold",
		"map":       "TestImportReadsEveryFormAlike",
		"null":      "TestImportReadsEveryFormAlike",
		"quote":     "TestImportReadsEveryFormAlike",
		"rejects":   "TestImportReportsWhatDiffers",
		"role":      "TestImportRunsAsARole",
	},
	"mcp": {
		"claims": "TestCommandServesToolsByTheRole",
		"role":   "TestCommandServesToolsByTheRole",
	},
	"openapi": {
		"claims":  "TestCommandPrintsTheDocument",
		"client":  "TestPrintedClientsUseTables",
		"package": "TestPrintedClientsUseTables",
		"role":    "TestCommandPrintsTheDocument",
	},
}

// A new flag is in this table with a test of its own, in a file that sets it, as an argument or by
// its variable.
func TestEachFlagHasATestOfWhatItDoes(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	home := map[string]string{} // of each test the text of its file
	begins := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range begins.FindAllSubmatch(text, -1) {
			home[string(match[1])] = string(text)
		}
	}
	all := map[string]*flag.FlagSet{"serve": new(options).flags()}
	for sub, add := range ownFlags {
		all[sub] = flag.NewFlagSet(sub, flag.ContinueOnError)
		add(all[sub])
	}
	for sub, flags := range all {
		flags.VisitAll(func(f *flag.Flag) {
			text, found := home[proofs[sub][f.Name]]
			variable := strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
			set := regexp.MustCompile(`[" ]--?` + f.Name + `[" =]|"` + f.Name + ` = |_` + variable + `=`)
			if !found || !set.MatchString(text) {
				t.Errorf("moresql %s -%s: no test shows what it does, %q", sub, f.Name, proofs[sub][f.Name])
			}
		})
		for name := range proofs[sub] {
			if flags.Lookup(name) == nil {
				t.Errorf("moresql %s has no flag -%s", sub, name)
			}
		}
	}
	for sub := range proofs {
		if all[sub] == nil {
			t.Errorf("moresql %s has no flags", sub)
		}
	}
}
