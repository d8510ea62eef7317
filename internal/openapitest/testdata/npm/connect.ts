// A client of the server at the URL of the first argument, whose types are generated from its
// document. It accepts JSON, of all formats that the document has.
import createClient from 'openapi-fetch'
import type { paths } from './api.js'

export const client = createClient<paths, 'application/json' | 'application/problem+json'>({
	baseUrl: process.argv[2],
})
