package openapitest

import (
	"context"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
)

// validate checks a document with two implementations of OpenAPI, of which the second one goes by
// the JSON Schema that the OpenAPI Initiative publishes for documents.
func validate(t *testing.T, document []byte) {
	t.Helper()
	kin, err := openapi3.NewLoader().LoadFromData(document)
	if err == nil {
		err = kin.Validate(context.Background())
	}
	if err != nil {
		t.Errorf("kin-openapi: %v", err)
	}
	doc, err := libopenapi.NewDocument(document)
	if err != nil {
		t.Fatalf("libopenapi: %v", err)
	}
	if _, err := doc.BuildV3Model(); err != nil {
		t.Errorf("libopenapi: %v", err)
	}
	v, errs := validator.NewValidator(doc)
	if errs != nil {
		t.Fatalf("libopenapi-validator: %v", errs)
	}
	_, problems := v.ValidateDocument()
	for _, p := range problems {
		t.Errorf("libopenapi-validator: %s: %s", p.Message, p.Reason)
		for _, e := range p.SchemaValidationErrors {
			t.Errorf("%s: %s", e.KeywordLocation, e.Reason)
		}
	}
}
