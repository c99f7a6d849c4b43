// Who ran it when: a dot per story on an axis of time, stacked where they crowd.

// Up to so many stories are named below the axis; of more only the first and the last.
const NAMED = 12;
const BINS = 70;
const MINUTE = 60000;
const DAY = 1440 * MINUTE;
const STEPS = [1, 5, 15, 30, 60, 120, 180, 360, 720].map((minutes) => minutes * MINUTE)
  .concat([1, 2, 7, 14, 30, 90, 180, 365, 730, 1825].map((days) => days * DAY));

function tickText(time, step) {
  if (step < DAY && time % DAY) return clockText(time);
  const [day, month, year] = dayText(time).split(' ');
  return step < 90 * DAY ? `${day} ${month}` : `${month} ${year}`;
}

function timeAxis(first, last) {
  const step = STEPS.find((size) => (last - first) / size <= 6) || STEPS.at(-1);
  const ticks = [];
  for (let time = Math.ceil(first / step) * step; time <= last; time += step) {
    const share = (time - first) / (last - first);
    if (share < 0.88) ticks.push(el('span', {at: [share], text: tickText(time, step)}));
  }
  return el('div', {class: 'scale times', 'aria-hidden': 'true'}, ticks);
}

function timeDots(cluster, timed, first, last) {
  const bins = new Map();
  for (const member of timed) {
    const bin = Math.round((member.time - first) / (last - first) * BINS);
    if (!bins.has(bin)) bins.set(bin, []);
    bins.get(bin).push(member);
  }
  const tallest = Math.max(...[...bins.values()].map((dots) => dots.length));
  const step = Math.min(15, 120 / tallest);
  const plot = el('div', {class: 'dots'});
  plot.style.height = `${Math.max(24, tallest * step + 6)}px`;
  for (const [bin, dots] of bins) {
    dots.forEach((member, level) => {
      const canonical = member === cluster.members[cluster.canonical];
      const dot = el('span', {class: `time-dot k-${canonical ? 'canonical' : mapKind(member)}`, at: [bin / BINS], title: `${nameOf(member)}, ${timeText(member.time)}`, 'data-id': canonical ? null : member.id});
      dot.style.bottom = `${level * step}px`;
      plot.append(dot);
    });
  }
  // A shortcut for the pointer; the rows of the map lead to the same pages.
  plot.addEventListener('click', (event) => {
    const {id} = event.target.dataset;
    if (id !== undefined) location.hash = hashOf('cluster', cluster.id, 'with', id);
  });
  return plot;
}

function named(timed, sameDay) {
  return el('ol', {class: 'when'}, timed.map((member) => el('li', {},
    el('small', {text: sameDay ? clockText(member.time) : timeText(member.time)}), ' ', el('b', {dir: 'auto', text: nameOf(member)}))));
}

function ends(timed, first, last) {
  const who = (time) => timed.filter((member) => member.time === time).map(nameOf).slice(0, 2).join(', ');
  return el('div', {class: 'ends'},
    el('span', {}, el('b', {dir: 'auto', text: who(first)}), el('small', {text: timeText(first)})),
    el('span', {}, el('b', {dir: 'auto', text: who(last)}), el('small', {text: timeText(last)})));
}

function timeline(cluster) {
  const timed = cluster.members.filter((member) => member.time !== null);
  if (timed.length < 2) return null;
  const [first, last] = [timed[0].time, timed.at(-1).time];
  if (first === last) return null;
  const unknown = cluster.members.length - timed.length;
  const sameDay = dayText(first) === dayText(last);
  return el('section', {class: 'timeline', 'aria-labelledby': 'time-title'},
    el('h2', {id: 'time-title', text: `Who ran it when: ${spanText(last - first)} from first to last`}),
    el('div', {class: 'plot', role: 'img', 'aria-label': `${count(timed.length, 'story', 'stories')} from ${timeText(first)} to ${timeText(last)} UTC`},
      timeDots(cluster, timed, first, last), timeAxis(first, last)),
    timed.length <= NAMED ? named(timed, sameDay) : ends(timed, first, last),
    el('p', {class: 'fine', text: `${sameDay ? `${dayText(first)}, times` : 'Times'} in UTC.${unknown ? ` ${count(unknown, 'story', 'stories')} without a time.` : ''}`}));
}
