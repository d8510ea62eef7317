// Elements, made without HTML: whatever a text holds, it stays text.

// h returns an element. Properties that begin with "on" are listeners, and those that are false,
// null or undefined are left out. Children are elements, texts, or lists of both.
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'value' || name === 'checked' || name === 'selected') element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...flat(children));
  return element;
}

function flat(children) {
  return children.flat(9).filter((c) => c !== null && c !== undefined && c !== false);
}

// fill replaces what an element holds.
export function fill(element, ...children) {
  element.replaceChildren(...flat(children));
  return element;
}

// name returns a name of the database, isolated from the direction of the text around it.
export function name(text, properties = {}) {
  return h('bdi', { class: 'name', ...properties }, text);
}

// prose returns a comment as paragraphs, with `code` as code.
export function prose(text) {
  return text.split(/\n{2,}/).filter((p) => p.trim()).map((p) => h('p', { dir: 'auto' },
    p.split(/`([^`]+)`/).map((part, i) => (i % 2 ? h('code', {}, part) : part))));
}

let last = 0;

// id returns an ID that no other element has.
export function id() {
  last += 1;
  return `e${last}`;
}

// say has screen readers read a text.
export function say(text) {
  document.getElementById('status').textContent = text;
}

// copyButton returns a button that copies a text.
export function copyButton(text, label = 'Copy') {
  const button = h('button', { type: 'button', class: 'quiet', onclick: async () => {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = 'Copied';
    } catch {
      button.textContent = 'The browser refuses; select it instead';
    }
    say(button.textContent);
    setTimeout(() => { button.textContent = label; }, 2000);
  } }, label);
  return button;
}
