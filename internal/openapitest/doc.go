// Package openapitest validates the documents of rest/openapi with libraries that are not the
// project's own. It is a module for itself, so that they are no requirement of the library.
package openapitest
