package firebirdtest

import (
	"strings"
	"testing"

	"github.com/moresql/moresql/internal/dialect"
)

// words are those of standard SQL, of Firebird, and some of neither.
const words = "" +
	"abs absent action active add after all allocate alter always and any are array as asc " +
	"asensitive asymmetric at atomic authorization autonomous auto avg backup before begin between " +
	"bigint bin_and binary bit_length blob block body boolean both break by call caller called " +
	"cars cascade cascaded case cast ceil char char_length character character_length check clob " +
	"close coalesce collate collation column comment commit committed common computed condition " +
	"connect constraint containing continue convert corr corresponding count covar_pop covar_samp " +
	"create cross cube cume_dist current current_connection current_date current_role current_time " +
	"current_timestamp current_transaction current_user cursor cycle data database date datediff " +
	"day deallocate dec decimal declare default delete deleting dense_rank deref desc describe " +
	"descending deterministic difference disconnect distinct do domain double drop dynamic each " +
	"element else encryption end engine entry_point escape every except exception exec execute " +
	"exists exit exp external extract false fetch filter first first_value float floor for foreign " +
	"free from full function fusion gdscode generated generator get get_car get_user global grant " +
	"granted group grouping grouping_id having hold hour id identity if ignore iif in inactive " +
	"index indicator inner inout input_type insensitive insert inserting int integer intersect " +
	"intersection interval into is isolation join key lag language large last last_value lateral " +
	"lead leading leave left length level like limbo limit linger list ln local localtime " +
	"localtimestamp lock log long lower lpad mapping match matched matching max maximum_segment " +
	"maxvalue member merge method min minute minvalue mod modifies module month multiset name " +
	"names national natural nchar nclob new next no none normalize not nth_value ntile null nullif " +
	"nullarg nulls number numeric octet_length of off offset old on only open option or order " +
	"os_name out outer over overlaps overlay overriding package page pages parameter partition " +
	"password percent_rank percentile_cont percentile_disc plan plugin position post_event power " +
	"precision prepare preserve primary prior privileges procedure protected public range rank " +
	"raise rand rdb rdb_get read reads real record recreate recursive ref references referencing " +
	"regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy " +
	"release replace reserv restrict result retain return returning returning_values returns " +
	"reverse revoke right role rollback rollup round row row_count row_number rows rtrim savepoint " +
	"scalar_array schema scope scroll search second segment select sensitive sequence session_user " +
	"set shadow shared sign similar singular size skip smallint snapshot some sort source space " +
	"specific specifictype sql sqlcode sqlexception sqlstate sqlwarning sqrt stability start " +
	"starting starts statement static statistics stddev_pop stddev_samp submultiset sub_type " +
	"substring sum suspend symmetric system system_user table tablesample tags temporary then time " +
	"timestamp timezone_hour timezone_minute title to trailing transaction translate translation " +
	"treat trigger trim true trunc two_phase type uescape uncommitted undo union unique unknown " +
	"unnest update updating upper usage user using uuid_to_char value values var_pop var_samp " +
	"varbinary varchar variable varying view wait weekday when whenever where while width_bucket " +
	"window with within without work write year yearday"

// TestKeywords calls procedures of these names: a bare keyword is a syntax error.
func TestKeywords(t *testing.T) {
	db := open(t)
	for _, word := range strings.Fields(words) {
		_, err := db.Query("EXECUTE PROCEDURE " + word)
		if err == nil {
			t.Fatalf("there is a procedure %s", word)
		}
		reserved := strings.Contains(err.Error(), "Token unknown")
		if !reserved && !strings.Contains(err.Error(), "Procedure unknown") {
			t.Errorf("%s: %v", word, err)
		}
		if got := dialect.Firebird.NeedsQuotes(word); got != reserved {
			t.Errorf("%s needs quotes: %v, want %v", word, got, reserved)
		}
	}
}
