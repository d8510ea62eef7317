// Uses the sample on SQLite at the URL of the first argument, whose files of SQL have no types: what
// is sent and what comes may be anything, but is there to be used. Prints what comes as JSON. Each
// line after @ts-expect-error has a mistake.
import createClient from 'openapi-fetch'
import type { paths } from './api.js'

const client = createClient<paths, 'application/json' | 'application/problem+json'>({
	baseUrl: process.argv[2],
})

const user = await client.GET('/user', {
	params: { query: { username: 'ada', password: 'analytical' } },
})
const email: unknown = user.data?.email

const cars = await client.GET('/cars', { params: { query: { order: 'id' } } })
const all: { [column: string]: unknown }[] | undefined = cars.data
	?.filter((car) => !car.electric)
const features: unknown = all?.[0]?.features
// @ts-expect-error: of which type the price is is not known
const price: number | undefined = all?.[0]?.price

const added = await client.POST('/cars', { body: { name: 'Lancia', model: 'Fulvia', doors: 2 } })
const id = added.data?.id
const changed = await client.PUT('/cars/{id}', {
	params: { path: { id } }, body: { name: 'Lancia', model: 'Flavia', doors: 4 },
})
const read = await client.GET('/cars/{id}', { params: { path: { id } } })
const gone = await client.DELETE('/cars/{id}', { params: { path: { id } } })
const films = await client.GET('/films', { params: { query: { title: 'the', limit: 2 } } })
const titles: unknown[] | undefined = films.data?.map((film) => film.title)

const missing = await client.GET('/cars/{id}', { params: { path: { id } } })
const status: number | undefined = missing.error?.status
const refused = await client.POST('/cars', { body: { name: 'a', model: 'b', doors: 'two' } })
// @ts-expect-error: doors is required
const fewer = await client.POST('/cars', { body: { name: 'a', model: 'b' } })
// @ts-expect-error: username and password are required
const nobody = await client.GET('/user')
// @ts-expect-error: nothing deletes all cars
const noMethod = await client.DELETE('/cars')

console.log(JSON.stringify([
	[user.response.status, email],
	[cars.response.status, all?.map((car) => car.model), features, price, false],
	[added.response.status, added.data?.model],
	[changed.response.status, changed.data?.model, changed.data?.doors],
	[read.response.status, read.data?.model],
	[gone.response.status],
	[films.response.status, titles],
	[missing.response.status, status],
	[refused.response.status, fewer.response.status, nobody.response.status],
	[noMethod.response.status],
]))
