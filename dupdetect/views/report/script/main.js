// Where the address points, theme, keys.

const view = $('view');
const overview = $('overview');
const THEMES = ['auto', 'light', 'dark'];
let lastList = '#/stories';
let turn = 0;

function showMissing(at, id) {
  fill(at,
    el('h1', {tabindex: '-1', text: 'Not in this file'}),
    el('p', {class: 'standfirst', text: `No story ${id} here. It has no copies, or was left out; dupdetect explain OUT ${id} shows it.`}),
    el('p', {}, el('a', {href: '#/stories', text: 'All stories'})));
}

function parts() {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?', 2);
  try {
    return {path: path.split('/').map(decodeURIComponent), query};
  } catch {
    return {path: [''], query: ''};
  }
}

async function route() {
  const now = (turn += 1);
  const {path, query} = parts();
  const focused = document.activeElement?.id;
  const home = !['stories', 'cluster', 'look'].includes(path[0]);
  const place = home ? 'overview' : path[0] === 'look' ? 'look' : 'stories';
  searching += 1;
  for (const link of document.querySelectorAll('[data-nav]')) {
    if (link.dataset.nav === place) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  if (!home) {
    try {
      await ready;
      await showPath(path, query, now);
    } catch (error) {
      fill(view, el('h1', {tabindex: '-1', text: 'This part cannot be opened'}), el('p', {class: 'note', text: error.message}));
    }
  }
  if (now !== turn) return;
  overview.hidden = !home;
  view.hidden = home;
  document.title = `${home ? 'Overview' : view.querySelector('h1')?.textContent || 'Overview'}: a dupdetect report`;
  settleFocus(focused, path[0] === 'stories');
}

async function showPath([kind, id, what, detail], query, now) {
  if (kind === 'stories') {
    const filters = readFilters(query);
    lastList = filtersHash(filters);
    if (document.activeElement !== $('q')) $('q').value = filters.q;
    showList(view, filters);
    return;
  }
  if (kind === 'look') {
    const look = JSON.parse(await unpack('look-data'));
    const removal = id === undefined ? null : look.removals[Number(id)];
    const held = removal ? await openCluster(removal.cluster) : null;
    if (now !== turn) return;
    if (removal) showRemoval(view, removal, held);
    else showLook(view, look);
    return;
  }
  const cluster = await openCluster(id || '');
  if (now !== turn) return;
  if (!cluster) showMissing(view, id || '');
  else if (what === 'with') showCopy(view, cluster, detail);
  else if (what === 'overlap') await showOverlap(view, cluster, Number(detail));
  else showCluster(view, cluster);
}

let started = false;
function settleFocus(focused, inList) {
  const back = focused && inList ? $(focused) : null;
  if (back && back !== document.body) back.focus();
  else if (started) {
    scrollTo(0, 0);
    (view.hidden ? overview : view).querySelector('h1')?.focus({preventScroll: true});
  }
  started = true;
}

function setTheme(theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const label = theme[0].toUpperCase() + theme.slice(1);
  $('theme').textContent = label;
  $('theme').setAttribute('aria-label', `Theme: ${theme === 'auto' ? 'as the system' : theme}`);
  try { localStorage.setItem('dupdetect-theme', theme); } catch { /* a file without storage forgets */ }
}

function nextTheme() {
  const now = document.documentElement.dataset.theme || 'auto';
  setTheme(THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]);
}

function storedTheme() {
  try {
    const theme = localStorage.getItem('dupdetect-theme');
    return THEMES.includes(theme) ? theme : 'auto';
  } catch {
    return 'auto';
  }
}

// j and k walk the links of the list on the page.
function stepItem(step) {
  const links = [...document.querySelectorAll('main > section:not([hidden]) :is(.items, .rows, .top) :is(.item-title, .who, .top > li > a)')].filter((link) => !link.closest('[hidden]'));
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + step));
  links[next].focus();
  links[next].scrollIntoView({block: 'nearest'});
}

function goUp() {
  const {path} = parts();
  if (path[0] === 'cluster') location.hash = path[2] ? hashOf('cluster', path[1]) : lastList;
  else if (path[0] === 'look' && path[1] !== undefined) location.hash = '#/look';
  else if (path[0] === 'stories' || path[0] === 'look') location.hash = '#/';
}

const KEYS = {
  '/': () => $('q').focus(),
  j: () => stepItem(1),
  k: () => stepItem(-1),
  n: () => stepPassage(1),
  p: () => stepPassage(-1),
  t: nextTheme,
  u: goUp,
  '?': () => $('help').showModal(),
};

document.addEventListener('keydown', (event) => {
  const typing = event.target.matches?.('input, select, textarea');
  if (event.key === 'Escape' && typing) event.target.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || $('help').open || !Object.hasOwn(KEYS, event.key)) return;
  event.preventDefault();
  KEYS[event.key]();
});

function search() {
  const filters = {...readFilters(parts().path[0] === 'stories' ? location.hash.split('?')[1] : ''), q: $('q').value};
  const hash = filtersHash(filters);
  if (location.hash === hash) return;
  if (parts().path[0] === 'stories') location.replace(hash);
  else location.hash = hash;
}

let typed = 0;
$('q').addEventListener('input', () => {
  clearTimeout(typed);
  typed = setTimeout(search, 180);
});
$('find').addEventListener('submit', (event) => {
  event.preventDefault();
  clearTimeout(typed);
  search();
});
$('theme').addEventListener('click', nextTheme);
$('keys').addEventListener('click', () => $('help').showModal());
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  $('main').focus();
});

setTheme(storedTheme());
// The overview paints first; the list is opened right after.
const ready = new Promise((done) => { setTimeout(done); }).then(openIndex).then(() => {
  $('publishers').append(...index.publishers.map((name) => el('option', {value: name})));
});
ready.catch(() => {});
addEventListener('hashchange', route);
route();
