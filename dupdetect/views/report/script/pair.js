// Two stories side by side: passages linked by colour and number, changed words, cuts, furniture.

const TINTS = 6;

const holding = (spans, at) => spans.findIndex(([start, end]) => start <= at && at < end);

// Passages and furniture end with a word; the full stop after it and the quote before belong along.
function snug(text, [start, end]) {
  const loose = /[^\p{L}\p{N}\s]/u;
  while (start > 0 && loose.test(text[start - 1])) start -= 1;
  while (end < text.length && loose.test(text[end])) end += 1;
  return [start, end];
}

// One text as paragraphs; every piece between two edges of any layer is a span of its own.
function paint(text, {passages: found, furniture: lines, changed, credits, side, rest}) {
  const [passages, furniture] = [found, lines].map((spans) => spans.map((span) => snug(text, span)));
  const edges = new Set([0, text.length]);
  for (const layer of [passages, furniture, changed, credits]) {
    for (const [start, end] of layer) edges.add(start).add(end);
  }
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) edges.add(at).add(at + 1);
  const cuts = [...edges].filter((at) => at >= 0 && at <= text.length).sort((a, b) => a - b);
  const numbered = new Set();
  const body = el('div', {class: 'text', dir: 'auto'});
  let line = el('p');
  for (let k = 0; k + 1 < cuts.length; k += 1) {
    const [start, end] = [cuts[k], cuts[k + 1]];
    const piece = text.slice(start, end);
    if (piece === '\n') {
      if (line.childNodes.length) body.append(line);
      line = el('p');
      continue;
    }
    const passage = holding(passages, start);
    const foreign = holding(furniture, start) >= 0;
    const names = [
      passage >= 0 ? `passage tint-${passage % TINTS}` : rest,
      foreign ? 'furniture-part' : '',
      holding(credits, start) >= 0 ? 'credit-part' : '',
    ].filter(Boolean).join(' ');
    if (passage >= 0 && !numbered.has(passage)) {
      numbered.add(passage);
      line.append(el('button', {type: 'button', class: `number-tag tint-${passage % TINTS}`, 'data-passage': passage, 'aria-label': `Passage ${passage + 1}, show it in both texts`, text: passage + 1}));
    }
    const edited = passage >= 0 && holding(changed, start) >= 0;
    const name = edited ? (side === 'left' ? 'del' : 'ins') : 'span';
    line.append(el(name, {class: names, 'data-passage': passage >= 0 ? passage : null, text: piece}));
  }
  if (line.childNodes.length) body.append(line);
  return body;
}

function miniBar(text, passages) {
  const whole = text.length || 1;
  return el('div', {class: 'mini', 'aria-hidden': 'true'}, passages.map(([start, end], at) => el('span', {class: `tint-${at % TINTS}`, 'data-passage': at, at: [start / whole, (end - start) / whole]})));
}

function pane(story, layers, label) {
  return el('article', {class: `pane ${layers.side}`, 'aria-label': label},
    el('header', {},
      el('small', {class: 'pane-role', text: label}),
      el('h2', {dir: 'auto', text: nameOf(story.member)}),
      el('p', {class: 'pane-title', dir: 'auto', text: story.member.title}),
      el('p', {class: 'fine', text: [timeText(story.member.time), story.member.credits.length ? `credits ${story.member.credits.join(', ')}` : null, `${number(story.member.words)} words`].filter(Boolean).join(' · ')}),
      story.member.url && el('p', {class: 'fine'}, ownPage(story.member)),
      miniBar(story.text.text, layers.passages)),
    el('div', {class: 'pane-text', tabindex: '0', role: 'region', 'aria-label': `Text, ${nameOf(story.member)}`}, paint(story.text.text, layers)));
}

function pairPanes(left, right, {passages, changed}, labels, rests = ['cut-part', 'own-part']) {
  const gone = changed.map((span) => span.slice(0, 2));
  const come = changed.map((span) => span.slice(2));
  const panes = el('div', {class: 'pair', id: 'pair'},
    pane(left, {passages: passages.map((found) => found.slice(0, 2)), furniture: left.text.furniture, changed: gone, credits: left.member.creditSpans, side: 'left', rest: rests[0]}, labels[0]),
    pane(right, {passages: passages.map((found) => found.slice(2)), furniture: right.text.furniture, changed: come, credits: right.member.creditSpans, side: 'right', rest: rests[1]}, labels[1]));
  panes.addEventListener('click', (event) => {
    const part = event.target.closest('[data-passage]');
    if (part && !String(getSelection())) goToPassage(Number(part.dataset.passage));
  });
  panes.dataset.count = passages.length;
  return panes;
}

// Which lines of both texts do not count, and why.
function leftOut(stories) {
  const lists = stories.map(({member, text}) => [nameOf(member), text]).filter(([, text]) => text.leftOut.length);
  if (!lists.length) return null;
  return el('details', {class: 'left-out'},
    el('summary', {text: `Lines left out, and why: ${count(lists.reduce((sum, [, text]) => sum + text.leftOut.length, 0), 'line')}`}),
    lists.flatMap(([name, text]) => [
      el('h3', {dir: 'auto', text: name}),
      el('ul', {}, text.leftOut.map(([start, end, reason]) => el('li', {}, el('q', {dir: 'auto', text: text.text.slice(start, end)}), ` ${REASONS[reason]}`))),
    ]));
}

// Bring a passage into view on both sides, at the same height.
function goToPassage(number) {
  const pair = $('pair');
  if (!pair) return;
  const many = Number(pair.dataset.count);
  if (!many) return;
  const at = ((number % many) + many) % many;
  pair.dataset.current = at;
  for (const part of pair.querySelectorAll('.current')) part.classList.remove('current');
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  for (const box of pair.querySelectorAll('.pane-text')) {
    const parts = box.querySelectorAll(`[data-passage="${at}"]`);
    for (const part of parts) part.classList.add('current');
    if (!parts.length) continue;
    const top = parts[0].getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
    box.scrollTo({top: top - box.clientHeight * 0.18, behavior: calm ? 'auto' : 'smooth'});
  }
  const status = $('passage-status');
  if (status) status.textContent = `Passage ${at + 1} of ${many}`;
}

const stepPassage = (step) => {
  const pair = $('pair');
  if (!pair) return;
  const now = pair.dataset.current;
  goToPassage(now === undefined ? (step > 0 ? 0 : -1) : Number(now) + step);
};

function pairLegend(overlapping) {
  return el('ul', {class: 'legend'},
    el('li', {}, el('span', {class: 'number-tag tint-0', 'aria-hidden': 'true', text: '1'}), 'shared passage'),
    el('li', {}, el('del', {class: 'passage tint-0', text: 'out'}), ' ', el('ins', {class: 'passage tint-0', text: 'in'}), ' changed words'),
    el('li', {}, el('span', {class: 'cut-part', text: overlapping ? 'not shared' : 'not kept'})),
    !overlapping && el('li', {}, el('span', {class: 'own-part', text: 'only in the copy'})),
    el('li', {}, el('span', {class: 'furniture-part', text: 'furniture'})));
}

function pairTools(many, overlapping = false) {
  return el('div', {class: 'pair-tools'},
    pairLegend(overlapping),
    many > 0 && el('div', {class: 'steps'},
      el('button', {type: 'button', class: 'quiet', 'aria-label': 'Previous passage', text: '‹', on: {click: () => stepPassage(-1)}}),
      el('span', {id: 'passage-status', role: 'status', text: count(many, 'passage')}),
      el('button', {type: 'button', class: 'quiet', 'aria-label': 'Next passage', text: '›', on: {click: () => stepPassage(1)}})));
}

function pairSentence(member, parent) {
  const kept = KEPT_LABELS[member.kept];
  const parts = [
    kept ? `Kept ${kept}.` : null,
    `${member.coverage} of its words stand in ${nameOf(parent)}’s text, ${member.parentCoverage} of which it kept.`,
    member.exact === '–' ? null : `${member.exact} of its words stand there unchanged, in order.`,
    member.cutBefore ? `${number(member.cutBefore)} words cut before.` : null,
    member.cutAfter ? `${number(member.cutAfter)} words cut after.` : null,
    member.quoted ? `${number(member.quoted)} of the shared words are quotations.` : null,
    member.certainty === null ? null : `Certainty ${member.certainty}.`,
  ];
  return parts.filter(Boolean).join(' ');
}

function showCopy(view, cluster, id) {
  const canonical = cluster.members[cluster.canonical];
  const member = cluster.members.find((other) => other.id === id && other !== canonical);
  if (!member) return showMissing(view, id);
  const parent = cluster.members[member.parent] || canonical;
  const copies = cluster.members.filter((other) => other !== canonical);
  const go = el('select', {id: 'copy', 'aria-label': 'Copy to compare', on: {change: (event) => { location.hash = hashOf('cluster', cluster.id, 'with', event.target.value); }}},
    copies.map((other) => el('option', {value: other.id, selected: other === member, text: `${nameOf(other)} (${(KIND_LABELS[other.kind] || '').toLowerCase()})`})));
  const [left, right] = [parent, member].map((story) => ({member: story, text: cluster.texts[story.text]}));
  fill(view,
    el('p', {class: 'kicker'}, el('a', {href: lastList, text: 'Stories'}), ' / ', el('a', {href: hashOf('cluster', cluster.id), dir: 'auto', text: canonical.title || canonical.id})),
    el('div', {class: 'pair-head'}, el('h1', {tabindex: '-1', text: 'Side by side'}), go),
    el('p', {class: 'standfirst'}, kindTag(member.kind), ' · ', pairSentence(member, parent)),
    parent !== canonical && el('p', {class: 'note', text: `${nameOf(member)} was compared with ${nameOf(parent)}, which is itself a copy of the canonical story.`}),
    ...(left.text && right.text
      ? [pairTools(member.passages.length), pairPanes(left, right, member, [parent === canonical ? 'Canonical story' : 'Compared with', 'Copy']), leftOut([left, right])]
      : [el('p', {class: 'note', text: `The texts are not in this file. See them with: dupdetect explain OUT ${member.id}`})]));
  return undefined;
}

async function showOverlap(view, cluster, at) {
  const overlap = cluster.overlaps[at];
  const other = overlap ? await openCluster(overlap.otherCluster) : null;
  const side = (from, id) => {
    const member = from?.members.find((story) => story.id === id);
    return member && from.texts[member.text] ? {member, text: from.texts[member.text]} : null;
  };
  const [left, right] = overlap ? [side(cluster, overlap.id), side(other, overlap.other)] : [null, null];
  const canonical = cluster.members[cluster.canonical];
  fill(view,
    el('p', {class: 'kicker'}, el('a', {href: lastList, text: 'Stories'}), ' / ', el('a', {href: hashOf('cluster', cluster.id), dir: 'auto', text: canonical.title || canonical.id})),
    el('h1', {tabindex: '-1', text: 'Two stories that share passages'}),
    overlap ? el('p', {class: 'standfirst'}, kindTag(overlap.kind), ` · ${overlapFacts(overlap, ['the first text', 'the second'])}.`) : null,
    ...(left && right
      ? [pairTools(overlap.passages.length, true), pairPanes(left, right, overlap, ['This story', 'Other story'], ['cut-part', 'cut-part']), leftOut([left, right])]
      : [el('p', {class: 'note', text: `The other text is not in this file. See it with: dupdetect explain OUT ${overlap ? overlap.other : ''}`})]));
}
