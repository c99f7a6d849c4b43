// The coverage map: the canonical story as a bar of words, a row per copy.

const ROWS = 60;
// Fewer words missing are an edit, not a cut.
const CUT = 5;

// What a copy is of the canonical story; its own kind is what it is of the story it was compared with.
const mapKind = (member) => member.mapKind || member.kind;

const spanWords = (spans) => spans.reduce((sum, [first, last]) => sum + last - first, 0);

// Words of `spans` that are not furniture of the canonical story.
function bodyWords(spans, furniture) {
  let words = 0;
  for (const [first, last] of spans) {
    words += last - first;
    for (const [start, end] of furniture) words -= Math.max(0, Math.min(last, end) - Math.max(first, start));
  }
  return words;
}

function describeCopy(member, axis) {
  const whole = axis.words - spanWords(axis.furniture);
  const kept = bodyWords(member.map, axis.furniture);
  const own = member.added.reduce((sum, [, words]) => sum + words, 0);
  const edges = member.map.length ? [member.map[0][0], member.map.at(-1)[1]] : [0, 0];
  const before = (!member.through && member.cutBefore) || bodyWords([[0, edges[0]]], axis.furniture);
  const after = (!member.through && member.cutAfter) || bodyWords([[edges[1], axis.words]], axis.furniture);
  const middle = Math.max(0, whole - kept - before - after);
  const cuts = [
    before >= CUT && `${number(before)} cut before`,
    middle >= CUT && `${number(middle)} in between`,
    after >= CUT && `${number(after)} cut after`,
  ].filter(Boolean);
  return {whole, kept, own, cuts};
}

function copyNote(member, axis) {
  const {whole, kept, own, cuts} = describeCopy(member, axis);
  const first = kept < whole ? `${number(kept)} of ${number(whole)} words` : 'the whole story';
  return {first, second: [...cuts, own ? `+${number(own)} of its own` : null].filter(Boolean).join(', ')};
}

function track(member, axis) {
  const whole = axis.words || 1;
  const {first, second} = copyNote(member, axis);
  const bar = el('div', {class: 'track', role: 'img', 'aria-label': `Kept ${first}${second ? `; ${second}` : ''}`});
  for (const [from, to, start, end] of member.map) {
    bar.append(el('span', {class: `seg k-${mapKind(member)}`, at: [from / whole, (to - from) / whole], 'data-from': from, 'data-to': to, 'data-start': start, 'data-end': end}));
  }
  // Where it was cut: an edge of what it kept that is not an edge of the story.
  const gaps = [0, ...member.map.flatMap(([from, to]) => [from, to]), whole];
  for (let at = 0; at < gaps.length; at += 2) {
    if (bodyWords([[gaps[at], gaps[at + 1]]], axis.furniture) < CUT) continue;
    for (const edge of [gaps[at], gaps[at + 1]]) {
      if (edge > 0 && edge < whole) bar.append(el('span', {class: 'cut', at: [edge / whole]}));
    }
  }
  for (const [place, words, start, end] of member.added) {
    bar.append(el('span', {class: 'add', at: [place / whole], title: `+${words} words of its own`, 'data-words': words, 'data-start': start, 'data-end': end}));
  }
  return bar;
}

function axisBar(axis) {
  const bar = el('div', {class: 'track canonical', role: 'img', 'aria-label': `The canonical story, ${number(axis.words)} words in ${count(axis.paragraphs.length, 'paragraph')}`});
  const whole = axis.words || 1;
  for (const [from, to, start, end] of axis.paragraphs) {
    bar.append(el('span', {class: 'seg', at: [from / whole, (to - from) / whole], 'data-from': from, 'data-to': to, 'data-start': start, 'data-end': end}));
  }
  for (const [from, to] of axis.furniture) {
    bar.append(el('span', {class: 'seg furniture', at: [from / whole, (to - from) / whole]}));
  }
  return bar;
}

// How many copies kept each word, as [word, copies] steps.
function survival(copies, axis) {
  const steps = new Map([[0, 0], [axis.words, 0]]);
  for (const member of copies) {
    for (const [from, to] of member.map) {
      steps.set(from, (steps.get(from) || 0) + 1);
      steps.set(to, (steps.get(to) || 0) - 1);
    }
  }
  let height = 0;
  return [...steps].sort((a, b) => a[0] - b[0]).map(([word, change]) => [word, (height += change)]);
}

function survivalChart(copies, axis) {
  const most = copies.length || 1;
  const top = 30;
  let path = `M0 ${top}`;
  let last = 0;
  for (const [word, kept] of survival(copies, axis)) {
    path += `L${word} ${(top - last / most * top).toFixed(2)}L${word} ${(top - kept / most * top).toFixed(2)}`;
    last = kept;
  }
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', `0 0 ${axis.words || 1} ${top}`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('class', 'survival');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', 'How many copies kept each part of the story');
  const shape = document.createElementNS(space, 'path');
  shape.setAttribute('d', `${path}Z`);
  svg.append(shape);
  return svg;
}

function axisScale(words) {
  const step = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000].find((size) => words / size <= 6) || 100000;
  const marks = [];
  // A number at the very end would hang over the edge.
  for (let at = 0; at <= words * 0.94; at += step) marks.push(at);
  return el('div', {class: 'scale', 'aria-hidden': 'true'}, marks.map((at) => el('span', {at: [at / (words || 1)], text: at === 0 ? 'word 1' : number(at)})));
}

function coverageMap(cluster) {
  const axis = cluster.axis;
  const canonical = cluster.members[cluster.canonical];
  const copies = cluster.members.filter((member) => member !== canonical);
  const reading = el('p', {class: 'reading', id: 'reading'}, 'Point at a part of a bar to read it. Select a row to see the two texts side by side.');
  const rows = el('ol', {class: 'rows', id: 'map-rows'});
  let shown = 0;
  const grow = (many) => {
    const next = copies.slice(shown, shown + many);
    rows.append(...foldByOutlet(next, next.map((member) => mapRow(member, cluster, canonical)), -1));
    shown = Math.min(copies.length, shown + many);
  };
  grow(ROWS);
  const more = copies.length > shown && el('button', {type: 'button', class: 'quiet wide', text: `Show all ${number(copies.length)} copies`, on: {click: (event) => { grow(copies.length); event.target.remove(); }}});
  const map = el('div', {class: 'map', id: 'map'},
    copies.length > 1 && el('div', {class: 'row head'}, el('span', {class: 'who', text: 'Copies that kept it'}), survivalChart(copies, axis), el('span', {class: 'note-cell', text: `of ${number(copies.length)}`})),
    el('div', {class: 'row'},
      el('span', {class: 'who'}, el('b', {dir: 'auto', text: nameOf(canonical)}), el('small', {text: 'canonical'})),
      axisBar(axis),
      el('span', {class: 'note-cell'}, `${number(axis.words - spanWords(axis.furniture))} words`, axis.furniture.length ? el('small', {text: `${number(spanWords(axis.furniture))} of furniture`}) : null)),
    el('div', {class: 'row head'}, el('span'), axisScale(axis.words), el('span')),
    rows, more);
  map.addEventListener('pointerover', (event) => readAloud(event.target, cluster, canonical, reading));
  return el('section', {'aria-labelledby': 'map-title'},
    el('h2', {id: 'map-title', text: 'What each copy kept'}), legend(cluster), map, reading);
}

function mapRow(member, cluster, canonical) {
  const {first, second} = copyNote(member, cluster.axis);
  const start = Math.min(...cluster.members.map((other) => other.time ?? Infinity));
  const delay = member.time === null ? 'time unknown' : member.time === start ? 'first' : `+${spanText(member.time - start)}`;
  const href = hashOf('cluster', cluster.id, 'with', member.id);
  const row = el('li', {class: 'row', 'data-id': member.id},
    el('a', {class: 'who', href, 'aria-label': `${nameOf(member)}, ${KIND_LABELS[mapKind(member)] || ''}, kept ${first}. Compare the texts`},
      el('b', {dir: 'auto', text: nameOf(member)}), el('small', {text: delay})),
    track(member, cluster.axis),
    el('span', {class: 'note-cell'}, first, el('small', {text: [second, member.through ? `${(KIND_LABELS[member.kind] || 'by way').toLowerCase()} of ${nameOf(cluster.members[member.parent] || canonical)}` : ''].filter(Boolean).join(' · ')})));
  row.addEventListener('click', (event) => { if (!event.target.closest('a, button')) location.hash = href; });
  return row;
}

function readAloud(target, cluster, canonical, reading) {
  const part = target.closest('[data-start]');
  if (!part) return;
  const row = part.closest('[data-id]');
  const member = row ? cluster.members.find((other) => other.id === row.dataset.id) : canonical;
  const added = part.classList.contains('add');
  const held = cluster.texts[(added ? member : canonical).text];
  if (!held) return;
  const words = held.text.slice(Number(part.dataset.start), Number(part.dataset.end)).replace(/\s+/g, ' ');
  const where = added ? `${nameOf(member)} added ${part.dataset.words} words` : `${row ? `${nameOf(member)} kept words` : 'Words'} ${number(Number(part.dataset.from) + 1)}–${number(Number(part.dataset.to))}`;
  reading.replaceChildren(el('b', {text: where}), ' ', el('span', {dir: 'auto', text: shortened(words)}));
}

const shortened = (words) => (words.length > 230 ? `${words.slice(0, 150).replace(/\s\S*$/, '')} … ${words.slice(-70).replace(/^\S*\s/, '')}` : words);

function legend(cluster) {
  const added = cluster.members.some((member) => member.added?.length);
  const kinds = KINDS.map((kind) => kind.name).filter((kind) => cluster.members.some((member) => mapKind(member) === kind));
  return el('ul', {class: 'legend'},
    kinds.map((kind) => el('li', {}, el('span', {class: `swatch k-${kind}`, 'aria-hidden': 'true'}), KIND_LABELS[kind])),
    el('li', {}, el('span', {class: 'swatch cut-sign', 'aria-hidden': 'true'}), 'cut here'),
    added && el('li', {}, el('span', {class: 'swatch add-sign', 'aria-hidden': 'true'}), 'added here'),
    cluster.axis.furniture.length ? el('li', {}, el('span', {class: 'swatch furniture', 'aria-hidden': 'true'}), 'furniture') : null);
}
