// Changes and reads rows of a table through the client that the command prints. What the compiler has
// to refuse is marked.
import { Client, ServerError, type FilmsInsert, type FilmsRow } from "./client.js";

const api = new Client(process.argv[2] ?? "");
const shown = (rows: FilmsRow[]) => rows.map(({ title, year, note, made }) => [title, year, note, made]);

const added: FilmsInsert = { title: "Down", year: 1966, made: "2026-01-02" };
const inserted = await api.insert_films([{ title: "Up" }, added]);
const year: YEAR | undefined = inserted[0]?.year;
const id: number | undefined = inserted[0]?.id;
const down = { title: ["like.*o*", "neq.Up"], year: "eq.1966" };
const found = await api.list_films(down, { order: "id.desc", limit: 1 });
const changed = await api.update_films({ title: "eq.Up" }, { note: "a 'note' & more", year: null });
const deleted = await api.delete_films(down);
const rest = await api.list_films();
let empty = "";
let refused = 0;
try {
  await api.delete_films({ title: undefined, id: [] });
} catch (e) {
  empty = e instanceof TypeError ? e.message : String(e);
}
try {
  await api.insert_films({ title: "Up" });
} catch (e) {
  refused = e instanceof ServerError ? e.status : 0;
}
const mistakes = () => {
  // @ts-expect-error: a title is required
  api.insert_films({ year: 1 });
  // @ts-expect-error: there is no such column
  api.insert_films({ title: "x", titel: "y" });
  // @ts-expect-error: there is no such column
  api.list_films({ titel: "eq.x" });
  // @ts-expect-error: a title is never NULL
  api.update_films({ id: "eq.1" }, { title: null });
  // @ts-expect-error: which rows
  api.delete_films();
};
if (!id || year === undefined || typeof mistakes !== "function") throw new Error("it has no number");
console.log(JSON.stringify([
  shown(inserted), shown(found), shown(changed), shown(deleted), shown(rest), empty, refused,
]));
