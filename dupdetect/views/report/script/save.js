// What is shown, saved as a table for a spreadsheet.

// A spreadsheet would run a cell that begins like this; numbers may begin so.
const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^[+-]?\d+([.,]\d+)?$/;

function csvCell(value) {
  const said = value === null || value === undefined ? '' : String(value);
  const safe = FORMULA.test(said) && !NUMBER.test(said) ? `'${said}` : said;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const csvOf = (heads, rows) => `\ufeff${[heads, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n')}\r\n`;
const isoText = (ms) => (ms === null ? '' : new Date(ms).toISOString());

function saveFile(name, text) {
  const address = URL.createObjectURL(new Blob([text], {type: 'text/csv;charset=utf-8'}));
  el('a', {href: address, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

// `rows` is called when the button is pressed.
function saveButton(label, name, heads, rows) {
  return el('button', {type: 'button', class: 'quiet save', on: {click: () => saveFile(name, csvOf(heads, rows()))}}, label);
}

const CLUSTER_HEADS = ['cluster', 'title', 'stories', 'outlets', 'first', 'last', ...KINDS.map((kind) => kind.name), 'least_certainty', 'agencies', 'languages', 'words'];

const clusterCells = (entry) => [
  entry.id, entry.title, entry.stories, entry.outlets.map((at) => index.publishers[at]).join('; '), isoText(entry.first), isoText(entry.last),
  ...entry.kinds, entry.certainty, entry.agencies.map((at) => index.agencyNames[at]).join('; '), entry.languages.map((at) => index.languageNames[at]).join('; '), entry.words,
];

const MEMBER_HEADS = ['id', 'canonical', 'outlet', 'title', 'author', 'published', 'kind', 'kept', 'compared_with', 'coverage', 'exact', 'story_kept', 'certainty', 'words', 'credits', 'language', 'url'];

function memberCells(cluster, member) {
  const share = (text) => (text === '–' ? '' : text);
  return [
    member.id, member === cluster.members[cluster.canonical], member.publisher, member.title, member.author, member.published, member.kind, member.kept,
    cluster.members[member.parent]?.id, share(member.coverage), share(member.exact), share(member.parentCoverage), member.certainty, member.words, member.credits.join('; '), member.language, member.url,
  ];
}

// The address of a story's own page; Python has let nothing but http and https through.
function ownPage(member) {
  if (!/^https?:\/\//i.test(member.url || '')) return null;
  return el('a', {class: 'own-page', href: member.url, target: '_blank', rel: 'noopener noreferrer external', 'aria-label': `Own page of ${nameOf(member)}, on the net`, text: 'own page ↗'});
}
