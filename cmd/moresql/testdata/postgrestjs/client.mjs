// Makes the calls that stdin lists as JSON, and prints what each gives as one line of JSON.
import { PostgrestClient } from '@supabase/postgrest-js'
import { readFileSync } from 'node:fs'

const client = new PostgrestClient(process.argv[2])
for (const { name, args, options } of JSON.parse(readFileSync(0, 'utf8'))) {
	const { data, error, status } = await client.rpc(name, args ?? undefined, options ?? undefined)
	console.log(JSON.stringify({ data, error, status }))
}
