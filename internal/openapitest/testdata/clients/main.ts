// Calls routines of each kind through the client that package client writes. What the compiler has
// to refuse is marked.
import { Client, ServerError, type Mood } from "./client.js";

const api = new Client(process.argv[2] + "/", { headers: { "X-Client": "ts" } });
const every = await api.every();
const composite = await api.composite({ p: { amount: 1.5, currency: "EUR", moods: ["sad", null] } });
const inside = await api.composites_inside({
  n: {
    car: { id: 1, name: "2CV", price: null, tags: ["a", null] },
    cars: null,
    range: "[2026-01-01,2026-02-01)",
    multi: null,
  },
});
const sad: Mood | null = await api.enum({ m: "sad" });
const defaults = await api.defaults({ a: 1 });
const given = await api.defaults({ a: 1, b: null, c: "x" });
const x: number | null | undefined = defaults?.x;
const table = await api.returns_table({ n: 1 });
const full: string | null | undefined = table[0]?.["Full Name"];
const odd = await api["a/b_{c}?#%20"]();
const nothing: void = await api.void();
let refused: unknown;
try {
  // @ts-expect-error: a mood is sad or ok
  await api.enum({ m: "glad" });
} catch (e) {
  refused = e instanceof ServerError && [e.status, e.code];
}
const mistakes = () => {
  // @ts-expect-error: a is required
  api.defaults({ b: 1 });
  // @ts-expect-error: there is no such routine
  api.nope();
  // @ts-expect-error: it may be null
  const never: number = x;
  return never;
};
console.log(JSON.stringify([
  every, composite, inside, sad, defaults, given, table, full, odd, nothing === undefined,
  await api.all_defaults(), await api.array_of({ a: [1, null], b: null, c: null, d: null }),
  await api.whole_body('{"any": ["thing"]}'), await api.upload("four"), await (await api.drawing()).text(),
  await api.overloaded(), await api.overloaded_by_a_b({ a: 1, b: 2 }), await api.set_of_scalar(),
  await api.set_of_enum(), await api.set_of_table(), await api.gives({ a: 3, r: 1, list: [] }),
  refused, typeof mistakes,
]));
