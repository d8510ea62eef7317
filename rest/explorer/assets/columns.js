// The columns of a result, and what is embedded in its rows: boxes to tick, and the same as text.

import { h, fill, name, id } from './dom.js';
import { quoted } from './request.js';

export class Columns {
  constructor(api, op, onChange) {
    this.select = '';
    this.onChange = onChange;
    const { names, isPartial } = api.columns(op);
    this.columns = names;
    this.all = all(names, isPartial);
    this.embeds = op.embeds.map((e) => {
      const inner = api.embedded(e);
      return { ...e, ...parts(e.name), columns: inner.names, all: all(inner.names, inner.isPartial) };
    });
    this.functions = op.aggregates;
    this.element = null;
    if (!op.grammar.has('select') || this.columns.length + this.embeds.length === 0) {
      this.all = '*';
      return;
    }
    const own = id();
    this.summary = h('span', { class: 'muted' });
    this.boxes = h('div', { class: 'boxes' });
    this.text = h('input', { id: own, class: 'code', autocomplete: 'off', spellcheck: 'false', placeholder: '*', onchange: () => this.set(this.text.value.trim()) });
    this.element = h('details', { class: 'columns' }, h('summary', {}, 'Columns: ', this.summary), h('div', { class: 'card' }, this.boxes,
      h('div', { class: 'field' }, h('label', { class: 'label', for: own }, 'As text', h('span', { class: 'type' }, 'alias:column, column->key, other(column)')), this.text)));
    this.draw();
  }

  set(select) {
    const text = select === '*' ? '' : select;
    if (text === this.select) return;
    this.select = text;
    this.draw();
    this.onChange();
  }

  draw() {
    const items = split(this.select || '*');
    this.summary.textContent = items.map((item) => (item === '*' ? 'all' : item.replace(/\((?!\)).*$/s, '(…)'))).join(', ');
    this.text.value = this.select;
    const focused = document.activeElement?.dataset?.box;
    const others = items.filter((item) => item !== '*' && !this.columns.some((c) => quoted(c) === item));
    fill(this.boxes, this.group('Columns', this.columns, items, (next) => this.write(next, others)),
      this.embeds.map((e) => this.embed(e, inside(e, items), items)), this.aggregates(items));
    if (focused) [...this.boxes.querySelectorAll('input, button')].find((b) => b.dataset.box === focused)?.focus();
  }

  // write puts columns and what is embedded together: all columns are one star.
  write(columns, embedded) { this.set([...columns, ...embedded].join(',')); }

  // group returns a box for each of some columns. onPick gets those that are ticked.
  group(title, columns, items, onPick, key = '') {
    if (columns.length === 0) return null;
    const isPicked = (c) => items.includes('*') || items.includes(quoted(c));
    return h('fieldset', { class: 'picks' }, h('legend', {}, title), columns.map((c) => h('label', {},
      h('input', { type: 'checkbox', checked: isPicked(c), 'data-box': `${key} ${c}`, onchange: (event) => {
        const next = columns.filter((other) => (other === c ? event.target.checked : isPicked(other)));
        onPick(next.length === columns.length ? ['*'] : next.map(quoted));
      } }), name(c))));
  }

  // aggregates returns what adds an aggregate, for each group of the columns that are ticked.
  aggregates(items) {
    if (this.functions.length === 0) return null;
    const option = (value, label = value) => h('option', { value }, label);
    const of = h('select', { 'aria-label': 'Aggregate' }, this.functions.map((f) => option(f)));
    const column = h('select', { 'aria-label': 'Column of the aggregate' }, option('', 'all rows'), this.columns.map((c) => option(c)));
    const add = () => {
      const item = column.value ? `${quoted(`${of.value}_${column.value}`)}:${quoted(column.value)}.${of.value}()` : 'count()';
      this.set([...items.filter((i) => i !== '*' && i !== item), item].join(','));
    };
    of.onchange = () => { column.options[0].disabled = of.value !== 'count'; if (of.value !== 'count' && !column.value) column.selectedIndex = 1; };
    const chips = items.filter((i) => /(^|\.)(count|sum|avg|min|max)\(\)$/.test(i)).map((i) => h('li', {}, name(i.replace(/^[^"]*?:|^"([^"\\]|\\.)*":/, '')),
      h('button', { type: 'button', 'data-box': 'aggregate', 'aria-label': `Remove ${i}`, onclick: () => this.set(items.filter((other) => other !== i).join(',')) }, '×')));
    return h('fieldset', { class: 'picks' }, h('legend', {}, 'Aggregates, by the columns that are ticked'),
      h('ul', { class: 'chips', 'aria-label': 'Aggregates' }, chips),
      h('div', { class: 'adder' }, of, column, h('button', { type: 'button', class: 'quiet', 'data-box': 'aggregate', onclick: add }, 'Add')));
  }

  // embed returns the box of what can be embedded, and those of its columns once it is.
  embed(e, inner, items) {
    const without = items.filter((item) => !item.startsWith(`${e.prefix}(`));
    const pick = h('label', {}, h('input', { type: 'checkbox', checked: inner !== undefined, 'data-box': `${e.name}()`, onchange: (event) => {
      this.write(without, event.target.checked ? [`${e.prefix}(*)`] : []);
    } }), name(e.title), h('span', { class: 'type' }, e.one ? 'one row' : 'rows'));
    if (inner === undefined) return h('div', { class: 'picks' }, pick);
    return h('div', { class: 'picks' }, pick, this.group(`Columns of ${e.title}`, e.columns, split(inner),
      (next) => this.write(without, next.length ? [`${e.prefix}(${next.join(',')})`] : []), e.name));
  }

  // filters returns the columns of what is embedded, by which its rows can be filtered.
  filters() {
    const items = split(this.select);
    return this.embeds.filter((e) => inside(e, items) !== undefined).flatMap((e) => e.columns
      .filter((c) => !/^(select|order|limit|offset|(not\.)?(and|or))$/.test(c))
      .map((c) => ({ name: `${e.title}.${c}`, of: `${e.key}.`, column: c })));
  }

  // query returns what a request selects, "" for all columns. Where some may not be read, a star
  // stands for those that may.
  query() {
    const items = split(this.select || '*').map((item) => {
      if (item === '*') return this.all;
      const e = this.embeds.find((other) => inside(other, [item]) !== undefined);
      return e ? `${e.prefix}(${split(inside(e, [item])).map((i) => (i === '*' ? e.all : i)).join(',')})` : item;
    });
    return items.join() === '*' ? '' : items.join();
  }

  save(params) { if (this.select) params.set('select', this.select); }

  restore(params) {
    this.select = this.element ? params.get('select') ?? '' : '';
    if (this.element) {
      this.draw();
      this.element.open = this.select !== '';
    }
  }
}

// all returns what a request writes for all columns that may be read.
function all(columns, isPartial) {
  return isPartial ? columns.map(quoted).join() : '*';
}

// parts returns what a request writes before the parenthesis for what can be embedded, and its name
// in the rows. One that is told apart by a key is named by that, since another may have its name.
function parts(full) {
  const [relation, hint] = full.split('!');
  return hint ? { prefix: `${hint}:${full}`, key: hint, title: `${relation} by ${hint}` }
    : { prefix: full, key: full, title: relation.replaceAll('"', '') };
}

// inside returns what of the rows that can be embedded is chosen, undefined if they are not.
function inside({ prefix }, items) {
  return items.find((item) => item.startsWith(`${prefix}(`) && item.endsWith(')'))?.slice(prefix.length + 1, -1);
}

// split returns the items of a list, in which quotes and parentheses hold commas.
function split(text) {
  const items = [''];
  let depth = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i];
    if (c === '"') isQuoted = !isQuoted;
    if (isQuoted && c === '\\') {
      i += 1;
      items[items.length - 1] += c;
    } else if (!isQuoted) depth += { '(': 1, ')': -1 }[c] ?? 0;
    if (c === ',' && depth === 0 && !isQuoted) items.push('');
    else items[items.length - 1] += text[i];
  }
  return items.map((item) => item.trim()).filter(Boolean);
}
