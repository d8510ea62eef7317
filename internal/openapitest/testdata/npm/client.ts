// Calls the server at the URL of the first argument through a client whose types are generated from
// its document, and prints what comes as JSON. It compiles only if the types are those of the
// functions: each line after @ts-expect-error has a mistake.
import type { components } from './api.js'
import { client } from './connect.js'

const results: unknown[] = []

const limited = await client.GET('/rpc/limited', { params: { query: { c: 'AB-12', n: 7 } } })
const code: string | undefined = limited.data?.[0]?.c
const percent: number | null | undefined = limited.data?.[0]?.p
results.push([limited.response.status, code, percent])

const cars = await client.GET('/rpc/set_of_table', {
	params: { query: { id: 'gt.0', order: 'id', limit: 1 }, header: { Prefer: 'count=exact' } },
})
const rows: components['schemas']['kinds.cars'][] | undefined = cars.data
results.push([cars.response.status, rows])

const variadic = await client.GET('/rpc/variadic_of', { params: { query: { a: 1, b: ['x', 'y,z'] } } })
const one: number | null | undefined = variadic.data
results.push([variadic.response.status, one])

const mood = await client.POST('/rpc/enum', { body: { m: 'sad' } })
const sad: 'sad' | 'ok' | null | undefined = mood.data
results.push([mood.response.status, sad])

const odd = await client.GET('/rpc/a%2Fb%20%7Bc%7D%3F%23%2520', {
	params: { query: { 'x y': 1, select: 1 } },
})
results.push([odd.response.status, odd.data?.length])

const nothing = await client.POST('/rpc/nothing')
results.push([nothing.response.status])

const films = await client.GET('/films', {
	params: { query: { order: 'id', limit: 1, id: 'gte.1' }, header: { Prefer: 'count=exact' } },
})
const title: string | undefined = films.data?.[0]?.title
const price: number | null | undefined = films.data?.[0]?.price
results.push([films.response.status, 'films', title, price])

const added = await client.POST('/actors', {
	body: { id: 7, name: 'Zoe' }, params: { header: { Prefer: 'return=representation' } },
})
const names: (string | undefined)[] | undefined = added.data?.map((actor) => actor.name)
results.push([added.response.status, names])

const gone = await client.DELETE('/actors', { params: { query: { id: 'eq.7' } } })
results.push([gone.response.status])

// @ts-expect-error: an actor has to have a name
const nobody = await client.POST('/actors', { body: { id: 8 } })
results.push([nobody.response.status, nobody.error?.code])

// @ts-expect-error: happy is not a mood
const refused = await client.POST('/rpc/enum', { body: { m: 'happy' } })
results.push([refused.response.status, refused.error?.status, refused.error?.code])

// @ts-expect-error: c is required
const missing = await client.GET('/rpc/limited', { params: { query: { n: 7 } } })
results.push([missing.response.status, missing.error?.status, typeof missing.error?.code])

// @ts-expect-error: the result has no such column
results.push([typeof limited.data?.[0]?.nope])

console.log(JSON.stringify(results))
