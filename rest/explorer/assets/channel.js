// A channel of the database, followed as it sends.

import { h, fill, say } from './dom.js';
import { pretty } from './json.js';
import { build, send } from './request.js';

const most = 500; // events that are shown
const pause = 2000; // ms before it connects again

// Channel has what app.js knows of a Result. It reads the stream by fetch, since an EventSource
// sends no token.
export class Channel {
  constructor(api, op, { token }) {
    Object.assign(this, { api, op, token });
    this.order = null;
    this.view = 'table';
    this.accept = 'text/event-stream';
    this.count = 0;
    this.facts = h('p', { class: 'facts' });
    this.button = h('button', { type: 'button', class: 'quiet', onclick: () => this.stop() }, 'Stop');
    this.list = h('ol', { class: 'events', reversed: true, 'aria-label': 'Events, the last one first' });
    this.element = h('section', { class: 'result', 'aria-label': 'Events' });
  }

  request() { return build(this.api, this.op, []); }

  stop() {
    this.controller?.abort();
    this.tell('stopped');
  }

  // run follows the channel until stop. It does not wait for that.
  async run() {
    this.stop();
    const controller = new AbortController();
    this.controller = controller;
    fill(this.element, h('div', { class: 'resultbar' }, this.facts, this.button), this.list);
    this.follow(controller.signal);
  }

  tell(state) {
    const word = { live: 'live', stopped: 'stopped', away: 'the server is away' }[state];
    fill(this.facts, h('strong', { class: state === 'live' ? 'ok' : 'bad' }, word),
      h('span', {}, `${this.count} ${this.count === 1 ? 'event' : 'events'}`));
    this.button.hidden = state === 'stopped';
  }

  async follow(signal) {
    let last = '';
    while (!signal.aborted) {
      try {
        const headers = last ? [['Last-Event-ID', last]] : [];
        const response = await send(this.request(), { accept: this.accept, token: this.token(), signal, headers });
        if (!response.ok) {
          const problem = await response.json().catch(() => ({}));
          this.tell('stopped');
          fill(this.list, h('li', { class: 'error', role: 'alert' }, problem.message ?? `The server responds with ${response.status}`));
          return;
        }
        this.tell('live');
        for await (const event of events(response.body)) {
          last = event.id;
          if (event.data !== null) this.add(event);
        }
      } catch (error) {
        if (signal.aborted) return;
      }
      if (signal.aborted) return;
      this.tell('away');
      await new Promise((resume) => { setTimeout(resume, pause); });
    }
  }

  add({ type, data }) {
    this.count += 1;
    this.tell('live');
    const text = type === 'missed' ? `Something may be missing here: ${data}` : readable(data);
    this.list.prepend(h('li', { class: type === 'missed' ? 'missed' : null, value: this.count },
      h('time', {}, new Date().toLocaleTimeString()), h('pre', { dir: 'auto' }, text)));
    if (this.list.children.length > most) this.list.lastChild.remove();
    say(text.slice(0, 200));
  }
}

// readable returns JSON on several lines, and another text as it is.
function readable(data) {
  try {
    JSON.parse(data);
    return pretty(data);
  } catch {
    return data;
  }
}

// events returns the blocks of a stream as the standard has them, those without data too, for
// their IDs.
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  let id = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split('\n\n');
    text = blocks.pop();
    for (const block of blocks) {
      const event = { id, type: 'message', data: null };
      for (const line of block.split('\n')) {
        const [, key, rest] = /^([^:]*):? ?(.*)$/s.exec(line);
        if (key === 'id') id = rest;
        else if (key === 'event') event.type = rest;
        else if (key === 'data') event.data = event.data === null ? rest : `${event.data}\n${rest}`;
      }
      yield { ...event, id };
    }
  }
}
