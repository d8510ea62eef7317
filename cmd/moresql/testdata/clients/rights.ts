// Reads and changes rows of a table of which the login may use some columns only.
import { Client } from "./client.js";

const api = new Client(process.argv[2] ?? "");
const where = { "e.f": ["eq.three"] };
const rows = [
  await api.list_notes({ "e.f": "eq.two" }, { order: "id" }),
  await api.insert_notes({ id: 3, "e.f": "three" }),
  await api.update_notes(where, { "e.f": "four" }),
  await api.delete_notes({ "e.f": "eq.four", on_conflict: "eq.0" }),
];
console.log(JSON.stringify(rows.flat()));
