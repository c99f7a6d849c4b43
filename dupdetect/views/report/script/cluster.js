// One cluster: headline, coverage map, timeline, members, paragraphs, overlaps with other clusters.

function showCluster(view, cluster) {
  const canonical = cluster.members[cluster.canonical];
  const single = cluster.members.length < 2;
  const outlets = new Set(cluster.members.map((member) => member.publisher).filter(Boolean));
  const missing = cluster.stories - cluster.members.length;
  const times = cluster.members.map((member) => member.time).filter((time) => time !== null);
  const facts = [
    count(cluster.stories, 'story', 'stories'),
    outlets.size ? count(outlets.size, 'outlet') : null,
    times.length ? rangeText(Math.min(...times), Math.max(...times)) : null,
  ].filter(Boolean).join(' · ');
  fill(view,
    el('p', {class: 'kicker'}, el('a', {href: lastList, text: 'Stories'}), ` / ${facts}`),
    el('h1', {tabindex: '-1', dir: 'auto', text: canonical.title || canonical.id}),
    el('p', {class: 'standfirst'}, 'Canonical story: ', el('b', {dir: 'auto', text: nameOf(canonical)}),
      canonical.publisher ? el('span', {class: 'story-id', text: canonical.id}) : null,
      canonical.url && el('span', {class: 'story-id'}, ownPage(canonical))),
    missing > 0 && el('p', {class: 'note', text: `${number(missing)} more copies are not in this file. They are in the clusters table of the results folder; dupdetect explain shows each of them.`}),
    !cluster.texts.length && el('p', {class: 'note', text: `This file has no room for the texts of this cluster. See them with: dupdetect explain OUT ${cluster.id}`}),
    single ? null : [coverageMap(cluster), timeline(cluster), membersTable(cluster), paragraphs(cluster)],
    overlaps(cluster));
}

// The columns of the table: heading, what stands in it for a copy, whether it is a number.
function memberColumns(cluster) {
  const known = (name) => cluster.members.some((member) => member.parent >= 0 && member[name] !== null && member[name] !== '–');
  return [
    ['Kind', (member) => kindTag(member.kind), false],
    ['Kept', (member) => KEPT_LABELS[member.kept] || '–', false],
    ['Its words found', (member) => member.coverage, true],
    known('exact') && ['Unchanged', (member) => member.exact, true],
    ['Story kept', (member) => member.parentCoverage, true],
    known('certainty') && ['Certainty', (member) => member.certainty || '–', true],
  ].filter(given);
}

function membersTable(cluster) {
  const columns = memberColumns(cluster);
  const heads = [['Outlet', false], ...columns.map(([head, , isNumber]) => [head, isNumber]), ['Words', true], ['Published, UTC', false], ['Credit', false]];
  const table = el('table', {class: 'plain members', role: 'table'},
    el('caption', {class: 'hidden', text: 'Stories of this cluster in order of publication'}),
    el('thead', {role: 'rowgroup'}, el('tr', {role: 'row'}, heads.map(([head, isNumber]) => el('th', {scope: 'col', role: 'columnheader', class: isNumber ? 'number' : null, text: head})))),
    el('tbody', {role: 'rowgroup'}, foldByOutlet(cluster.members, cluster.members.map((member) => memberRow(cluster, member, columns)), cluster.canonical)));
  const exact = columns.some(([head]) => head === 'Unchanged') ? ' Unchanged: share of its words that stand there as they are, in order.' : '';
  return el('section', {'aria-labelledby': 'members-title'},
    el('h2', {id: 'members-title', text: 'Members'}),
    el('p', {}, saveButton('Save this table as CSV', 'cluster.csv', MEMBER_HEADS, () => cluster.members.map((member) => memberCells(cluster, member)))),
    el('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Table of members'}, table),
    el('p', {class: 'fine', text: `Its words found: share of this story that stands in the story it was compared with.${exact} Story kept: share of that story that stands in this one. Words count the whole page text.`}));
}

// Of one outlet's rows the first stands, the others fold behind it until they are asked for.
function foldByOutlet(members, rows, kept) {
  const firsts = new Map();
  rows.forEach((row, at) => {
    const outlet = members[at].publisher;
    if (!outlet) return;
    if (!firsts.has(outlet)) firsts.set(outlet, {row, others: []});
    else if (at !== kept) firsts.get(outlet).others.push(row);
  });
  for (const {row, others} of firsts.values()) {
    if (!others.length) continue;
    for (const other of others) other.hidden = true;
    const label = (open) => (open ? `hide ${number(others.length)} of this outlet` : `${number(others.length)} more of this outlet`);
    (row.querySelector('.note-cell') || row.firstElementChild).append(el('button', {
      type: 'button', class: 'quiet fold', 'aria-expanded': 'false', text: label(false),
      on: {click: (event) => {
        event.stopPropagation();
        const open = others[0].hidden;
        for (const other of others) other.hidden = !open;
        event.target.setAttribute('aria-expanded', String(open));
        event.target.textContent = label(open);
      }},
    }));
  }
  return rows;
}

function memberRow(cluster, member, columns) {
  const canonical = cluster.members[cluster.canonical];
  const isCanonical = member === canonical;
  const parent = cluster.members[member.parent];
  const other = parent && parent !== canonical;
  const own = member.title && member.title !== canonical.title;
  const name = isCanonical ? el('b', {dir: 'auto', text: nameOf(member)})
    : el('a', {href: hashOf('cluster', cluster.id, 'with', member.id), dir: 'auto', text: nameOf(member)});
  // On a narrow screen a row becomes a card and each cell names its column; the roles keep it a table.
  const cell = (head, set, ...children) => el('td', {role: 'cell', 'data-head': head, ...set}, ...children);
  const shown = (head, value) => (!isCanonical ? value(member) : head === 'Kind' ? kindTag('canonical') : '–');
  return el('tr', {role: 'row', class: isCanonical ? 'is-canonical' : null},
    el('th', {scope: 'row', role: 'rowheader'}, name,
      own && el('small', {dir: 'auto', text: member.title}),
      member.author && el('small', {dir: 'auto', text: member.author}),
      member.url && el('small', {}, ownPage(member)),
      other && el('small', {text: `compared with ${nameOf(parent)}`})),
    columns.map(([head, value, isNumber]) => cell(head, {class: isNumber ? 'number' : null}, shown(head, value))),
    cell('Words', {class: 'number', text: number(member.words)}),
    cell('Published, UTC', {title: member.published, text: member.time === null ? member.published || '–' : timeText(member.time)}),
    cell('Credit', {dir: 'auto', text: member.credits.join(', ') || '–'}));
}

// The canonical text with how many copies kept each paragraph.
function paragraphs(cluster) {
  const held = textOf(cluster, cluster.canonical);
  const copies = cluster.members.filter((member, at) => at !== cluster.canonical);
  if (!held || !copies.length) return null;
  const furniture = cluster.axis.furniture;
  const lines = cluster.axis.paragraphs.map(([from, to, start, end]) => {
    const kept = copies.filter((member) => {
      const words = member.map.reduce((sum, [first, last]) => sum + Math.max(0, Math.min(last, to) - Math.max(first, from)), 0);
      return words * 2 >= to - from;
    }).length;
    const foreign = furniture.some(([first, last]) => first <= from && last >= to);
    return el('li', {class: foreign ? 'furniture-line' : null},
      el('span', {class: 'kept-by', title: `Kept by ${kept} of ${copies.length}`},
        el('meter', {min: '0', max: copies.length, value: kept, 'aria-hidden': 'true'}),
        el('span', {text: foreign ? 'furniture' : `${kept} of ${copies.length}`})),
      el('p', {dir: 'auto', text: held.text.slice(start, end)}));
  });
  return el('details', {class: 'paragraphs'},
    el('summary', {text: 'The story, and how many copies kept each paragraph'}),
    el('ol', {}, lines));
}

function overlapFacts(overlap, [here, there]) {
  const unchanged = (share) => (share === '–' ? '' : ` (${share} unchanged)`);
  const facts = [
    `${count(overlap.words, 'word')} shared`,
    overlap.quoted ? `, ${number(overlap.quoted)} of them quoted` : null,
    `; ${overlap.coverage} of ${here}${unchanged(overlap.exact)}, ${overlap.otherCoverage} of ${there}${unchanged(overlap.otherExact)}`,
    overlap.certainty === null ? null : `; certainty ${overlap.certainty}`,
  ];
  return facts.filter(Boolean).join('');
}

function overlaps(cluster) {
  if (!cluster.overlaps.length) return null;
  return el('section', {'aria-labelledby': 'overlaps-title'},
    el('h2', {id: 'overlaps-title', text: 'Shares passages with other stories'}),
    el('ul', {class: 'overlaps'}, cluster.overlaps.map((overlap, at) => el('li', {},
      el('a', {href: hashOf('cluster', cluster.id, 'overlap', String(at)), dir: 'auto', text: overlap.otherTitle || overlap.other}),
      overlap.kind === 'overlap' ? null : kindTag(overlap.kind),
      el('small', {text: overlapFacts(overlap, ['this story', 'the other'])})))),
    el('p', {class: 'fine', text: 'These stories stay in clusters of their own.'}));
}
