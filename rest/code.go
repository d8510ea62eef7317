package rest

import "slices"

// A Code is one of PostgREST's codes, by which clients tell errors apart.
type Code struct {
	Code    string
	Status  int
	Meaning string
}

// Codes returns the codes that responses of Routines and Tables have, sorted. All other codes are
// SQLSTATEs.
func Codes() []Code { return slices.Clone(codes) }

var codes = []Code{
	{codeParse, 400, "a filter, a selection, an order or a page is not understood"},
	{codeMethod, 405, "the routine or relation is not for this method"},
	{codeBody, 400, "the body is not valid"},
	{codeRange, 416, "the offset is after the last row, or the range ends before it begins"},
	{codePut, 405, "a PUT is not of one row by all columns of its primary key"},
	{codeSchema, 406, "the schema is not served"},
	{codeMediaType, 406, "the media type is not there, or has no room for the result"},
	{codeEmbedded, 400, "a filter is on a resource that is not embedded"},
	{codeHeaders, 500, "the function has set response.headers to what they cannot be"},
	{codeStatus, 500, "the function has set response.status to what it cannot be"},
	{codePutLimit, 400, "a PUT has a limit or an offset"},
	{codePutKey, 400, "a PUT has another primary key in its body"},
	{codeSingular, 406, "one row is requested, and there is another number"},
	{codeVerb, 405, "relations do not have the method"},
	{codeOrder, 400, "the order is by an embedded resource of many rows"},
	{codeRaised, 500, "the function has raised PGRST with what cannot be read"},
	{codePrefer, 400, "a preference is not understood, and handling is strict"},
	{codeGrouped, 400, "aggregates are not allowed"},
	{codeAffected, 400, "there are more rows than max-affected allows"},
	{codePath, 404, "no relation can have the path as its name"},
	{codeNotYet, 400, "the request is understood, and not supported"},
	{codeNoRows, 400, "max-affected is for results of rows"},
	{codeNoWay, 400, "no relationship leads to what is to be embedded"},
	{codeWays, 300, "several relationships lead to what is to be embedded"},
	{codeNotFound, 404, "no routine has the name and the arguments"},
	{codeAmbiguous, 300, "several routines have the arguments"},
	{codeColumn, 400, "no column of the relation has the name"},
	{codeRelation, 404, "no relation has the name"},
	{codeSecret, 500, "a token cannot be verified, since the server has no key"},
	{codeToken, 401, "the token cannot be verified"},
	{codeAnonymous, 401, "a token is needed"},
	{codeClaims, 401, "a claim of the token does not hold"},
}
