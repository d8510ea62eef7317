// The filters of a result, by the grammar of its columns.

import { h, fill, name, id } from './dom.js';
import { quoted } from './request.js';

const operators = [
  ['eq', '='], ['neq', '≠'], ['gt', '>'], ['gte', '≥'], ['lt', '<'], ['lte', '≤'],
  ['like', 'like'], ['ilike', 'like, any case'], ['in', 'in (…)'], ['is', 'is'], ['fts', 'has words'],
];

// Filters has a list of filters that all have to hold. One with the member or is an alternative to
// the one before it.
export class Filters {
  constructor(op, onChange) {
    this.list = [];
    this.onChange = onChange;
    this.canOr = op.grammar.has('or');
    this.own = op.filters.map(({ name, key }) => ({ name, of: '', column: name, key }));
    this.columns = this.own;
    this.chips = h('ul', { class: 'chips', 'aria-label': 'Filters' });
    this.element = op.filters.length === 0 ? null : h('div', { class: 'filters' }, this.chips, this.adder());
  }

  adder() {
    const column = h('select', { 'aria-label': 'Column', onchange: () => this.draw() });
    this.column = column;
    this.offer([]);
    const operator = h('select', { 'aria-label': 'Operator' }, operators.map(([value, label]) => h('option', { value }, label)));
    const own = id();
    const value = h('input', { id: own, 'aria-label': 'Value of the filter', autocomplete: 'off', placeholder: 'value' });
    this.value = value;
    this.alternative = h('button', { class: 'quiet', name: 'or', hidden: true, title: 'An alternative to the last filter' }, 'Or');
    return h('form', { class: 'adder', 'aria-label': 'Filter', onsubmit: (event) => {
      event.preventDefault();
      let text = value.value;
      if (operator.value === 'in' && !text.startsWith('(')) text = `(${text})`;
      this.list.push({ column: column.value, operator: operator.value, value: text, or: event.submitter === this.alternative });
      value.value = '';
      this.changed();
    } }, column, operator, value, h('button', { class: 'quiet' }, 'Add filter'), this.alternative);
  }

  // offer takes the columns of what is embedded; a filter on one that is not any more goes.
  offer(embedded) {
    const chosen = this.column?.value;
    this.columns = [...this.own, ...embedded];
    this.list = this.list.filter((f) => this.find(f.column));
    if (!this.column) return;
    fill(this.column, this.columns.map((c) => h('option', { value: c.name, selected: c.name === chosen }, c.name)));
    if (this.alternative) this.draw();
  }

  find(column) { return this.columns.find((c) => c.name === column); }

  changed() {
    this.draw();
    this.onChange();
  }

  draw() {
    fill(this.chips, this.list.map((f, i) => h('li', {}, f.or && h('span', { class: 'muted' }, 'or'),
      name(f.column), ` ${operators.find(([o]) => o === f.operator)?.[1] ?? f.operator} `,
      h('bdi', {}, f.value), h('button', { type: 'button', 'aria-label': `Remove the filter on ${f.column}`, onclick: () => this.remove(i) }, '×'))));
    const last = this.list.at(-1); // an alternative to it is a filter on the same rows
    this.alternative.hidden = !this.canOr || !last || !this.areAlike(last.column, this.column.value);
  }

  // areAlike reports whether two columns are of the same rows.
  areAlike(one, other) { return this.find(one)?.of === this.find(other)?.of; }

  remove(i) {
    const [{ or }] = this.list.splice(i, 1);
    if (!or && this.list[i]) this.list[i].or = false; // what was an alternative to it stands for itself
    this.changed();
    const buttons = this.chips.querySelectorAll('button');
    (buttons[Math.min(i, buttons.length - 1)] ?? this.value).focus(); // so that no place is lost
  }

  // query returns the parameters of a request.
  query() {
    const groups = [];
    for (const f of this.list) {
      const full = { ...f, ...this.find(f.column) };
      if (f.or) groups.at(-1).push(full);
      else groups.push([full]);
    }
    return groups.map((group) => {
      const [{ of, column, key, operator, value }] = group;
      if (group.length > 1) return [`${of}or`, `(${group.map(condition).join(',')})`];
      return [key ?? of + quoted(column), `${operator}.${value}`];
    });
  }

  save(params) { this.list.forEach((f) => params.append(`${f.or ? 'or' : 'f'}.${f.column}`, `${f.operator}.${f.value}`)); }

  restore(params) {
    this.list = [];
    for (const [key, text] of params) {
      const [, kind, column] = /^(f|or)\.(.*)$/s.exec(key) ?? [];
      if (!kind || !this.find(column)) continue;
      const [, operator, value] = /^((?:not\.)?[a-z]+)\.(.*)$/s.exec(text) ?? [null, 'eq', text];
      this.list.push({ column, operator, value, or: kind === 'or' && this.canOr && this.areAlike(this.list.at(-1)?.column, column) });
    }
    if (this.element) this.draw();
  }
}

// condition returns a filter as it stands among alternatives, where a comma would end its value.
function condition({ column, operator, value }) {
  const isList = /^(not\.)?(in|is)$/.test(operator);
  return `${quoted(column)}.${operator}.${isList ? value : quoted(value)}`;
}
