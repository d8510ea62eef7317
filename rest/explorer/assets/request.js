// From what is given to a request, and to the same call in other words.

// build returns the request for the arguments that are given, and a part of the result.
export function build(api, op, given, { select = '', filters = [], order = '', prefer = [] } = {}) {
  let path = op.item.path;
  const query = [];
  const members = [];
  const headers = op.headers.map(([key, value]) => [key, value]);
  let body = null;
  for (const { arg, texts, json, bytes, isNull } of given) {
    if (arg.in === 'path') {
      path = path.replaceAll(`{${arg.name}}`, encodeURIComponent(texts[0]));
    } else if (arg.in === 'query') {
      // The only element of a list would be taken for the list if it looks like one.
      const isList = arg.schema.type === 'array' && texts.length === 1 && /^[[{]/.test(texts[0]);
      const all = isList || texts.length === 0 ? [json] : texts;
      if (!isNull) all.forEach((text) => query.push([arg.name, text]));
    } else if (arg.isBody) body = bytes || (arg.isJSON ? json : texts[0]);
    else members.push(`${JSON.stringify(arg.name)}:${json}`);
  }
  const object = op.bodies.find((b) => b.args);
  const whole = given.find((a) => a.arg.isBody);
  if (whole) headers.push(['Content-Type', op.bodies.find((b) => b.whole).media]);
  else if (op.method !== 'get' && object) {
    headers.push(['Content-Type', 'application/json']);
    body = `{${members.join(',')}}`;
  }
  if (select) query.push(['select', select]);
  query.push(...filters);
  if (order) query.push(['order', order]);
  if (prefer.length > 0) headers.push(['Prefer', prefer.join(', ')]);
  return { method: op.method.toUpperCase(), url: api.server + path, query, headers, body };
}

// quoted returns a name or a value as the grammar has those that are no plain words.
export function quoted(text) {
  return /^[\w$]+$/.test(text) ? text : `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}

// address returns the whole address of a request.
export function address({ url, query }) {
  if (query.length === 0) return url;
  const escape = (text) => encodeURIComponent(text).replace(/%(2C|3A|2A|20)/g,
    (_, code) => ({ '2C': ',', '3A': ':', '2A': '*', 20: '+' })[code]);
  return `${url}?${query.map(([key, value]) => `${escape(key)}=${escape(value)}`).join('&')}`;
}

// send sends a request.
export function send(request, { accept, token, signal, headers = [] }) {
  const all = new Headers([...request.headers, ...headers]);
  all.set('Accept', accept);
  if (token) all.set('Authorization', `Bearer ${token}`);
  return fetch(address(request), { method: request.method, headers: all, body: request.body, signal, cache: 'no-store' });
}

// A token stands in no copied call: the shell and the programs take it from their environment.
const quote = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

const isBytes = (body) => body instanceof Uint8Array;

export const languages = {
  curl: (r, accept, hasToken) => {
    const words = ['curl -g'];
    if (r.method !== 'GET') words.push(`-X ${r.method}`);
    words.push(quote(address(r)), `-H ${quote(`Accept: ${accept}`)}`);
    r.headers.forEach(([key, value]) => words.push(`-H ${quote(`${key}: ${value}`)}`));
    if (hasToken) words.push('-H "Authorization: Bearer $TOKEN"');
    if (isBytes(r.body)) words.push("--data-binary '@FILE'");
    else if (r.body !== null) words.push(`--data-raw ${quote(r.body)}`);
    return words.join(' \\\n  ');
  },

  fetch: (r, accept, hasToken, isVoid) => {
    const headers = [['Accept', accept], ...r.headers].map(([key, value]) => `    ${JSON.stringify(key)}: ${JSON.stringify(value)},`);
    if (hasToken) headers.push('    "Authorization": `Bearer ${token}`,');
    const lines = [`const response = await fetch(${JSON.stringify(address(r))}, {`];
    if (r.method !== 'GET') lines.push(`  method: ${JSON.stringify(r.method)},`);
    lines.push('  headers: {', ...headers, '  },');
    if (r.body !== null) lines.push(`  body: ${isBytes(r.body) ? 'file' : JSON.stringify(r.body)},`);
    lines.push('});', 'if (!response.ok) throw new Error((await response.json()).message);');
    if (!isVoid) lines.push(`const result = await response.${accept.includes('json') ? 'json' : 'blob'}();`);
    return lines.join('\n');
  },

  Go: (r, accept, hasToken) => {
    const isFile = isBytes(r.body);
    const source = isFile ? 'file' : r.body === null ? 'nil' : `strings.NewReader(${JSON.stringify(r.body)})`;
    const imports = ['fmt', 'io', 'log', 'net/http'];
    if (hasToken || isFile) imports.push('os');
    if (r.body !== null && !isFile) imports.push('strings');
    const lines = ['package main', '', 'import (', ...imports.map((i) => `\t"${i}"`), ')', '', 'func main() {'];
    if (isFile) lines.push('\tfile, err := os.Open("FILE")', '\tif err != nil {', '\t\tlog.Fatal(err)', '\t}', '\tdefer file.Close()');
    lines.push(`\treq, err := http.NewRequest(${JSON.stringify(r.method)}, ${JSON.stringify(address(r))}, ${source})`);
    lines.push('\tif err != nil {', '\t\tlog.Fatal(err)', '\t}');
    [['Accept', accept], ...r.headers].forEach(([key, value]) => lines.push(`\treq.Header.Set(${JSON.stringify(key)}, ${JSON.stringify(value)})`));
    if (hasToken) lines.push('\treq.Header.Set("Authorization", "Bearer "+os.Getenv("TOKEN"))');
    lines.push('\tresp, err := http.DefaultClient.Do(req)', '\tif err != nil {', '\t\tlog.Fatal(err)', '\t}');
    lines.push('\tdefer resp.Body.Close()', '\tbody, err := io.ReadAll(resp.Body)', '\tif err != nil {', '\t\tlog.Fatal(err)', '\t}');
    lines.push('\tfmt.Printf("%s\\n%s\\n", resp.Status, body)', '}', '');
    return lines.join('\n');
  },
};
