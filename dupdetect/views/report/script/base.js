// Small pieces: elements made without markup strings, numbers, times, kinds of relation.

// KINDS ({name, label, apart}), KEPT_LABELS and REASONS stand before this script.
const KIND_LABELS = Object.fromEntries(KINDS.map((kind) => [kind.name, kind.label]));

const $ = (id) => document.getElementById(id);

// el('p', {class: 'fine', text: 'x', on: {click: f}}, child, ...): text only ever becomes text.
function el(name, set = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(set)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === 'text') node.textContent = value;
    else if (key === 'on') for (const [type, act] of Object.entries(value)) node.addEventListener(type, act);
    else if (key === 'at') {
      node.style.left = percent(value[0]);
      if (value.length > 1) node.style.width = percent(value[1]);
    } else node.setAttribute(key, value === true ? '' : String(value));
  }
  node.append(...children.flat().filter(given));
  return node;
}

const given = (child) => child !== null && child !== undefined && child !== false;
const fill = (node, ...children) => node.replaceChildren(...children.flat().filter(given));
const percent = (share) => `${+(share * 100).toFixed(3)}%`;
const number = (value) => value.toLocaleString('en');
const count = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value) => String(value).padStart(2, '0');

// Times are shown in UTC so that outlets in different zones can be compared.
function dayText(ms) {
  const day = new Date(ms);
  return `${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]} ${day.getUTCFullYear()}`;
}

function clockText(ms) {
  const day = new Date(ms);
  return `${two(day.getUTCHours())}:${two(day.getUTCMinutes())}`;
}

const timeText = (ms) => (ms === null ? 'time unknown' : `${dayText(ms)}, ${clockText(ms)}`);

function spanText(ms) {
  const minutes = Math.round(ms / 60000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 && hours < 10 ? `${hours} h ${minutes % 60} min` : `${Math.round(minutes / 60)} h`;
  return count(Math.round(hours / 24), 'day');
}

function rangeText(first, last) {
  if (first === null) return '';
  const [from, to] = [dayText(first), dayText(last)];
  return from === to ? from : `${from} – ${to}`;
}

const nameOf = (story) => story.publisher || story.id;
const hashOf = (...parts) => `#/${parts.map(encodeURIComponent).join('/')}`;

function kindTag(kind) {
  return el('span', {class: 'tag'}, el('span', {class: `dot k-${kind}`, 'aria-hidden': 'true'}), KIND_LABELS[kind] || 'Canonical');
}

// Wrap every occurrence of the terms in <mark>, as text nodes.
function marked(text, terms) {
  const found = [];
  const lower = text.toLowerCase();
  if (lower.length === text.length) {
    for (const term of terms) {
      for (let at = lower.indexOf(term); at >= 0; at = lower.indexOf(term, at + term.length)) found.push([at, at + term.length]);
    }
  }
  found.sort((a, b) => a[0] - b[0]);
  const parts = [];
  let done = 0;
  for (const [start, end] of found) {
    if (start < done) continue;
    parts.push(text.slice(done, start), el('mark', {text: text.slice(start, end)}));
    done = end;
  }
  parts.push(text.slice(done));
  return parts;
}
