/** A part of the rows. */
export interface Page {
  /** Columns with commas, as in title.desc,id. */
  order?: string;
  limit?: number;
  offset?: number;
}

/** Sends a request for the rows of a table that a filter selects. */
async function fetchRows(
  url: string,
  init: RequestInit,
  method: string,
  prefer?: string,
  filter?: object,
  page?: object,
  body?: unknown,
): Promise<Response> {
  const query = new URLSearchParams();
  const filters = Object.entries(filter ?? {}).map(([name, given]) => [quoted(name), given]);
  for (const [name, given] of [...filters, ...Object.entries(page ?? {})]) {
    for (const value of [given].flat()) {
      if (value !== undefined) query.append(name, String(value));
    }
  }
  const text = query.toString();
  if (filter && method !== "GET" && text === "") {
    throw new TypeError("an empty filter would change or delete all rows");
  }
  const type = body === undefined ? undefined : "application/json";
  return send(
    text === "" ? url : `${url}${url.includes("?") ? "&" : "?"}${text}`,
    init,
    "application/json",
    type,
    body === undefined ? undefined : JSON.stringify(body),
    method,
    prefer,
  );
}

/** Returns the name of a column as a filter has it. Two mean something else in a write. */
function quoted(name: string): string {
  const isPlain = /^(?!(columns|on_conflict)$)[\p{L}\p{Nd}_]+$/u.test(name);
  return isPlain ? name : `"${name.replace(/["\\]/g, "\\$&")}"`;
}
