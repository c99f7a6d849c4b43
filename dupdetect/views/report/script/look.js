// What to look at first: the least certain removals side by side with what stays, and forms.

function removalItem(removal, at) {
  const name = removal.title || removal.id;
  return el('li', {class: 'item'},
    el('span', {class: 'item-count'}, el('b', {text: removal.certainty ?? '–'}), el('span', {text: 'certainty'})),
    el('div', {class: 'item-body'},
      el('a', {class: 'item-title', href: hashOf('look', String(at)), dir: 'auto', text: name}),
      el('p', {class: 'item-facts'}, el('span', {dir: 'auto', text: nameOf(removal)})),
      el('p', {class: 'item-facts'}, 'Kept instead: ', el('span', {dir: 'auto', text: `${removal.keeperTitle} (${removal.keeperPublisher || removal.keeper})`})),
      el('p', {class: 'item-facts'}, kindTag(removal.kind), removal.exact === '–' ? null : ` · ${removal.exact} of its words stand there unchanged`)));
}

function formTitle(form) {
  const stories = `${count(form.stories, 'story', 'stories')} in one form`;
  if (form.publisher) return `${stories}, all of ${form.publisher}`;
  return form.publishers > 1 ? `${stories}, of ${count(form.publishers, 'publisher')}` : stories;
}

function formExample(example) {
  const title = example.title || example.id;
  const paired = example.overlap !== null;
  const href = paired ? hashOf('cluster', example.cluster, 'overlap', String(example.overlap)) : hashOf('cluster', example.cluster);
  return el('li', {},
    placeOf.has(example.cluster) ? el('a', {href, dir: 'auto', text: title}) : el('span', {dir: 'auto', text: title}),
    el('small', {dir: 'auto', text: nameOf(example)}));
}

function showLook(view, look) {
  const some = (shown, all) => (shown < all ? `The first ${number(shown)} of ${number(all)}. ` : '');
  fill(view,
    el('h1', {tabindex: '-1', text: 'Look here'}),
    el('p', {class: 'standfirst', text: 'What is least certain, to be read before anything is removed.'}),
    el('section', {'aria-labelledby': 'removals-title'},
      el('h2', {id: 'removals-title', text: 'Least certain removals'}),
      look.removals.length
        ? [el('p', {class: 'fine', text: `${some(look.removals.length, look.removed)}Each would be removed because most of it stands in the story that is kept. Certainty, from 0 to 1, says how far what was measured is from the nearest threshold.`}),
          el('ol', {class: 'items', id: 'removals'}, look.removals.map(removalItem))]
        : el('p', {class: 'none', text: 'No story is removed.'})),
    el('section', {'aria-labelledby': 'forms-title'},
      el('h2', {id: 'forms-title', text: 'Stories in one form'}),
      look.forms.length
        ? [el('p', {class: 'fine', text: `${some(look.forms.length, look.formsFound)}They have the same wording with other names or figures. They are not copies, and all of them stay.`}),
          el('ol', {class: 'items', id: 'forms'}, look.forms.map((form) => el('li', {class: 'form'},
            el('h3', {dir: 'auto', text: formTitle(form)}),
            el('ul', {class: 'overlaps'}, form.examples.map(formExample)))))]
        : el('p', {class: 'none', text: 'No stories share a form.'})));
}

function showRemoval(view, removal, cluster) {
  const side = (id) => {
    const member = cluster?.members.find((story) => story.id === id);
    return member && cluster.texts[member.text] ? {member, text: cluster.texts[member.text]} : null;
  };
  const [left, right] = [side(removal.keeper), side(removal.id)];
  const facts = [
    removal.exact === '–' ? null : `${removal.exact} of the removed story’s words stand in the kept one unchanged, in order.`,
    removal.certainty === null ? null : `Certainty ${removal.certainty}.`,
  ].filter(Boolean).join(' ');
  fill(view,
    el('p', {class: 'kicker'}, el('a', {href: '#/look', text: 'Look here'}), ' / ',
      cluster ? el('a', {href: hashOf('cluster', cluster.id), dir: 'auto', text: removal.title || removal.id}) : el('span', {dir: 'auto', text: removal.title || removal.id})),
    el('h1', {tabindex: '-1', text: 'Kept and removed'}),
    el('p', {class: 'standfirst'}, kindTag(removal.kind), facts && ` · ${facts}`),
    ...(left && right
      ? [pairTools(removal.passages.length), pairPanes(left, right, removal, ['Kept', 'Removed'])]
      : [el('p', {class: 'note', text: `The texts are not in this file. See them with: dupdetect explain OUT ${removal.id}`})]));
}
