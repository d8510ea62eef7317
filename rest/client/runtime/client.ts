/** What the server has refused a request with (RFC 9457). */
export class ServerError extends Error {
  constructor(
    readonly status: number,
    /** The SQLSTATE, or a code of PostgREST. */
    readonly code: string | undefined,
    message: string,
    readonly details?: string,
    readonly hint?: string,
  ) {
    super(message);
    this.name = "ServerError";
  }
}

/** Has fetch send the response of a server, or throws a ServerError. */
async function send(
  url: string,
  init: RequestInit,
  accept: string,
  type: string | undefined,
  body: BodyInit | undefined,
  method = "POST",
  prefer?: string,
): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("Accept", accept);
  if (type !== undefined) headers.set("Content-Type", type);
  if (prefer !== undefined) headers.set("Prefer", prefer);
  const response = await fetch(url, { ...init, method, headers, body });
  if (response.ok) return response;
  const text = await response.text();
  let problem: Partial<Record<"code" | "message" | "title" | "details" | "hint", string>> = {};
  try {
    problem = JSON.parse(text);
  } catch {
    problem.message = text;
  }
  throw new ServerError(
    response.status,
    problem.code,
    problem.message || problem.title || response.statusText,
    problem.details,
    problem.hint,
  );
}
