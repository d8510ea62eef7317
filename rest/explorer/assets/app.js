// The page: the list, the call that is chosen, the token, and the address.

import { h, fill, name, prose, copyButton, say } from './dom.js';
import { load } from './openapi.js';
import { Form } from './form.js';
import { Filters } from './filters.js';
import { Columns } from './columns.js';
import { Result, dialog } from './result.js';
import { Channel } from './channel.js';
import { languages } from './request.js';

const nav = document.getElementById('nav');
const main = document.getElementById('main');
const tools = document.getElementById('tools');
const menu = document.getElementById('menu');
const documentAddress = document.documentElement.dataset.document;

let api = null;
let call = null; // what is shown: form, filters, result
const token = () => sessionStorage.getItem('token') ?? '';

document.body.append(h('p', { id: 'status', class: 'hidden', role: 'status' }));
document.body.classList.add('scripted');

const search = h('input', { type: 'search', id: 'search', placeholder: 'Search', 'aria-label': 'Search routines and relations', autocomplete: 'off', oninput: () => filterList(), 'aria-keyshortcuts': '/' });
const count = h('p', { class: 'count muted', 'aria-live': 'polite' });
const lists = h('div', { class: 'lists' });

async function start() {
  menu.hidden = false;
  menu.addEventListener('click', () => show('list'));
  document.querySelector('.brand').addEventListener('click', (event) => { event.preventDefault(); go('?'); });
  addEventListener('popstate', () => route());
  addEventListener('hashchange', () => route());
  document.addEventListener('keydown', shortcuts);
  drawTools();
  await reload();
}

// reload gets the document of the holder of the token.
async function reload() {
  try {
    api = await load(documentAddress, token());
    document.querySelector('.brand').replaceChildren(h('bdi', {}, api.title));
    drawList();
    route();
  } catch (error) {
    api = null;
    fill(nav);
    const refused = error.status === 401 || error.status === 403;
    fill(main, h('section', { class: 'empty' }, h('h1', {}, refused ? 'A token is needed' : 'The server does not list what it serves'),
      h('p', {}, refused ? 'The server lists what it serves to those whom it knows. Give a token above.' : `It says: ${error.message.slice(0, 300)}`)));
  }
  drawTools();
}

function drawTools() {
  const input = h('input', { type: 'password', id: 'token', autocomplete: 'off', value: token(), spellcheck: 'false' });
  const box = h('details', { class: 'menu token' }, h('summary', { 'data-set': token() ? '' : null }, token() ? 'Token is set' : 'Token'),
    h('form', { class: 'popup', onsubmit: (event) => {
      event.preventDefault();
      if (input.value.trim()) sessionStorage.setItem('token', input.value.trim());
      else sessionStorage.removeItem('token');
      reload();
    } }, h('label', { for: 'token' }, 'Bearer token'), input,
    h('p', { class: 'muted' }, 'It is kept in this tab alone, and is in no address.'), h('button', { class: 'primary' }, 'Use')));
  fill(tools, box, h('button', { type: 'button', class: 'quiet only-wide', onclick: help, 'aria-keyshortcuts': '?' }, 'Keys'),
    h('a', { href: documentAddress, class: 'only-wide' }, 'OpenAPI'));
}

function help() {
  dialog('Keys', h('dl', { class: 'one' }, [['/', 'search the list'], ['↓ ↑', 'walk through the list'], ['Ctrl Enter', 'run the call'], ['Esc', 'close what is open'], ['?', 'this help']]
    .map(([key, text]) => [h('dt', {}, h('kbd', {}, key)), h('dd', {}, text)])));
}

function shortcuts(event) {
  const isTyping = /INPUT|TEXTAREA|SELECT/.test(event.target.tagName);
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) call?.form.element.requestSubmit();
  else if (event.key === 'Escape') document.querySelectorAll('details.menu[open]').forEach((d) => { d.open = false; });
  else if (event.key === '/' && !isTyping) { event.preventDefault(); show('list'); search.focus(); }
  else if (event.key === '?' && !isTyping) help();
  else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && nav.contains(event.target)) {
    const links = [search, ...lists.querySelectorAll('li:not([hidden]) a')];
    const next = links[links.indexOf(event.target) + (event.key === 'ArrowDown' ? 1 : -1)];
    if (next) { event.preventDefault(); next.focus(); }
  }
}

// drawList lists what the document has, by schema.
function drawList() {
  const groups = Map.groupBy(api.items, (item) => item.group);
  fill(lists, [...groups].map(([group, items]) => h('section', {}, h('h2', {}, h('bdi', {}, group || 'routes')),
    h('ul', {}, items.map((item) => h('li', { 'data-words': `${item.name} ${item.summary}`.toLowerCase() },
      h('a', { href: `?call=${encodeURIComponent(item.path)}`, 'data-path': item.path, onclick: (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        go(`?call=${encodeURIComponent(item.path)}`);
        main.focus({ preventScroll: true });
      } }, name(item.name), (item.isRelation || item.isChannel) && h('span', { class: 'kind' }, item.kind),
      item.summary && h('span', { class: 'summary', dir: 'auto' }, item.summary))))))));
  fill(nav, h('div', { class: 'search' }, search, count), lists);
  filterList();
}

function filterList() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const li of lists.querySelectorAll('li')) {
    li.hidden = !words.every((w) => li.dataset.words.includes(w));
    found += li.hidden ? 0 : 1;
  }
  for (const section of lists.children) section.hidden = !section.querySelector('li:not([hidden])');
  const all = api.items.length;
  count.textContent = words.length ? (found ? `${found} of ${all}` : 'Nothing has these words.') : `${all} to call`;
}

// show shows the list or the call where there is no place for both.
function show(what) { document.body.dataset.shows = what; }

function go(target) {
  history.pushState(null, '', target === '?' ? location.pathname : target);
  route();
}

// route shows what the address says.
function route() {
  if (!api) return;
  const path = new URLSearchParams(location.search).get('call');
  const params = new URLSearchParams(location.hash.slice(1));
  const item = api.byPath.get(path);
  for (const a of lists.querySelectorAll('a')) {
    if (a.dataset.path === path) a.setAttribute('aria-current', 'page');
    else a.removeAttribute('aria-current');
  }
  show(item ? 'call' : 'list');
  document.title = item ? `${item.name} · ${api.title}` : api.title;
  call?.result.stop();
  call = null;
  if (item) drawItem(item, params);
  else {
    fill(main, h('section', { class: 'empty' }, h('h1', {}, path ? 'Nothing is served at this path' : api.title),
      api.doc.info?.description && !path && prose(api.doc.info.description),
      h('p', {}, path ? 'Perhaps it needs another token. Choose something from the list.' : 'Choose something from the list to call it.')));
  }
}

function defaultMethod(item) {
  if (item.given.get && item.given.get['x-reads'] !== false) return 'get';
  return item.given.post ? 'post' : item.methods[0];
}

function drawItem(item, params) {
  const asked = params.get('method');
  const method = item.methods.includes(asked) ? asked : defaultMethod(item);
  const op = api.operation(item, method);
  const again = () => { save(); if (op.method === 'get') run(); };
  const filters = new Filters(op, again);
  const columns = new Columns(api, op, () => { filters.offer(columns.filters()); again(); });
  const form = new Form(op, { onRun: () => run(true), onChange: () => save() });
  const result = new (item.isChannel ? Channel : Result)(api, op, { form, token, filters, columns, onChange: () => save() });
  call = { item, op, form, filters, columns, result };
  form.restore(params);
  columns.restore(params);
  filters.offer(columns.filters());
  filters.restore(params);
  const order = /^(.*)\.(asc|desc)$/s.exec(params.get('order') ?? '');
  if (order) result.order = { column: order[1], direction: order[2] };
  result.view = params.get('view') ?? 'table';
  const methods = item.methods.length > 1 && h('div', { class: 'segments', role: 'radiogroup', 'aria-label': 'Method' }, item.methods.map((m) => h('label', {},
    h('input', { type: 'radio', name: 'method', value: m, checked: m === method, onchange: () => {
      const next = new URLSearchParams();
      call.form.save(next);
      next.set('method', m);
      drawItem(item, next);
      save();
      main.querySelector('[name=method]:checked').focus();
    } }), h('span', {}, m.toUpperCase()))));
  fill(main, h('article', {},
    h('header', { class: 'title' }, h('div', {}, h('h1', {}, name(item.name)), h('p', { class: 'path' }, h('code', {}, `${method.toUpperCase()} ${decode(item.path)}`))), methods),
    op.summary && h('p', { class: 'lead', dir: 'auto' }, op.summary),
    h('div', { class: 'description' }, prose(op.description)),
    form.element, filters.element, columns.element, codeBox(), result.element));
  if (method === 'get' && (params.has('run') || (item.isRelation && op.args.length === 0))) run();
}

function decode(path) {
  try { return decodeURI(path); } catch { return path; }
}

// codeBox shows the same call in other words.
function codeBox() {
  const text = h('pre', { tabindex: 0, role: 'region', 'aria-label': 'The call as code' });
  let language = 'curl';
  const write = () => {
    const { result, op } = call;
    const isVoid = op.produces.length === 0; // a response without a body
    try { text.textContent = languages[language](result.request(), result.accept, Boolean(token()), isVoid); } catch { text.textContent = ''; }
  };
  const box = h('details', { class: 'snippet', ontoggle: write }, h('summary', {}, 'The same call as code'), h('div', { class: 'resultbar' },
    h('div', { class: 'segments', role: 'radiogroup', 'aria-label': 'Language' }, Object.keys(languages).map((l) => h('label', {},
      h('input', { type: 'radio', name: 'language', value: l, checked: l === language, onchange: () => { language = l; write(); } }), h('span', {}, l)))),
    copyButton(() => text.textContent)), text);
  call.write = write;
  return box;
}

// save puts the state into the address, without running anything.
function save() {
  if (!call) return;
  history.replaceState(null, '', `?call=${encodeURIComponent(call.item.path)}${hash(call.hasRun)}`);
  call.write();
}

function hash(hasRun) {
  const params = new URLSearchParams();
  const { op, item, form, filters, columns, result } = call;
  if (op.method !== defaultMethod(item)) params.set('method', op.method);
  form.save(params);
  filters.save(params);
  columns.save(params);
  if (result.order) params.set('order', `${result.order.column}.${result.order.direction}`);
  if (result.view !== 'table') params.set('view', result.view);
  if (hasRun && op.method === 'get' && !item.isRelation) params.set('run', '1');
  const text = params.toString();
  return text ? `#${text}` : '';
}

async function run(isNew) {
  const { form, result, op, item, filters } = call;
  if (!form.check()) { say('Some arguments are not valid.'); return; }
  const everything = (op.method === 'patch' || op.method === 'delete') && filters.list.length === 0 && op.filters.length > 0;
  if (everything && !confirm(`Without a filter this is for every row of ${item.name}. Go on?`)) return;
  call.hasRun = true;
  const target = `?call=${encodeURIComponent(item.path)}${hash(true)}`;
  if (isNew && target !== location.search + location.hash) history.pushState(null, '', target);
  call.write();
  form.button.disabled = true;
  await result.run();
  form.button.disabled = false;
}

start();
