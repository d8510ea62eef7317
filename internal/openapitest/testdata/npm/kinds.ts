// Calls each kind of routine, and has each kind of type, as client.ts does with what most have.
import type { components } from './api.js'
import { client } from './connect.js'

type Schemas = components['schemas']
type Price = Schemas['kinds.price']

const every = await client.GET('/rpc/every')
const row: Schemas['kinds.everything'] | undefined = every.data?.[1]
const flag: boolean | null | undefined = row?.a
const big: number | null | undefined = row?.d
const day: string | null | undefined = row?.m
const json: unknown = row?.t
const jsons: unknown[] | null | undefined = row?.aa
const price: Price | null | undefined = row?.ab
const prices: (Price | null)[] | null | undefined = row?.ac
const moods: ('sad' | 'ok' | null)[] | null | undefined = row?.ae
const percents: (number | null)[] | null | undefined = row?.ag
// @ts-expect-error: what JSON has is not known
const member: string = row?.t.a
// @ts-expect-error: a value may be NULL
const never: boolean = row?.a

const composite = await client.POST('/rpc/composite', {
	body: { p: { amount: 1.5, currency: 'EUR', moods: ['sad', null] } },
})
const amount: number | null | undefined = composite.data?.amount
// @ts-expect-error: glad is not a mood
const glad: Price = { amount: 1, currency: null, moods: ['glad'] }

const inside = await client.POST('/rpc/composites_inside', {
	body: {
		n: {
			car: { id: 1, name: '2CV', price: null, tags: ['a', null] }, cars: null,
			range: '[2026-01-01,2026-02-01)', multi: null,
		},
	},
})
const tag: string | null | undefined = inside.data?.[0]?.car?.tags?.[0]

const array = await client.POST('/rpc/array_of', { body: { a: [1, null], b: null, c: null, d: null } })
const texts: (string | null)[] | null | undefined = array.data
// @ts-expect-error: the array has numbers
await client.POST('/rpc/array_of', { body: { a: ['x'], b: null, c: null, d: null } })

const whole = await client.POST('/rpc/whole_body', { body: { any: ['thing'] } })
const anything: unknown = whole.data

const upload = await client.POST('/rpc/upload', {
	body: 'four', bodySerializer: (body) => body as BodyInit,
	headers: { 'Content-Type': 'application/octet-stream' },
})
const length: number | null | undefined = upload.data

const overloaded = await client.GET('/rpc/overloaded', { params: { query: { a: 1, b: 2 } } })
const one: number | string | null | (number | null)[] | undefined = overloaded.data

const defaults = await client.POST('/rpc/defaults', { body: { a: 1 } })
const x: number | null | undefined = defaults.data?.x
// @ts-expect-error: a is required
await client.POST('/rpc/defaults', { body: { b: 1 } })

const gives = await client.POST('/rpc/gives', { body: { a: 3, r: 1, list: [1] } })
const q: number | null | undefined = gives.data?.q
const takes = await client.POST('/rpc/takes', { body: { a: 1 } })

const table = await client.POST('/rpc/returns_table', { body: { n: 1 } })
const full: string | null | undefined = table.data?.[0]?.['Full Name']
const outs = await client.POST('/rpc/outs', { body: { b: 'x', c: 'ok' } })
const c: 'sad' | 'ok' | null | undefined = outs.data?.c
const set = await client.POST('/rpc/set_of_scalar')
const numbers: (number | null)[] | undefined = set.data
const enums = await client.POST('/rpc/set_of_enum')
const all: ('sad' | 'ok' | null)[] | undefined = enums.data
const hash = await client.POST('/rpc/hash', { body: { a: 'k=>v, n=>NULL', b: null } })
const nothing = await client.POST('/rpc/void')

// @ts-expect-error: a code is never NULL
const noCode = await client.POST('/rpc/limited', { body: { c: null } })
// @ts-expect-error: there is no such routine
const noPath = await client.POST('/rpc/nope')
// @ts-expect-error: what writes is not read
const noMethod = await client.GET('/rpc/nothing')

const directors = await client.POST('/directors', {
	body: [{ name: 'Cy', code: 'XY-1' }, { name: 'Di', code: 'XY-2', mood: 'sad', born: null }],
	params: { header: { Prefer: 'return=representation, missing=default' }, query: { columns: 'name,code,mood' } },
})
const label: string | null | undefined = directors.data?.[0]?.label
// @ts-expect-error: the database makes the label
const labelled: Schemas['kinds.directors.insert'] = { name: 'Ed', code: 'XY-3', label: '' }
// @ts-expect-error: a director has no age
const aged: Schemas['kinds.directors.update'] = { age: 1 }
// @ts-expect-error: a name is no number
const numbered = await client.PATCH('/directors', { params: { query: { id: 'eq.0' } }, body: { name: 1 } })
const renamed = await client.PATCH('/directors', {
	params: { query: { name: 'eq.Cy' } }, body: { name: 'Cyd', mood: 'sad' },
})
const titles = await client.GET('/titles', { params: { query: { or: '(id.eq.1,title.eq.Two)' } } })
// @ts-expect-error: nobody writes a count
const count = await client.POST('/counts', { body: { n: 1 } })

console.log(JSON.stringify([
	[every.response.status, every.data],
	[composite.response.status, composite.data],
	[inside.response.status, inside.data],
	[array.response.status, texts], [whole.response.status, anything],
	[upload.response.status, length], [overloaded.response.status, one],
	[defaults.response.status, defaults.data], [gives.response.status, gives.data],
	[takes.response.status], [table.response.status, table.data], [outs.response.status, outs.data],
	[set.response.status, numbers], [enums.response.status, all],
	[hash.response.status, hash.data], [nothing.response.status],
	[noCode.error?.status, noPath.response.status, noMethod.response.status],
	[directors.response.status, directors.data?.map((d) => [d.name, d.mood, d.label])],
	[numbered.response.status, renamed.response.status],
	[titles.response.status, titles.data],
	[count.response.status],
]))
