// What a call returns: its rows, its text, a chart, files, and its errors.

import { h, fill, name, copyButton, say, id } from './dom.js';
import { parse, pretty, show } from './json.js';
import { address, build, quoted, send } from './request.js';
import { Grid } from './grid.js';

const page = 200; // rows at once
const mostText = 400000; // characters that are shown

// Result runs an operation and shows what comes back.
export class Result {
  constructor(api, op, { form, token, onChange, filters, columns }) {
    Object.assign(this, { api, op, form, token, onChange, filters, columns });
    this.order = null;
    this.view = 'table';
    this.element = h('section', { class: 'result', 'aria-label': 'Result' });
  }

  // accept is JSON, or what a function that returns one media type of its own has first.
  get accept() { return this.op.produces[0] ?? 'application/json'; }

  // request returns the request for the whole of the result.
  request(prefer = []) {
    return build(this.api, this.op, this.form.given(), {
      select: this.columns.query(), filters: this.filters.query(), prefer,
      order: this.order ? `${quoted(this.order.column)}.${this.order.direction}` : '',
    });
  }

  get isPaged() { return this.op.method === 'get' && this.op.isList; }

  pageOf(request, offset, limit) {
    if (this.op.grammar.has('limit') && this.op.grammar.has('offset')) {
      return { ...request, query: [...request.query, ['limit', String(limit)], ['offset', String(offset)]] };
    }
    return { ...request, headers: [...request.headers, ['Range', `${offset}-${offset + limit - 1}`]] };
  }

  // stop ends what runs, for a page that shows something else.
  stop() { this.controller?.abort(); }

  async run() {
    this.stop();
    this.controller = new AbortController();
    const { signal } = this.controller;
    this.form.clear();
    fill(this.form.problem);
    this.element.setAttribute('aria-busy', 'true');
    const prefer = [];
    if (this.isPaged && this.op.grammar.has('Prefer')) prefer.push('count=exact');
    const canRead = this.op.grammar.has('select'); // what it has written
    if (this.op.item.isRelation && this.op.method !== 'get' && canRead) prefer.push('return=representation');
    let request = this.request(prefer);
    this.sent = this.request(prefer.filter((p) => p !== 'count=exact'));
    if (this.isPaged) request = this.pageOf(request, 0, page);
    const begin = performance.now();
    try {
      const response = await send(request, { accept: this.accept, token: this.token(), signal });
      const media = (response.headers.get('Content-Type') ?? '').split(';')[0];
      const isText = /json|^text\/|xml/.test(media) || media === '';
      const body = isText ? await response.text() : await response.blob();
      this.received(response, body, media, performance.now() - begin);
    } catch (error) {
      if (error.name === 'AbortError') return;
      fill(this.element, h('p', { class: 'error', role: 'alert' }, `The server cannot be reached: ${error.message}`));
    }
    this.element.removeAttribute('aria-busy');
  }

  received(response, body, media, time) {
    const bytes = typeof body === 'string' ? new Blob([body]).size : body.size;
    this.facts = [
      h('strong', { class: response.ok ? 'ok' : 'bad' }, `${response.status} ${response.statusText}`.trim()),
      h('span', {}, `${Math.round(time)} ms`), h('span', {}, sizeOf(bytes)),
    ];
    this.headers = [...response.headers];
    if (!response.ok) {
      this.fail(response, body);
      return;
    }
    this.text = typeof body === 'string' ? body : null;
    this.blob = typeof body === 'string' ? null : body;
    this.media = media;
    this.data = null;
    if (media.endsWith('json') && body !== '') this.data = parse(body);
    this.total = this.data?.rows.length ?? 0;
    const range = /^(?:\d+-\d+|\*)\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '');
    if (range && this.isPaged) this.total = Number(range[1]);
    if (this.data?.isList) this.facts.splice(1, 0, h('span', {}, `${this.total.toLocaleString('en')} ${this.total === 1 ? 'row' : 'rows'}`));
    say(`${response.status} ${response.statusText}, ${this.data?.isList ? `${this.total} rows` : media}`);
    this.draw();
  }

  fail(response, body) {
    let problem = {};
    try { problem = JSON.parse(body); } catch { problem = { message: body }; }
    let errors = problem.errors ?? [];
    const about = /^"([^"]+)"(?:, character \d+)?: /.exec(problem.message ?? '');
    if (errors.length === 0 && about) errors = [{ field: about[1], message: problem.message.slice(about[0].length) }];
    const others = this.form.fail(errors.map((e) => ({ ...e, message: problem.hint && errors.length === 1 ? `${e.message}. ${problem.hint}` : e.message })));
    fill(this.element, h('p', { class: 'facts' }, this.facts), h('div', { class: 'problem', role: 'alert' },
      h('p', { dir: 'auto' }, h('strong', {}, problem.message || problem.title || `The server responds with ${response.status}`)),
      others.filter((e) => e.message !== problem.message && !about).map((e) => h('p', { dir: 'auto' }, name(e.field), ` ${e.message}`)),
      problem.details && h('p', { dir: 'auto' }, String(problem.details)),
      problem.hint && h('p', { class: 'hint', dir: 'auto' }, problem.hint),
      h('p', { class: 'muted' }, [problem.code && `code ${problem.code}`, problem.request_id && `request ${problem.request_id}`].filter(Boolean).join(' · '))),
    this.headerList());
  }

  headerList() {
    return h('details', { class: 'headers' }, h('summary', {}, 'Headers of the response'),
      h('dl', {}, this.headers.map(([key, value]) => [h('dt', {}, key), h('dd', {}, value)])));
  }

  draw() {
    const chart = this.op.method === 'get' && ['image/svg+xml', 'image/png'].find((m) => this.op.produces.includes(m));
    const views = [];
    if (this.data) views.push(['table', 'Table']);
    if (this.text) views.push(['text', this.media.endsWith('json') ? 'JSON' : 'Text']);
    if (this.blob) views.push(['file', 'File']);
    if (chart && this.data?.rows.length) views.push(['chart', 'Chart']);
    if (!views.some(([v]) => v === this.view)) this.view = views[0]?.[0] ?? 'table';
    const panel = h('div', { class: 'panel' });
    const own = id();
    const tabs = h('div', { class: 'segments', role: 'radiogroup', 'aria-label': 'View' }, views.map(([value, label]) => h('label', {},
      h('input', { type: 'radio', name: own, value, checked: value === this.view, onchange: () => { this.view = value; this.onChange(); this.panel(panel, chart); } }), h('span', {}, label))));
    fill(this.element, h('div', { class: 'resultbar' }, h('p', { class: 'facts' }, this.facts), tabs, this.downloads()), panel, this.headerList());
    this.panel(panel, chart);
  }

  panel(panel, chart) {
    if (this.view === 'text') {
      const text = this.media.endsWith('json') ? pretty(this.text.slice(0, mostText) === this.text ? this.text : '') || this.text : this.text;
      const part = this.total > (this.data?.rows.length ?? 0) ? `The first ${this.data.rows.length} rows. ` : '';
      fill(panel, h('p', { class: 'muted' }, part, copyButton(() => this.text)),
        h('pre', { tabindex: 0, role: 'region', 'aria-label': 'Text of the result' }, text.slice(0, mostText), text.length > mostText && '…'));
    } else if (this.view === 'chart') this.chart(panel, chart);
    else if (this.view === 'file') {
      const url = URL.createObjectURL(this.blob);
      fill(panel, this.media.startsWith('image/') ? h('img', { src: url, alt: `The result, ${this.media}` })
        : h('p', {}, h('a', { href: url, download: this.op.item.name }, `Save the ${sizeOf(this.blob.size)} of ${this.media}`)));
    } else fill(panel, this.table());
  }

  async chart(panel, media) {
    const alt = `Chart of ${this.op.item.name}`;
    if (!this.token()) {
      fill(panel, h('img', { class: 'chart', src: address(this.sent), alt, onerror: () => this.chartFails(panel, media) }));
      return;
    }
    await this.chartFails(panel, media);
  }

  // chartFails gets the chart as a call: with a token, or to say why there is none.
  async chartFails(panel, media) {
    const response = await send(this.sent, { accept: media, token: this.token() });
    if (response.ok) {
      fill(panel, h('img', { class: 'chart', src: URL.createObjectURL(await response.blob()), alt: `Chart of ${this.op.item.name}` }));
      return;
    }
    const problem = await response.json().catch(() => ({}));
    fill(panel, h('p', { class: 'error', dir: 'auto' }, problem.message ?? `The server responds with ${response.status}`), problem.hint && h('p', { dir: 'auto' }, problem.hint));
  }

  table() {
    const { data } = this;
    if (!data || data.rows.length === 0) return h('p', { class: 'none' }, data?.isList ? 'No rows.' : 'It returns nothing.');
    const columns = data.columns ?? [null];
    if (!data.isList) return members(columns, data.rows[0]);
    const canSort = this.op.method === 'get' && this.op.grammar.has('order') && data.columns;
    const request = this.request();
    this.grid = new Grid({
      columns, rows: data.rows, total: this.total, order: this.order,
      types: Object.fromEntries(columns.map((c, i) => [c, show(data.rows.find((r) => r[i] !== 'null')?.[i]).kind])),
      onSort: canSort ? (column) => this.sort(column) : null,
      onRow: (i, cells) => dialog(`Row ${i + 1}`, members(columns, cells)),
      fetchPage: this.isPaged ? (offset, limit, signal) => this.page(request, columns, offset, limit, signal) : null,
    });
    return this.grid.element;
  }

  async page(request, columns, offset, limit, signal) {
    const response = await send(this.pageOf(request, offset, limit), { accept: this.accept, token: this.token(), signal });
    const text = await response.text();
    if (response.status === 416) return [];
    if (!response.ok) throw new Error(`the server responds with ${response.status}`);
    const { rows } = parse(text);
    return rows;
  }

  sort(column) {
    const { order } = this;
    if (order?.column !== column) this.order = { column, direction: 'asc' };
    else this.order = order.direction === 'asc' ? { column, direction: 'desc' } : null;
    this.onChange();
    this.run();
  }

  downloads() {
    if (this.op.method !== 'get' || this.op.produces.length === 0) return null;
    return h('details', { class: 'menu' }, h('summary', {}, 'Download'), h('ul', {}, this.op.produces.filter((m) => m !== '*/*')
      .map((media) => h('li', {}, h('button', { type: 'button', onclick: (e) => this.download(media, e.target) }, media)))));
  }

  async download(media, button) {
    const response = await send(this.sent, { accept: media, token: this.token() });
    if (!response.ok) {
      const problem = await response.json().catch(() => ({}));
      button.textContent = `${media}: ${problem.message ?? response.status}`;
      return;
    }
    const url = URL.createObjectURL(await response.blob());
    h('a', { href: url, download: `${this.op.item.name}.${extension(media)}` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  }
}

function extension(media) {
  const known = { 'application/json': 'json', 'text/csv': 'csv', 'text/html': 'html', 'image/svg+xml': 'svg', 'application/x-ndjson': 'ndjson', 'application/vnd.apache.arrow.stream': 'arrows', 'text/plain': 'txt', 'application/octet-stream': 'bin', 'application/vnd.msgpack': 'msgpack' };
  return known[media] ?? (media.endsWith('+json') ? 'json' : media.split('/').at(-1));
}

function sizeOf(bytes) {
  return bytes < 1000 ? `${bytes} B` : bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function members(columns, cells) {
  return h('dl', { class: 'one' }, columns.map((column, i) => {
    const { text, kind } = show(cells[i]);
    return [h('dt', {}, name(column ?? 'value')), h('dd', { class: kind, dir: 'auto' }, kind === 'json' ? pretty(text) : text)];
  }));
}

// dialog shows something above the page.
export function dialog(title, ...content) {
  const box = h('dialog', { 'aria-label': title, onclose: () => box.remove() },
    h('form', { method: 'dialog', class: 'dialogbar' }, h('h2', {}, title), h('button', { class: 'quiet' }, 'Close')), content);
  document.body.append(box);
  box.showModal();
}
