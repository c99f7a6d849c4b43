// What the file carries: the list of clusters, and blocks of clusters opened when they are needed.

const OPEN_BLOCKS = 12;
const opened = new Map();
let index = null;
let placeOf = new Map();

const parsed = new Promise((done) => {
  if (document.readyState !== 'loading') done();
  else document.addEventListener('DOMContentLoaded', () => done());
});

async function unpack(id) {
  let node = $(id);
  // While the page is still being read, a block that others follow is complete.
  if (!node || !node.nextElementSibling) {
    await parsed;
    node = $(id);
  }
  const packed = atob(node.textContent.trim());
  const bytes = new Uint8Array(packed.length);
  for (let at = 0; at < packed.length; at += 1) bytes[at] = packed.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Response(stream).text();
}

async function openIndex() {
  if (typeof DecompressionStream === 'undefined') {
    throw new Error('This browser cannot open the stories in this file. Browsers from 2023 on can.');
  }
  const columns = JSON.parse(await unpack('index'));
  index = columns.id.map((id, at) => ({
    at,
    id,
    title: columns.title[at],
    lower: columns.title[at].toLowerCase(),
    stories: columns.stories[at],
    kinds: columns.kinds[at],
    outlets: columns.outlets[at],
    first: columns.first[at],
    last: columns.last[at],
    words: columns.words[at],
    certainty: columns.certainty[at],
    agencies: columns.agencies[at],
    languages: columns.languages[at],
    block: columns.block[at],
  }));
  index.publishers = columns.publishers;
  index.agencyNames = columns.agencyNames;
  index.languageNames = columns.languageNames;
  index.publishersLower = columns.publishers.map((name) => name.toLowerCase());
  placeOf = new Map(index.map((entry) => [entry.id, entry.at]));
}

async function blockText(number) {
  return unpack(`block-${number}`);
}

async function openBlock(number) {
  if (!opened.has(number)) {
    opened.set(number, blockText(number).then(JSON.parse));
    if (opened.size > OPEN_BLOCKS) opened.delete(opened.keys().next().value);
  }
  return opened.get(number);
}

async function openCluster(id) {
  const at = placeOf.get(id);
  if (at === undefined) return null;
  const block = await openBlock(index[at].block);
  return block.find((cluster) => cluster.id === id) || null;
}

const textOf = (cluster, member) => cluster.texts[cluster.members[member].text] || null;
