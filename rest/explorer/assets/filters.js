// The filters of a result, by the grammar of its columns.

import { h, fill, name, id } from './dom.js';

const operators = [
  ['eq', '='], ['neq', '≠'], ['gt', '>'], ['gte', '≥'], ['lt', '<'], ['lte', '≤'],
  ['like', 'like'], ['ilike', 'like, any case'], ['in', 'in (…)'], ['is', 'is'], ['fts', 'has words'],
];

export class Filters {
  constructor(op, onChange) {
    this.list = [];
    this.onChange = onChange;
    this.op = op;
    this.chips = h('ul', { class: 'chips' });
    this.element = op.filters.length === 0 ? null : h('div', { class: 'filters' }, this.chips, this.adder());
  }

  adder() {
    const column = h('select', { 'aria-label': 'Column' }, this.op.filters.map((c) => h('option', { value: c }, c)));
    const operator = h('select', { 'aria-label': 'Operator' }, operators.map(([value, label]) => h('option', { value }, label)));
    const own = id();
    const value = h('input', { id: own, 'aria-label': 'Value of the filter', autocomplete: 'off', placeholder: 'value' });
    return h('form', { class: 'adder', 'aria-label': 'Filter', onsubmit: (event) => {
      event.preventDefault();
      let text = value.value;
      if (operator.value === 'in' && !text.startsWith('(')) text = `(${text})`;
      this.list.push({ column: column.value, operator: operator.value, value: text });
      value.value = '';
      this.draw();
      this.onChange();
    } }, column, operator, value, h('button', { class: 'quiet' }, 'Add filter'));
  }

  draw() {
    fill(this.chips, this.list.map((f, i) => h('li', {}, name(f.column), ` ${operators.find(([o]) => o === f.operator)?.[1] ?? f.operator} `,
      h('bdi', {}, f.value), h('button', { type: 'button', 'aria-label': `Remove the filter on ${f.column}`, onclick: () => {
        this.list.splice(i, 1);
        this.draw();
        this.onChange();
      } }, '×'))));
  }

  save(params) { this.list.forEach((f) => params.append(`f.${f.column}`, `${f.operator}.${f.value}`)); }

  restore(params) {
    this.list = [];
    for (const [key, text] of params) {
      const column = key.slice(2);
      if (!key.startsWith('f.') || !this.op.filters.includes(column)) continue;
      const [, operator, value] = /^((?:not\.)?[a-z]+)\.(.*)$/s.exec(text) ?? [null, 'eq', text];
      this.list.push({ column, operator, value });
    }
    if (this.element) this.draw();
  }
}
