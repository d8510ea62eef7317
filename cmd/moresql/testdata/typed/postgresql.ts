// Uses the sample on PostgreSQL at the URL of the first argument, whose catalog knows all types,
// and prints what comes as JSON. Each line after @ts-expect-error has a mistake.
import createClient from 'openapi-fetch'
import type { components, paths } from './api.js'

const client = createClient<paths, 'application/json' | 'application/problem+json'>({
	baseUrl: process.argv[2],
})
type Car = components['schemas']['public.cars']

const user = await client.GET('/user', {
	params: { query: { username: 'ada', password: 'analytical' } },
})
const email: string | null | undefined = user.data?.email
// @ts-expect-error: the password is an argument, no column
user.data?.password

const cars = await client.GET('/cars', { params: { query: { order: 'id', electric: 'eq.false' } } })
const all: Car[] | undefined = cars.data
const features: (string | null)[] | null | undefined = all?.[0]?.features
const price: number | null | undefined = all?.[0]?.price
// @ts-expect-error: electric is true or false
const electric: string | null | undefined = all?.[0]?.electric

const added = await client.POST('/cars', { body: { name: 'Lancia', model: 'Fulvia', doors: 2 } })
const id = added.data?.id ?? 0
const changed = await client.PUT('/cars/{id}', {
	params: { path: { id } }, body: { name: 'Lancia', model: 'Flavia', doors: 4 },
})
const read = await client.GET('/cars/{id}', { params: { path: { id } } })
const gone = await client.DELETE('/cars/{id}', { params: { path: { id } } })
const films = await client.GET('/films', { params: { query: { title: 'the', limit: 2 } } })
const titles: (string | null)[] | undefined = films.data?.map((film) => film.title)

const missing = await client.GET('/cars/{id}', { params: { path: { id } } })
const status: number | undefined = missing.error?.status
// @ts-expect-error: doors is a number
const refused = await client.POST('/cars', { body: { name: 'a', model: 'b', doors: 'two' } })
// @ts-expect-error: doors is required
const fewer = await client.POST('/cars', { body: { name: 'a', model: 'b' } })
// @ts-expect-error: the id is a number
const noNumber = await client.GET('/cars/{id}', { params: { path: { id: 'x' } } })
// @ts-expect-error: nothing deletes all cars
const noMethod = await client.DELETE('/cars')

console.log(JSON.stringify([
	[user.response.status, email],
	[cars.response.status, all?.map((car) => car.model), features, price, electric],
	[added.response.status, added.data?.model],
	[changed.response.status, changed.data?.model, changed.data?.doors],
	[read.response.status, read.data?.model],
	[gone.response.status],
	[films.response.status, titles],
	[missing.response.status, status],
	[refused.response.status, fewer.response.status, noNumber.response.status],
	[noMethod.response.status],
]))
