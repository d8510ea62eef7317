// What the OpenAPI document says, in the terms of the page.

const methods = ['get', 'post', 'put', 'patch', 'delete'];

// load gets the document for the holder of a token, "" for none. An error of the server's has the
// property status.
export async function load(address, token) {
  const headers = { Accept: 'application/openapi+json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(address, { headers });
  if (!response.ok) {
    const error = new Error(await response.text());
    error.status = response.status;
    throw error;
  }
  return new API(await response.json(), response.url);
}

// API is a document. Its items are the paths.
export class API {
  constructor(doc, address) {
    this.doc = doc;
    this.title = doc.info?.title ?? 'API';
    this.server = new URL(doc.servers?.[0]?.url ?? '/', address).href.replace(/\/$/, '');
    this.hasBearer = Object.values(doc.components?.securitySchemes ?? {})
      .some((s) => s.scheme === 'bearer');
    this.items = Object.entries(doc.paths ?? {}).map(([path, item]) => this.item(path, item));
    this.byPath = new Map(this.items.map((item) => [item.path, item]));
  }

  item(path, given) {
    const found = methods.filter((m) => given[m]);
    const first = given[found[0]] ?? {};
    const kind = first['x-kind'] ?? 'function';
    const name = nameOf(path);
    const group = first.tags?.[0] ?? '';
    const says = (text) => (text === name || text === `${group}.${name}` ? '' : text ?? ''); // more than its name
    return {
      path, given, name, methods: found, kind, group, says, summary: says(first.summary),
      isChannel: kind === 'channel', isRelation: !['function', 'procedure', 'channel'].includes(kind),
    };
  }

  // deref follows references.
  deref(value) {
    for (let i = 0; value?.$ref && i < 10; i += 1) {
      value = value.$ref.slice(2).split('/')
        .reduce((at, key) => at?.[key.replaceAll('~1', '/').replaceAll('~0', '~')], this.doc);
    }
    return value ?? {};
  }

  // schema returns a schema without references and null, and whether it allows that.
  schema(given) {
    let s = this.deref(given);
    let nullable = false;
    for (let i = 0; i < 10; i += 1) {
      const { anyOf, allOf } = s;
      if (allOf?.length === 1) {
        const { allOf: _, ...rest } = s;
        s = { ...this.deref(allOf[0]), ...rest };
      } else if (anyOf?.some((a) => a.type === 'null')) {
        nullable = true;
        const { anyOf: _, ...rest } = s;
        const others = anyOf.filter((a) => a.type !== 'null');
        s = others.length === 1 ? { ...this.deref(others[0]), ...rest } : { ...rest, anyOf: others };
      } else break;
    }
    if (Array.isArray(s.type)) {
      nullable ||= s.type.includes('null');
      const types = s.type.filter((t) => t !== 'null');
      s = { ...s, type: types.length === 1 ? types[0] : undefined, types };
    }
    if (Object.keys(s).every((key) => key === 'title' || key === 'description')) nullable = true;
    return { ...s, nullable };
  }

  // operation returns what a method of a path takes and returns.
  operation(item, method) {
    const given = item.given[method];
    const op = {
      method, item, summary: item.says(given.summary), description: given.description ?? '',
      args: [], filters: [], grammar: new Set(), headers: [], bodies: [], produces: [],
      embeds: given['x-embeds'] ?? [], aggregates: given['x-aggregates'] ?? [],
    };
    for (const reference of [...(item.given.parameters ?? []), ...(given.parameters ?? [])]) {
      this.parameter(op, reference);
    }
    const body = this.deref(given.requestBody);
    for (const [media, { schema }] of Object.entries(body.content ?? {})) {
      op.bodies.push(...this.bodies(media, schema, body.required));
    }
    if (body.content?.['application/x-www-form-urlencoded']) { // a field of which may be any text
      op.bodies.forEach((b) => b.args?.forEach((arg) => { arg.isText = true; }));
    }
    const success = Object.keys(given.responses ?? {}).filter((s) => s[0] === '2' && s !== '204');
    for (const status of success) {
      const { content } = this.deref(given.responses[status]);
      for (const media of Object.keys(content ?? {})) {
        if (!op.produces.includes(media)) op.produces.push(media);
      }
      op.result ??= content?.['application/json']?.schema;
    }
    op.isList = op.grammar.has('limit') || op.grammar.has('Range');
    return op;
  }

  parameter(op, reference) {
    const isShared = Boolean(reference.$ref);
    const p = this.deref(reference);
    const { const: fixed } = this.schema(p.schema);
    if (p['x-filter']) op.filters.push({ name: unquoted(p.name), key: p.name });
    else if (p.in === 'header' && fixed) op.headers.push([p.name, fixed]);
    else if (isShared) op.grammar.add(p.name);
    else if (p.in === 'query' || p.in === 'path') {
      const json = p.content?.['application/json'];
      op.args.push({
        name: p.name, in: p.in, required: Boolean(p.required), isJSON: Boolean(json),
        schema: { ...this.schema(json?.schema ?? p.schema), nullable: false },
        description: p.description,
      });
    }
  }

  // bodies returns the forms that a body of a media type may have: one for each overload.
  bodies(media, given, required) {
    const schema = this.schema(given);
    if (media !== 'application/json') {
      return /form/.test(media) ? [] : [{ media, whole: true, required, schema }];
    }
    const choices = schema.oneOf ?? schema.anyOf ?? [schema];
    return choices.map((choice) => {
      const s = this.schema(choice);
      if (!s.properties) return { media, whole: true, required, schema: s };
      return { media, args: this.members(s) };
    }).filter((body, i, all) => !(body.whole && body.schema.type === 'array' && all.length > 1));
  }

  members(s) {
    return Object.entries(s.properties).map(([name, given]) => ({
      name, in: 'body', required: (s.required ?? []).includes(name), schema: this.schema(given),
      description: given.description,
    }));
  }

  // columns returns the names of the columns of a result, and whether its rows have others that may
  // not be read.
  columns(op) {
    let s = this.schema(op?.result);
    if (s.type === 'array') s = this.schema(s.items);
    return { names: Object.keys(s.properties ?? {}), isPartial: Boolean(s['x-partial']) };
  }

  // embedded returns the columns of what can be embedded, none if they are not known.
  embedded({ path }) {
    const item = this.byPath.get(path);
    return this.columns(item?.given.get && this.operation(item, 'get'));
  }
}

// unquoted returns the column that a parameter names, which the grammar may have in quotes.
function unquoted(name) {
  return name[0] === '"' ? name.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : name;
}

// nameOf returns what a path calls.
function nameOf(path) {
  const parts = path.split('/');
  if (path.includes('{') || parts.length > 3) return path;
  try {
    return decodeURIComponent(parts.at(-1));
  } catch {
    return path;
  }
}
