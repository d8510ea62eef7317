// Makes the calls that stdin lists as JSON, and prints the result of each as one line of JSON. A call
// may have methods to chain, each an array of its name and arguments. The signal of abortSignal is
// one that has been given already, or after so many milliseconds.
import { PostgrestClient } from '@supabase/postgrest-js'
import { readFileSync } from 'node:fs'

const signal = (ms) => ms === 0 ? AbortSignal.abort() : AbortSignal.timeout(ms)
const client = new PostgrestClient(process.argv[2])
for (const { name, args, options, chain, table, schema } of JSON.parse(readFileSync(0, 'utf8'))) {
	const from = schema ? client.schema(schema) : client
	let query = table ? from.from(name) : from.rpc(name, args ?? undefined, options ?? undefined)
	for (const [method, ...values] of chain ?? []) {
		query = query[method](...(method === 'abortSignal' ? [signal(values[0])] : values))
	}
	const { data, error, status, count } = await query
	console.log(JSON.stringify({ data, error, status, count }))
}
