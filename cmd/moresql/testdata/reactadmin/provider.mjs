// Makes the calls of react-admin's data provider that stdin lists as JSON, each a method, a resource and
// its parameters, and prints the result of each as one line of JSON. The client is as fetchJson of
// react-admin, which needs a browser's page around it.
import provider from '@raphiniert/ra-data-postgrest'
import { readFileSync } from 'node:fs'

const httpClient = async (url, options = {}) => {
	const response = await fetch(url, options)
	const body = await response.text()
	const json = body ? JSON.parse(body) : undefined
	if (!response.ok) throw Object.assign(new Error(json?.message), { status: response.status })
	return { status: response.status, headers: response.headers, body, json }
}
const primaryKeys = new Map([['roles', ['film_id', 'actor_id']]])
const data = (provider.default ?? provider)({
	apiUrl: process.argv[2], httpClient, primaryKeys, defaultListOp: 'eq', schema: () => '',
})
for (const [method, resource, params] of JSON.parse(readFileSync(0, 'utf8'))) {
	try {
		const { data: result, total } = await data[method](resource, params)
		console.log(JSON.stringify({ data: result, total }))
	} catch (error) {
		console.log(JSON.stringify({ error: error.message, status: error.status }))
	}
}
