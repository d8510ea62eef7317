// Makes the calls that stdin lists as JSON, and prints the result of each as one line of JSON. A call
// may have methods to chain, each an array of its name and arguments.
import { PostgrestClient } from '@supabase/postgrest-js'
import { readFileSync } from 'node:fs'

const client = new PostgrestClient(process.argv[2])
for (const { name, table, args, options, chain } of JSON.parse(readFileSync(0, 'utf8'))) {
	let query = table ? client.from(name) : client.rpc(name, args ?? undefined, options ?? undefined)
	for (const [method, ...values] of chain ?? []) query = query[method](...values)
	const { data, error, status, count } = await query
	console.log(JSON.stringify({ data, error, status, count }))
}
