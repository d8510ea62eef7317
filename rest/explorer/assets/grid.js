// A table that scrolls through any number of rows: those in sight are elements, the others space.

import { h, fill, name } from './dom.js';
import { show } from './json.js';

const rowHeight = 34; // as in style.css
const mostHeight = 8e6; // of what scrolls, in pixels: browsers have a limit
const mostPages = 40; // in memory
const shown = 300; // characters of a cell

// Grid shows the rows of pages. fetchPage(offset, limit, signal) returns the rows of one.
export class Grid {
  constructor({ columns, rows, total, fetchPage, order, onSort, onRow, types }) {
    Object.assign(this, { columns, fetchPage, onRow, types });
    this.size = Math.max(rows.length, 1);
    this.pages = new Map([[0, rows]]);
    this.waiting = new Map();
    this.total = total ?? rows.length;
    this.cols = [h('col'), ...columns.map(() => h('col'))];
    this.before = h('tbody', { 'aria-hidden': 'true' });
    this.body = h('tbody');
    this.after = h('tbody', { 'aria-hidden': 'true' });
    const head = h('tr', {}, h('th', { scope: 'col', class: 'number' }, h('span', { class: 'hidden' }, 'Row')),
      columns.map((c) => this.heading(c, order, onSort)));
    this.table = h('table', { 'aria-rowcount': this.total + 1, 'aria-label': 'The result' },
      h('colgroup', {}, this.cols), h('thead', {}, head), this.before, this.body, this.after);
    this.element = h('div', { class: 'grid', tabindex: 0, role: 'region', 'aria-label': 'Rows of the result', onscroll: () => this.draw() }, this.table);
    this.head = head;
    new ResizeObserver(() => this.draw()).observe(this.element);
    requestAnimationFrame(() => this.fix());
  }

  heading(column, order, onSort) {
    const sorted = order?.column === column ? order.direction : null;
    const title = column ?? 'value';
    return h('th', { scope: 'col', 'aria-sort': sorted && (sorted === 'desc' ? 'descending' : 'ascending'), class: this.types?.[column] ?? null },
      onSort && column !== null
        ? h('button', { type: 'button', onclick: () => onSort(column) }, name(title), h('span', { class: 'arrow', 'aria-hidden': 'true' }, { asc: '↑', desc: '↓' }[sorted] ?? ''))
        : name(title));
  }

  // fix keeps the widths that the columns have by the first rows, so that they do not jump.
  fix() {
    this.draw();
    const widths = [...this.head.children].map((th, i) => (i ? Math.min(Math.max(th.offsetWidth, 72), 380) : th.offsetWidth));
    this.cols.forEach((col, i) => { col.style.width = `${widths[i]}px`; });
    this.table.style.width = `${widths.reduce((a, b) => a + b, 0)}px`;
    this.table.classList.add('fixed');
    this.draw();
  }

  // range returns the first row in sight, and how many there are.
  range() {
    const { clientHeight, scrollTop } = this.element;
    const inSight = Math.max(Math.ceil(clientHeight / rowHeight), 1);
    const whole = this.total * rowHeight;
    const scale = whole > mostHeight ? (this.total - inSight + 2) / (mostHeight - clientHeight) : 1 / rowHeight;
    const first = Math.max(Math.min(Math.floor(scrollTop * scale), this.total - 1), 0);
    return { first, inSight, height: Math.min(whole, mostHeight), scaled: whole > mostHeight, scrollTop };
  }

  draw() {
    const { first, inSight, height, scaled, scrollTop } = this.range();
    const from = Math.max(first - 8, 0);
    const to = Math.min(first + inSight + 8, this.total);
    const above = scaled ? Math.max(Math.min(scrollTop - (first - from) * rowHeight, height - (to - from) * rowHeight), 0) : from * rowHeight;
    this.space(this.before, above);
    this.space(this.after, Math.max(height - above - (to - from) * rowHeight, 0));
    const rows = [];
    for (let i = from; i < to; i += 1) rows.push(this.row(i));
    const focused = this.body.contains(document.activeElement) ? document.activeElement.dataset.row : null;
    fill(this.body, rows);
    if (focused !== null) (this.body.querySelector(`[data-row="${focused}"]`) ?? this.element).focus({ preventScroll: true });
    this.want(Math.floor(from / this.size), Math.floor(Math.max(to - 1, 0) / this.size));
  }

  space(body, height) {
    if (!height) return fill(body);
    const cell = h('td', { colspan: this.columns.length + 1 });
    cell.style.height = `${height}px`;
    return fill(body, h('tr', {}, cell));
  }

  row(i) {
    const page = this.pages.get(Math.floor(i / this.size));
    const cells = page?.[i % this.size];
    const label = String(i + 1);
    return h('tr', { 'aria-rowindex': i + 2 },
      h('td', { class: 'number' }, cells ? h('button', { type: 'button', 'data-row': i, 'aria-label': `Row ${label} in full`, onclick: () => this.onRow(i, cells) }, label) : label),
      this.columns.map((_, c) => (cells ? this.cell(cells[c]) : h('td', { class: 'waiting' }, '…'))));
  }

  cell(json) {
    const { text, kind } = show(json);
    return h('td', { class: kind, dir: kind === 'text' ? 'auto' : null }, text.length > shown ? `${text.slice(0, shown)}…` : text);
  }

  // want gets pages that are missing, once the scrolling has come to rest.
  want(from, to) {
    clearTimeout(this.timer);
    const missing = [];
    for (let p = from; p <= to; p += 1) if (!this.pages.has(p) && !this.waiting.has(p)) missing.push(p);
    for (const [p, { controller }] of this.waiting) {
      if (p < from - 1 || p > to + 1) { controller.abort(); this.waiting.delete(p); }
    }
    if (missing.length === 0 || !this.fetchPage) return;
    this.timer = setTimeout(() => missing.forEach((p) => this.get(p)), 60);
  }

  async get(p) {
    const controller = new AbortController();
    this.waiting.set(p, { controller });
    try {
      const rows = await this.fetchPage(p * this.size, this.size, controller.signal);
      this.pages.set(p, rows);
      if (rows.length < this.size && p * this.size + rows.length < this.total) {
        this.total = p * this.size + rows.length; // there are fewer by now
        this.table.setAttribute('aria-rowcount', this.total + 1);
      }
      while (this.pages.size > mostPages) {
        const far = [...this.pages.keys()].sort((a, b) => Math.abs(b - p) - Math.abs(a - p))[0];
        this.pages.delete(far);
      }
    } catch (error) {
      if (error.name !== 'AbortError') this.pages.set(p, Array(this.size).fill([JSON.stringify(error.message)]));
    } finally {
      if (this.waiting.get(p)?.controller === controller) this.waiting.delete(p);
    }
    if (!controller.signal.aborted) this.draw();
  }

  // go scrolls to a row.
  go(row) {
    const { height, scaled } = this.range();
    this.element.scrollTop = scaled ? (row / this.total) * height : row * rowHeight;
  }
}
