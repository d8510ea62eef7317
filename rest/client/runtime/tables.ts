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
  for (const [name, given] of Object.entries({ ...filter, ...page })) {
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
    text === "" ? url : `${url}?${text}`,
    init,
    "application/json",
    type,
    body === undefined ? undefined : JSON.stringify(body),
    method,
    prefer,
  );
}
