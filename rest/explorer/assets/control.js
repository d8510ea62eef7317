// One control for each type of an argument. All of them have the same methods: get returns what is
// given, as text of a query and as JSON, null for an argument that is left out; state and restore
// are for the address; check returns what is wrong with the value, or "".

import { h, id, fill } from './dom.js';

// control returns the control of an argument. A secret is not shown.
export function control(arg, method) {
  const { schema } = arg;
  const context = { arg, schema, id: id(), canNull: schema.nullable && arg.in === 'body' && method !== 'get' };
  if (schema.type === 'boolean') return new Choice(context, ['true', 'false'], true);
  if (schema.enum) return new Choice(context, schema.enum.map(String), false);
  if (isBytes(schema) || arg.isFile) return new Valued(context, new FileBox(context));
  if (schema.type === 'array' && !arg.isJSON && isPlain(schema.items)) {
    return new Valued(context, new List(context));
  }
  return new Valued(context, box(context));
}

function isBytes(schema) { return schema.format === 'hex'; }

function isPlain(items) {
  return items && !items.$ref && (typeof items.type === 'string' || Array.isArray(items.type)) &&
    !['array', 'object'].includes([items.type].flat()[0]);
}

function box(context) {
  const { schema, arg } = context;
  const isAny = schema.type === undefined || schema.type === 'object' || schema.type === 'array';
  if (schema.types?.length > 1 && schema.types.includes('string')) return new TextBox(context);
  if (arg.isJSON || (isAny && arg.in === 'body' && !arg.isText)) return new JSONBox(context);
  return new TextBox(context);
}

const secret = /passw|secret|token/i;

// formats are the types of inputs for the formats of strings.
const formats = { date: 'date', 'date-time': 'datetime-local', 'date-time-local': 'datetime-local', 'time-local': 'time' };

// A TextBox is an input, or for long texts one that grows.
class TextBox {
  constructor({ schema, arg, id: own }) {
    this.schema = schema;
    this.isNumber = schema.type === 'integer' || schema.type === 'number';
    this.isSecret = secret.test(arg.name);
    let type = this.isSecret ? 'password' : formats[schema.format] ?? 'text';
    // The inputs of browsers for numbers take neither NaN nor Infinity, which floats have.
    if (this.isNumber && !['float', 'double'].includes(schema.format)) type = 'number';
    this.isLong = type === 'text' && schema.type === 'string' && !schema.format && !(schema.maxLength < 200);
    const limits = {
      min: schema.minimum, max: schema.maximum, minlength: schema.minLength,
      maxlength: schema.maxLength, pattern: schema.pattern,
    };
    if (type === 'number') limits.step = schema.type === 'integer' ? 1 : 'any';
    else if (type !== 'text' && type !== 'password') limits.step = type === 'date' ? null : 1;
    if (schema.format === 'uuid') limits.pattern = '[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}';
    if (this.isLong) limits.pattern = null;
    this.input = h(this.isLong ? 'textarea' : 'input', {
      id: own, type: this.isLong ? null : type, rows: this.isLong ? 1 : null, ...limits, autocomplete: 'off',
      spellcheck: 'false', dir: type === 'text' ? 'auto' : null,
      inputmode: this.isNumber && type === 'text' ? 'decimal' : null,
    });
    this.element = this.input;
    this.first = this.input;
  }

  get text() {
    const { value } = this.input;
    if (this.schema.format !== 'date-time' || value === '') return value;
    const time = new Date(value); // of this browser's time zone
    return Number.isNaN(time.getTime()) ? value : time.toISOString();
  }

  set text(given) {
    if (this.schema.format === 'date-time' && given) {
      const time = new Date(given);
      if (!Number.isNaN(time.getTime())) {
        given = new Date(time - time.getTimezoneOffset() * 60000).toISOString().slice(0, 23);
      }
    }
    this.input.value = given;
  }

  get json() {
    const { text } = this;
    const isAny = this.schema.type === undefined; // where nobody knows it, what looks like a number is one
    return (this.isNumber || isAny) && /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(text) ? text : JSON.stringify(text);
  }

  check() {
    const { exclusiveMinimum: above, exclusiveMaximum: below, type } = this.schema;
    const value = Number(this.input.value);
    if (this.isNumber && this.input.value !== '') {
      if (above !== undefined && !(value > above)) return `must be above ${above}`;
      if (below !== undefined && !(value < below)) return `must be below ${below}`;
      if (type === 'integer' && !/^[-+]?\d+$/.test(this.input.value)) return 'must be a whole number';
    }
    if (this.isNumber && this.text === '') return this.input.validity.badInput ? 'is not a number' : 'needs a number';
    if (formats[this.schema.format] && this.text === '') return 'needs a value';
    return this.input.validity.valid ? '' : this.input.validationMessage;
  }
}

// A JSONBox is an area for JSON that says where it is wrong.
class JSONBox {
  constructor({ id: own, schema }) {
    this.input = h('textarea', {
      id: own, rows: 3, class: 'code', spellcheck: 'false', autocomplete: 'off',
      placeholder: schema.type === 'array' ? '[…]' : schema.type === 'object' ? '{…}' : 'JSON',
    });
    this.element = this.input;
    this.first = this.input;
  }

  get text() { return this.input.value; }

  set text(given) { this.input.value = given; }

  get json() { return this.text; }

  check() {
    try {
      JSON.parse(this.text);
      return '';
    } catch (error) {
      return `is not JSON: ${error.message}`;
    }
  }
}

// A FileBox takes bytes from a file.
class FileBox {
  constructor({ id: own, arg }) {
    this.input = h('input', { id: own, type: 'file' });
    this.element = this.input;
    this.first = this.input;
    this.isFile = true;
    this.isBody = arg.isFile;
    this.bytes = null;
    this.input.addEventListener('change', async () => {
      const [file] = this.input.files;
      this.bytes = file ? new Uint8Array(await file.arrayBuffer()) : null;
      this.input.dispatchEvent(new Event('input', { bubbles: true }));
    });
  }

  get text() { return this.bytes ? `\\x${this.bytes.toHex?.() ?? hex(this.bytes)}` : ''; }

  set text(_) { /* no page may choose a file */ }

  get json() { return JSON.stringify(this.text); }

  check() { return this.bytes ? '' : 'needs a file'; }
}

function hex(bytes) {
  const digits = [];
  for (const b of bytes) digits.push(b.toString(16).padStart(2, '0'));
  return digits.join('');
}

// A List has a control for each element of an array.
class List {
  constructor(context) {
    this.context = context;
    this.items = [];
    this.list = h('ol', { class: 'items' });
    this.adder = h('button', { type: 'button', class: 'quiet', id: context.id, onclick: () => {
      this.add('').first.focus();
      this.element.dispatchEvent(new Event('input', { bubbles: true }));
    } }, 'Add an element');
    this.element = h('div', { class: 'list' }, this.list, this.adder);
    this.first = this.adder;
  }

  add(text) {
    const { arg, schema } = this.context;
    const types = [schema.items.type].flat().filter((t) => t !== 'null');
    const element = { ...schema.items, type: types[0] };
    const own = { arg: { ...arg, name: arg.name }, schema: element, id: id() };
    const item = element.enum || element.type === 'boolean'
      ? new Choice({ ...own, arg: { ...arg, required: true } }, (element.enum ?? ['true', 'false']).map(String), false, true)
      : new TextBox(own);
    const input = item.first;
    input.setAttribute('aria-label', `${arg.name}, element ${this.items.length + 1}`);
    const remove = h('button', { type: 'button', class: 'quiet', 'aria-label': `Remove element ${this.items.length + 1} of ${arg.name}`, onclick: () => {
      this.items.splice(this.items.indexOf(item), 1);
      row.remove();
      this.adder.focus();
      this.element.dispatchEvent(new Event('input', { bubbles: true }));
    } }, '×');
    const row = h('li', {}, item.element, remove);
    item.text = text;
    this.items.push(item);
    this.list.append(row);
    return item;
  }

  get texts() { return this.items.map((item) => item.text); }

  set texts(given) {
    this.items = [];
    fill(this.list);
    given.forEach((text) => this.add(text));
  }

  get json() { return `[${this.items.map((item) => item.json).join(',')}]`; }

  check() { return this.items.map((item) => item.check()).find((wrong) => wrong) ?? ''; }
}

// A Valued control has a value, or is NULL, or is left out: an empty text is neither.
class Valued {
  constructor({ arg, id: own, canNull }, inner) {
    this.inner = inner;
    this.arg = arg;
    this.id = own;
    this.first = inner.first;
    const modes = [];
    if (!arg.required) modes.push(['default', 'left out']);
    modes.push(['value', 'value']);
    if (canNull) modes.push(['null', 'NULL']);
    this.mode = h('select', { class: 'mode', 'aria-label': `${arg.name} is`, onchange: () => this.follow() },
      modes.map(([value, label]) => h('option', { value }, label)));
    inner.element.addEventListener('input', () => { this.mode.value = 'value'; this.follow(); });
    this.element = h('div', { class: 'valued' }, inner.element, modes.length > 1 && this.mode);
    this.follow();
  }

  follow() { this.element.dataset.mode = this.mode.value; }

  get() {
    if (this.mode.value === 'default') return null;
    if (this.mode.value === 'null') return { json: 'null', isNull: true };
    const { inner } = this;
    return { texts: inner.texts ?? [inner.text], json: inner.json, bytes: inner.isBody && inner.bytes };
  }

  state() {
    const given = this.get();
    if (!given || this.inner.isSecret || this.inner.isFile) return null;
    return given.isNull ? { isNull: true } : given;
  }

  restore({ isNull, texts }) {
    this.mode.value = isNull ? 'null' : 'value';
    if (!isNull && this.inner instanceof List) this.inner.texts = texts;
    else if (!isNull) [this.inner.text] = texts;
    this.follow();
  }

  check() { return this.mode.value === 'value' ? this.inner.check() : ''; }
}

// A Choice is one of some words, as a list, or as buttons where they are few.
class Choice {
  constructor({ arg, schema, id: own, canNull }, words, isRadio, isElement) {
    this.arg = arg;
    this.id = own;
    this.isBoolean = schema.type === 'boolean';
    this.isNumber = schema.type === 'integer' || schema.type === 'number';
    this.options = words.map((word) => ({ label: word === '' ? '(empty)' : word, word }));
    if (!arg.required) this.options.unshift({ label: 'left out', isDefault: true });
    if (canNull) this.options.push({ label: 'NULL', isNull: true });
    if (arg.required && !isRadio && !isElement) this.options.unshift({ label: 'choose…', isMissing: true });
    this.chosen = isRadio && arg.required ? null : this.options[0];
    this.element = isRadio ? this.radios(own) : this.select(own);
  }

  select(own) {
    this.first = h('select', { id: own, onchange: () => { this.chosen = this.options[this.first.selectedIndex]; } },
      this.options.map((o) => h('option', {}, o.label)));
    this.show = () => { this.first.selectedIndex = this.options.indexOf(this.chosen); };
    return this.first;
  }

  radios(own) {
    this.isGroup = true;
    const inputs = this.options.map((o, i) => h('input', {
      type: 'radio', name: own, id: i ? null : own, checked: o === this.chosen,
      onchange: () => { this.chosen = o; },
    }));
    [this.first] = inputs;
    this.show = () => inputs.forEach((input, i) => { input.checked = this.options[i] === this.chosen; });
    return h('div', { class: 'segments' }, inputs.map((input, i) => h('label', {}, input, h('span', {}, this.options[i].label))));
  }

  get text() { return this.chosen?.word ?? ''; }

  set text(word) {
    this.chosen = this.options.find((o) => o.word === word) ?? this.chosen;
    this.show();
  }

  get json() {
    return this.isBoolean || this.isNumber ? this.text : JSON.stringify(this.text);
  }

  get() {
    const { chosen } = this;
    if (!chosen || chosen.isDefault || chosen.isMissing) return null;
    return chosen.isNull ? { json: 'null', isNull: true } : { texts: [this.text], json: this.json };
  }

  state() { return this.get(); }

  restore({ isNull, texts }) {
    this.chosen = this.options.find((o) => (isNull ? o.isNull : o.word === texts[0])) ?? this.chosen;
    this.show();
  }

  check() { return !this.chosen || this.chosen.isMissing ? 'needs a choice' : ''; }
}
