// The list of clusters: search, filters, order.

const PAGE = 50;
const ORDERS = {
  stories: ['Most copies', (a, b) => b.stories - a.stories || a.at - b.at],
  newest: ['Newest first', (a, b) => (b.last ?? -Infinity) - (a.last ?? -Infinity) || a.at - b.at],
  oldest: ['Oldest first', (a, b) => (a.first ?? Infinity) - (b.first ?? Infinity) || a.at - b.at],
  spread: ['Longest run', (a, b) => (b.last - b.first) - (a.last - a.first) || a.at - b.at],
  doubt: ['Least certain first', (a, b) => (a.certainty ?? 2) - (b.certainty ?? 2) || a.at - b.at],
  words: ['Longest text', (a, b) => b.words - a.words || a.at - b.at],
};
let searching = 0;

const DATE = /^\d{4}-\d\d-\d\d$/;
const dayOf = (text) => (DATE.test(text || '') && !Number.isNaN(Date.parse(text)) ? text : '');

const share = (text) => Math.min(1, Math.max(0, Number.parseFloat(text) || 0));

function readFilters(query) {
  const given = new URLSearchParams(query);
  return {
    q: given.get('q') || '',
    outlet: given.get('outlet') || '',
    kinds: (given.get('kind') || '').split(',').filter((kind) => Object.hasOwn(KIND_LABELS, kind)),
    least: Math.max(1, Number.parseInt(given.get('least') || '2', 10) || 1),
    certain: share(given.get('certain')),
    from: dayOf(given.get('from')),
    to: dayOf(given.get('to')),
    agency: given.get('agency') || '',
    language: given.get('language') || '',
    order: Object.hasOwn(ORDERS, given.get('order') || '') ? given.get('order') : 'stories',
  };
}

function filtersHash(filters) {
  const given = new URLSearchParams();
  if (filters.q) given.set('q', filters.q);
  if (filters.outlet) given.set('outlet', filters.outlet);
  if (filters.kinds.length) given.set('kind', filters.kinds.join(','));
  if (filters.least !== 2) given.set('least', filters.least);
  if (filters.certain) given.set('certain', filters.certain);
  for (const name of ['from', 'to', 'agency', 'language']) if (filters[name]) given.set(name, filters[name]);
  if (filters.order !== 'stories') given.set('order', filters.order);
  const query = given.toString();
  return `#/stories${query ? `?${query}` : ''}`;
}

// Words, and "several words" in quotation marks; all must occur in the cluster.
const termsOf = (q) => [...q.toLowerCase().matchAll(/"([^"]+)"|(\S+)/g)].map((found) => (found[1] || found[2]).replaceAll('"', '')).filter(Boolean);

function passes(filters) {
  const wanted = filters.outlet.toLowerCase();
  const outlets = wanted ? new Set(index.publishersLower.flatMap((name, at) => (name.includes(wanted) ? [at] : []))) : null;
  const kinds = filters.kinds.map((name) => KINDS.findIndex((kind) => kind.name === name));
  // A single story is in the file only for those it relates to and stays apart from.
  const least = filters.least === 2 && kinds.some((kind) => KINDS[kind].apart) ? 1 : filters.least;
  const [from, to] = [filters.from ? Date.parse(filters.from) : -Infinity, filters.to ? Date.parse(filters.to) + 864e5 - 1 : Infinity];
  const dated = filters.from || filters.to;
  const [agency, language] = [index.agencyNames.indexOf(filters.agency), index.languageNames.indexOf(filters.language)];
  return (entry) => entry.stories >= least
    && (!dated || (entry.first !== null && entry.last >= from && entry.first <= to))
    && (!filters.agency || entry.agencies.includes(agency))
    && (!filters.language || entry.languages.includes(language))
    && (!filters.certain || (entry.certainty !== null && entry.certainty >= filters.certain))
    && (!kinds.length || kinds.some((kind) => entry.kinds[kind] > 0))
    && (!outlets || entry.outlets.some((outlet) => outlets.has(outlet)));
}

function inHeadline(entry, terms) {
  return terms.every((term) => entry.lower.includes(term) || entry.id.toLowerCase() === term
    || entry.outlets.some((outlet) => index.publishersLower[outlet].includes(term)));
}

// Looks through the texts block by block; gives the entries of each block that hold every term.
async function* inTexts(entries, terms, alive) {
  const blocks = new Map();
  for (const entry of entries) {
    if (!blocks.has(entry.block)) blocks.set(entry.block, []);
    blocks.get(entry.block).push(entry);
  }
  const escaped = terms.map((term) => JSON.stringify(term).slice(1, -1));
  let done = 0;
  for (const [block, group] of blocks) {
    const text = await blockText(block);
    if (!alive()) return;
    done += 1;
    const lower = text.toLowerCase();
    const found = [];
    if (escaped.every((term) => lower.includes(term))) {
      const clusters = new Map(JSON.parse(text).map((cluster) => [cluster.id, cluster]));
      for (const entry of group) {
        const snippet = findSnippet(clusters.get(entry.id), terms);
        if (snippet) found.push([entry, snippet]);
      }
    }
    yield {found, done, of: blocks.size};
  }
}

function findSnippet(cluster, terms) {
  for (const member of cluster.members) {
    const held = cluster.texts[member.text];
    const body = held ? held.text : '';
    const whole = `${member.title}\n${body}`.toLowerCase();
    if (!terms.every((term) => whole.includes(term))) continue;
    const at = body.toLowerCase().indexOf(terms[0]);
    if (at < 0) return `${nameOf(member)}: ${member.title}`;
    const start = Math.max(0, at - 60);
    const before = body.slice(start, at).replace(start ? /^\S*\s/ : /^/, '');
    const after = body.slice(at, at + 130).replace(at + 130 < body.length ? /\s\S*$/ : /$/, '');
    return `${start ? '… ' : ''}${before}${after} …`.replace(/\s+/g, ' ');
  }
  return null;
}

function listItem(entry, terms, snippet) {
  const all = entry.kinds.map((many, at) => [many, KINDS[at]]).filter(([many]) => many);
  const kinds = all.filter(([, kind]) => !kind.apart).map(([many, kind]) => [many, kind.name]);
  const copies = kinds.reduce((sum, [many]) => sum + many, 0);
  const facts = [
    entry.outlets.length ? count(entry.outlets.length, 'outlet') : null,
    rangeText(entry.first, entry.last),
    ...all.filter(([, kind]) => kind.apart).map(([many, kind]) => count(many, kind.label.toLowerCase())),
  ].filter(Boolean).join(' · ');
  return el('li', {class: 'item'},
    el('span', {class: 'item-count'}, el('b', {text: number(entry.stories)}), el('span', {text: entry.stories === 1 ? 'story' : 'stories'})),
    el('div', {class: 'item-body'},
      el('a', {class: 'item-title', href: hashOf('cluster', entry.id), dir: 'auto'}, marked(entry.title || entry.id, terms)),
      el('p', {class: 'item-facts', text: facts}),
      snippet && el('p', {class: 'item-snippet', dir: 'auto'}, marked(snippet, terms)),
      copies > 0 && el('div', {class: 'split', role: 'img', 'aria-label': kinds.map(([many, kind]) => `${many} ${KIND_LABELS[kind].toLowerCase()}`).join(', ')},
        kinds.map(([many, kind]) => {
          const part = el('span', {class: `k-${kind}`, title: `${many} ${KIND_LABELS[kind].toLowerCase()}`});
          part.style.flexGrow = many;
          return part;
        }))));
}

function showList(view, filters) {
  const turn = (searching += 1);
  const list = el('ol', {class: 'items', id: 'items'});
  const status = el('p', {class: 'status', role: 'status', id: 'status'});
  const more = el('button', {type: 'button', class: 'quiet wide', text: `Show ${PAGE} more`});
  const found = [];
  fill(view,
    el('h1', {tabindex: '-1', text: 'Stories'}), filterForm(filters),
    el('div', {class: 'list-head'}, status, saveButton('Save this list as CSV', 'stories.csv', CLUSTER_HEADS, () => found.map(([entry]) => clusterCells(entry)))),
    list, more);
  const terms = termsOf(filters.q);
  const kept = index.filter(passes(filters)).sort(ORDERS[filters.order][1]);
  const first = terms.length ? kept.filter((entry) => inHeadline(entry, terms)) : kept;
  const seen = new Set(first);
  found.push(...first.map((entry) => [entry, null]));
  let shown = 0;
  const tell = (still) => {
    const what = `${count(found.length, 'cluster')}${terms.length ? ` with ${filters.q.trim()}` : ''}`;
    const lacking = terms.length && $('left-out') ? ' (this file does not hold all texts)' : '';
    status.textContent = still ? `${what} so far; searched ${still} of the texts` : what + lacking;
    more.hidden = shown >= found.length;
  };
  const grow = () => {
    const next = found.slice(shown, shown + PAGE);
    list.append(...next.map(([entry, snippet]) => listItem(entry, terms, snippet)));
    shown += next.length;
  };
  more.addEventListener('click', () => {
    const at = list.children.length;
    grow();
    tell();
    list.children[at]?.querySelector('a').focus();
  });
  grow();
  tell(terms.length ? '0%' : null);
  if (terms.length) searchTexts(kept.filter((entry) => !seen.has(entry)), terms, turn, (entries, still) => {
    found.push(...entries);
    if (shown < PAGE) grow();
    tell(still);
  });
}

async function searchTexts(entries, terms, turn, report) {
  const alive = () => turn === searching;
  if (!entries.length) report([], null);
  for await (const {found, done, of} of inTexts(entries, terms, alive)) {
    if (!alive()) return;
    report(found, done < of ? `${Math.floor(100 * done / of)}%` : null);
  }
}

function filterForm(filters) {
  const go = (change) => { location.replace(filtersHash({...filters, ...change})); };
  const chips = KINDS.map(({name: kind}) => {
    const on = filters.kinds.includes(kind);
    return el('button', {
      type: 'button', class: 'chip', 'aria-pressed': String(on), id: `chip-${kind}`,
      on: {click: () => go({kinds: on ? filters.kinds.filter((other) => other !== kind) : [...filters.kinds, kind]})},
    }, el('span', {class: `dot k-${kind}`, 'aria-hidden': 'true'}), KIND_LABELS[kind]);
  });
  const outlet = el('input', {id: 'outlet', list: 'publishers', value: filters.outlet, placeholder: 'any', autocomplete: 'off', on: {change: (event) => go({outlet: event.target.value})}});
  const least = el('input', {id: 'least', type: 'number', min: '1', value: filters.least, inputmode: 'numeric', on: {change: (event) => go({least: Math.max(1, Number.parseInt(event.target.value, 10) || 1)})}});
  const certain = el('input', {id: 'certain', type: 'number', min: '0', max: '1', step: '0.05', value: filters.certain, inputmode: 'decimal', title: 'Of the least certain copy in the cluster', on: {change: (event) => go({certain: share(event.target.value)})}});
  const day = (name) => el('input', {id: name, type: 'date', value: filters[name], on: {change: (event) => go({[name]: dayOf(event.target.value)})}});
  const choice = (name, names) => names.length > 0 && el('select', {id: name, on: {change: (event) => go({[name]: event.target.value})}},
    el('option', {value: '', text: 'any'}),
    [...names].sort((a, b) => a.localeCompare(b)).map((one) => el('option', {value: one, selected: one === filters[name], text: one})));
  const agency = choice('agency', index.agencyNames);
  const language = choice('language', index.languageNames);
  const dated = index.some((entry) => entry.first !== null);
  const order = el('select', {id: 'order', on: {change: (event) => go({order: event.target.value})}},
    Object.entries(ORDERS).map(([name, [label]]) => el('option', {value: name, selected: name === filters.order, text: label})));
  return el('form', {class: 'filters', 'aria-label': 'Filters', on: {submit: (event) => event.preventDefault()}},
    el('div', {class: 'chips', role: 'group', 'aria-label': 'Kind of copy'}, chips),
    el('label', {}, 'Outlet', outlet),
    el('label', {}, 'Stories, at least', least),
    el('label', {}, 'Certainty, at least', certain),
    dated && [el('label', {}, 'From', day('from')), el('label', {}, 'To', day('to'))],
    agency && el('label', {}, 'Agency', agency),
    language && el('label', {}, 'Language', language),
    el('label', {}, 'Order', order),
    (filters.kinds.length || filters.outlet || filters.least !== 2 || filters.certain || filters.from || filters.to || filters.agency || filters.language || filters.q)
      ? el('a', {class: 'clear', href: '#/stories', text: 'Clear all'}) : null);
}
