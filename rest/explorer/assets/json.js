// Results as JSON, whose values stay the text that was sent: a browser's own numbers have 53 bits,
// and its objects neither an order of all names nor two members of one name.

const blank = /[ \t\r\n]*/y;

function skip(text, at) {
  blank.lastIndex = at;
  blank.exec(text);
  return blank.lastIndex;
}

// endOfString returns where the string ends whose quote is at a place.
function endOfString(text, at) {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (text[end - 1 - escapes] === '\\') escapes += 1;
    if (escapes % 2 === 0) return end + 1;
  }
  throw new SyntaxError('a string has no end');
}

const structure = /["[\]{}]/g;
const scalar = /[^\s,\]}]+/y;

// endOfValue returns where the value ends that begins at a place.
function endOfValue(text, at) {
  const first = text[at];
  if (first === '"') return endOfString(text, at);
  if (first !== '[' && first !== '{') {
    scalar.lastIndex = at;
    if (!scalar.test(text)) throw new SyntaxError('a value is missing');
    return scalar.lastIndex;
  }
  for (let depth = 0; ;) {
    structure.lastIndex = at;
    const found = structure.exec(text);
    if (!found) throw new SyntaxError('a value has no end');
    at = found.index + 1;
    if (found[0] === '"') at = endOfString(text, found.index);
    else depth += found[0] === '[' || found[0] === '{' ? 1 : -1;
    if (depth === 0) return at;
  }
}

// parts returns the texts of the elements of an array, or of the names and values of an object.
function parts(text, at = 0) {
  const list = [];
  const isObject = text[at] === '{';
  at = skip(text, at + 1);
  while (at < text.length && text[at] !== ']' && text[at] !== '}') {
    const end = endOfValue(text, at);
    list.push(text.slice(at, end));
    at = skip(text, end);
    if (text[at] === ',' || (isObject && text[at] === ':')) at = skip(text, at + 1);
  }
  return list;
}

// Result is a result with its columns and rows, whose cells are JSON texts, undefined for a member
// that a row does not have.
export function parse(text) {
  const whole = text.trim();
  if (whole === '') return { columns: [], rows: [] };
  const elements = whole[0] === '[' ? parts(whole) : [whole];
  if (elements.length === 0) return { columns: [], rows: [], isList: true };
  if (!elements.every((e) => e[0] === '{')) {
    return { columns: null, rows: elements.map((e) => [e]), isList: whole[0] === '[' };
  }
  let columns = null;
  const rows = elements.map((element) => {
    const all = parts(element);
    const names = all.filter((_, i) => i % 2 === 0);
    const cells = all.filter((_, i) => i % 2 === 1);
    if (columns === null) columns = names;
    if (names.length === columns.length && names.every((n, i) => n === columns[i])) return cells;
    columns.push(...names.filter((n) => !columns.includes(n)));
    return columns.map((n) => cells[names.indexOf(n)]);
  });
  return { columns: columns.map((n) => JSON.parse(n)), rows, isList: whole[0] === '[' };
}

// show returns a cell as people read it, and its class.
export function show(cell) {
  if (cell === undefined) return { text: '', kind: 'missing' };
  if (cell === 'null') return { text: 'NULL', kind: 'null' };
  if (cell[0] === '"') return { text: JSON.parse(cell), kind: 'text' };
  if (cell[0] === '{' || cell[0] === '[') return { text: cell, kind: 'json' };
  return { text: cell, kind: cell === 'true' || cell === 'false' ? 'bool' : 'number' };
}

// pretty returns JSON over several lines, every digit as it was.
export function pretty(text) {
  let out = '';
  let indent = '';
  for (let at = 0; at < text.length;) {
    const c = text[at];
    if (c === '"' || !/[[\]{},:\s]/.test(c)) {
      const end = endOfValue(text, at);
      out += text.slice(at, end);
      at = end;
      continue;
    }
    at += 1;
    if (c === '{' || c === '[') {
      const next = skip(text, at);
      if (text[next] === '}' || text[next] === ']') {
        out += c + text[next];
        at = next + 1;
      } else {
        indent += '  ';
        out += `${c}\n${indent}`;
      }
    } else if (c === '}' || c === ']') {
      indent = indent.slice(2);
      out += `\n${indent}${c}`;
    } else if (c === ',') out += `,\n${indent}`;
    else if (c === ':') out += ': ';
  }
  return out;
}
