// The form of one operation.

import { h, id, name, fill } from './dom.js';
import { control } from './control.js';

// Form has a field for each argument of an operation.
export class Form {
  constructor(op, { onRun, onChange }) {
    this.op = op;
    this.body = op.bodies[0];
    this.onChange = onChange;
    this.fields = [];
    this.problem = h('div', { role: 'alert' });
    this.box = h('div', { class: 'fields' });
    this.button = h('button', { class: 'primary', type: 'submit' }, label(op));
    this.element = h('form', {
      class: 'card', novalidate: true, 'aria-label': `Arguments of ${op.item.name}`,
      onsubmit: (event) => { event.preventDefault(); onRun(); },
      oninput: () => onChange(), onchange: () => onChange(), onkeydown: submitOnEnter,
    }, this.overloads(), this.box, h('div', { class: 'run' }, this.button,
      h('span', { class: 'hint' }, h('kbd', {}, 'Ctrl'), ' ', h('kbd', {}, 'Enter'))));
    this.build();
  }

  // overloads returns the choice of one of several bodies.
  overloads() {
    const { bodies } = this.op;
    if (bodies.length < 2) return null;
    const own = id();
    this.choice = h('select', { id: own, onchange: () => {
      this.body = bodies[this.choice.selectedIndex];
      this.build();
    } }, bodies.map((b) => h('option', {}, signature(b))));
    return h('div', { class: 'field' }, h('label', { for: own }, 'Arguments'), this.choice);
  }

  // choose takes another one of several bodies.
  choose(index) {
    if (!this.choice || !this.op.bodies[index]) return;
    this.choice.selectedIndex = index;
    this.body = this.op.bodies[index];
    this.build();
  }

  build() {
    const args = [...this.op.args, ...(this.body?.args ?? [])];
    if (this.body?.whole) {
      const { media, schema, required } = this.body;
      const isText = /^text\/|xml/.test(media);
      args.push({
        name: 'body', label: `The body, ${media}`, in: 'body', isBody: true, required: Boolean(required),
        schema: isText ? { type: 'string' } : { ...schema, nullable: false },
        isFile: !isText && media !== 'application/json', isJSON: media === 'application/json',
      });
    }
    this.fields = args.map((arg) => new Field(arg, this.op.method));
    fill(this.box, this.fields.map((f) => f.element));
    this.box.hidden = args.length === 0;
    this.element.classList.toggle('bare', args.length === 0);
  }

  // check shows what is wrong, and returns whether nothing is.
  check() {
    const wrong = this.fields.filter((f) => !f.check());
    wrong[0]?.control.first.focus();
    return wrong.length === 0;
  }

  // given returns the arguments that are not left out.
  given() {
    return this.fields.map((f) => ({ arg: f.arg, ...f.control.get(), isAbsent: f.control.get() === null }))
      .filter((a) => !a.isAbsent);
  }

  // fail shows the errors of a response at their fields, and returns those that have none.
  fail(errors) {
    const rest = errors.filter(({ field, message }) => {
      const found = this.fields.find((f) => f.arg.name === field);
      found?.fail(message);
      return !found;
    });
    this.fields.find((f) => f.isWrong)?.control.first.focus();
    return rest;
  }

  clear() { this.fields.forEach((f) => f.fail('')); }

  // save writes the arguments into the parameters of an address.
  save(params) {
    if (this.choice?.selectedIndex > 0) params.set('overload', this.choice.selectedIndex);
    for (const f of this.fields) {
      const state = f.control.state();
      if (state?.isNull) params.append('null', f.arg.name);
      else if (state && state.texts.length === 0) params.append('empty', f.arg.name);
      else state?.texts.forEach((text) => params.append(`a.${f.arg.name}`, text));
    }
  }

  restore(params) {
    this.choose(Number(params.get('overload')));
    for (const f of this.fields) {
      const texts = params.getAll(`a.${f.arg.name}`);
      if (params.getAll('null').includes(f.arg.name)) f.control.restore({ isNull: true });
      else if (texts.length > 0 || params.getAll('empty').includes(f.arg.name)) f.control.restore({ texts });
    }
  }
}

function label(op) {
  return { get: op.item.isChannel ? 'Follow' : 'Read', post: op.item.isRelation ? 'Insert' : 'Call', put: 'Replace', patch: 'Update', delete: 'Delete' }[op.method];
}

function signature(body) {
  return body.whole ? body.media : `(${body.args.map((a) => a.name).join(', ')})`;
}

// submitOnEnter has Enter submit from a text that may have several lines, which Shift begins.
function submitOnEnter(event) {
  const { target } = event;
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  if (target.tagName === 'TEXTAREA' && (!target.classList.contains('code') || event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    event.currentTarget.requestSubmit();
  }
}

// Field is the label of an argument, its control, and what is wrong with it.
class Field {
  constructor(arg, method) {
    this.arg = arg;
    this.control = control(arg, method);
    this.error = h('p', { class: 'error', id: id(), hidden: true });
    const note = id();
    const { first, isGroup } = this.control;
    first.setAttribute('aria-describedby', `${note} ${this.error.id}`);
    if (arg.required) first.setAttribute('aria-required', 'true');
    const title = [arg.label ?? name(arg.name), arg.required && h('span', { class: 'required' }, 'required'),
      h('span', { class: 'type', id: note }, typeOf(arg))];
    const ofBytes = arg.schema.format === 'hex' && arg.schema.description?.startsWith('bytes in hex'); // which a file is not
    const text = arg.description ?? (ofBytes ? '' : arg.schema.description);
    const inside = [this.control.element, text && h('p', { class: 'muted', dir: 'auto' }, text), this.error];
    this.element = isGroup
      ? h('fieldset', { class: 'field' }, h('legend', { class: 'label' }, title), inside)
      : h('div', { class: 'field' }, h('label', { class: 'label', for: this.control.id }, title), inside);
    if (isGroup) first.removeAttribute('aria-required');
    if (this.control.inner?.list) labelled(this, title);
    this.element.addEventListener('input', () => this.fail(''));
  }

  get isWrong() { return !this.error.hidden; }

  check() {
    const wrong = this.control.check();
    this.fail(wrong);
    return !wrong;
  }

  fail(message) {
    this.error.hidden = !message;
    this.error.textContent = message;
    const { first } = this.control;
    if (message) first.setAttribute('aria-invalid', 'true');
    else first.removeAttribute('aria-invalid');
    if (message) this.element.dataset.wrong = ''; else delete this.element.dataset.wrong;
  }
}

// labelled makes the field of a list a group, whose label is not that of its button.
function labelled(field, title) {
  const text = field.element.querySelector('label');
  const own = id();
  text.replaceWith(h('span', { class: 'label', id: own }, title));
  field.element.setAttribute('role', 'group');
  field.element.setAttribute('aria-labelledby', own);
  field.control.first.removeAttribute('aria-required');
}

// words are those of people for types and formats.
const words = {
  float: 'number', double: 'number', string: 'text',
  hex: 'bytes', 'date-time': 'date and time', 'date-time-local': 'date and time', 'time-local': 'time',
};
const word = (type) => words[type] ?? type?.replace(/^u?int\d+$/, 'integer');

// typeOf returns the type of an argument with its limits, and what it is if it is left out.
function typeOf({ schema, required, ...arg }) {
  const parts = [];
  const isJSON = arg.isJSON || (arg.in === 'body' && !arg.isText);
  const type = schema.format ?? schema.type ?? schema.types?.map(word).join(' or ') ?? (isJSON ? 'JSON' : 'any');
  parts.push(schema.enum ? 'choice' : type === 'array' ? `list of ${word(schema.items?.format ?? [schema.items?.type ?? 'JSON'].flat()[0])}` : word(type));
  const low = schema.minimum ?? (schema.exclusiveMinimum !== undefined ? `above ${schema.exclusiveMinimum}` : undefined);
  const high = schema.maximum ?? (schema.exclusiveMaximum !== undefined ? `below ${schema.exclusiveMaximum}` : undefined);
  if (low !== undefined || high !== undefined) parts.push(`${low ?? '…'} to ${high ?? '…'}`);
  if (schema.maxLength !== undefined) parts.push(`at most ${schema.maxLength} characters`);
  if (schema.default !== undefined) parts.push(`default ${JSON.stringify(schema.default)}`);
  else if (!required) parts.push('optional');
  return parts.join(' · ');
}
