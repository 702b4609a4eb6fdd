/* The Margay page: asks the gateway every two seconds and redraws the cells that changed.
   Every text is set as a text node, as device names and messages of drivers may hold anything. */
(function () {
  'use strict';

  const PERIOD = 2000;
  const PATIENCE = 10000;
  const LINES = 50;
  const page = document.getElementById('margay');
  const news = document.getElementById('mg-news');
  const asked = {};
  let cursor = { after: '', of: '' };
  let timer = 0;
  let running = null;
  let lost = 0;
  let signedOut = false;
  let lines = [];
  let known = null;

  // Building blocks.

  function el(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const name in attributes) {
      made.setAttribute(name, attributes[name]);
    }
    for (const child of children) {
      if (child !== null && child !== '') {
        made.append(child);
      }
    }
    return made;
  }

  function put(node, text) {
    if (node.textContent !== text) {
      node.textContent = text;
    }
  }

  const sub = (text) => (text === '' ? '' : el('span', { class: 'mg-sub' }, text));
  const number = (value) => value.toLocaleString();

  function duration(millis) {
    const seconds = Math.max(0, Math.round(millis / 1000));
    if (seconds < 100) {
      return seconds + ' s';
    }
    if (seconds < 6000) {
      return Math.round(seconds / 60) + ' min';
    }
    return seconds < 172800 ? Math.round(seconds / 3600) + ' h' : Math.round(seconds / 86400) + ' d';
  }

  function bytes(value) {
    return value === null ? 'unknown' : Math.round(value / 1048576) + ' MB';
  }

  /* An age is written after each answer, without redrawing its cell. */
  function age(at, words) {
    const date = new Date(at);
    return el('time', { datetime: date.toISOString(), title: date.toLocaleString(), 'data-at': at, 'data-words': words });
  }

  function writeAges(now) {
    for (const time of page.querySelectorAll('time[data-at]')) {
      put(time, time.dataset.words.replace('%', duration(now - Number(time.dataset.at))));
    }
  }

  // Tables: columns with a head, the part of a row that they show, and how. A cell is redrawn when that part changed.

  const LOOKS = {
    running: 'mg-good', 'on line': 'mg-good', idle: '', prepared: 'mg-busy', starting: 'mg-busy', stopping: 'mg-busy',
    backoff: 'mg-warn', failed: 'mg-bad', 'off line': 'mg-bad', stopped: ''
  };

  const mark = (word) => el('span', { class: 'mg-state ' + (LOOKS[word] || '') }, word);

  function state([word, reason, since]) {
    return [mark(word), ' ', age(since, 'for %'), sub(reason)];
  }

  const name = (of) => ({ head: of, row: true });
  const count = (head, of) => ({ head, of, number: true, draw: (value) => [number(value)] });

  function values([list, more]) {
    const items = list.map((value) => el('li', {},
      value.name + ' ', el('b', {}, value.text + (value.unit === '' ? '' : ' ' + value.unit)), ' ', age(value.time, '% ago')));
    if (more > 0) {
      items.push(el('li', { class: 'mg-note' }, 'and ' + more + ' more'));
    }
    return items.length === 0 ? [] : [el('ul', { class: 'mg-values' }, ...items)];
  }

  /* Next firings in the timer's zone; a date is said once. */
  function times(list) {
    let date = '';
    return list.map((next) => {
      const same = next.slice(0, 10) === date;
      date = next.slice(0, 10);
      return (same ? '' : date + ' ') + next.slice(11, 16);
    }).join(', ');
  }

  function firings(list) {
    return list.map((one) => el('span', { class: 'mg-sub' },
      one.name + ' (' + one.cron + (one.zone === '' ? '' : ', ' + one.zone) + '), fired ' + number(one.fired)
      + (one.skipped > 0 ? ', skipped ' + number(one.skipped) : '') + ', next ' + (times(one.next) || 'never')));
  }

  const TABLES = {
    workloads: {
      key: (row) => row.id + ' ' + row.generation,
      columns: [
        { ...name('Workload'), of: (row) => row.id, draw: (id) => [id] },
        { head: 'State', of: (row) => [row.state, row.reason, row.since], draw: state },
        { head: 'Version', of: (row) => [row.version, row.generation, row.code],
          draw: ([version, generation, code]) => [version, sub('generation ' + generation + (code === version ? '' : ', ' + code))] },
        { head: 'Language', of: (row) => row.language, draw: (language) => [language] },
        { head: 'Isolation', of: (row) => [row.isolation, row.memory, row.host, row.id],
          draw: ([isolation, memory, host, id]) => [isolation,
            sub(memory === 0 ? '' : 'at most ' + number(memory) + ' MB of memory' + (id.startsWith('function:') ? ' each' : '')),
            ...host.map(sub)] },
        { head: 'Processes', of: (row) => row.processes, draw: (ids) => [ids.length === 0 ? 'none' : ids.join(', ')] },
        count('Restarts', (row) => row.restarts)
      ]
    },
    devices: {
      key: (row) => row.id,
      columns: [
        { ...name('Device'), of: (row) => [row.id, row.driver], draw: ([id, driver]) => [id, sub('driver ' + driver)] },
        { head: 'State', of: (row) => [row.online ? 'on line' : 'off line', row.reason, row.since], draw: state },
        { head: 'Last values', of: (row) => [row.values, row.more], draw: values },
        count('Reports', (row) => row.accepted),
        { head: 'Refused', of: (row) => [row.refused, row.lastRefusal], number: true,
          draw: ([refused, last]) => [number(refused), sub(last === '' ? '' : 'last: ' + last)] }
      ]
    },
    functions: {
      key: (row) => row.name,
      columns: [
        { ...name('Function'), of: (row) => row.name, draw: (text) => [text] },
        count('Succeeded', (row) => row.succeeded),
        count('Failed', (row) => row.failed),
        count('Timed out', (row) => row.timedOut),
        count('Refused', (row) => row.refused),
        { head: 'Now', of: (row) => [row.running, row.queued, row.instances],
          draw: ([run, queued, instances]) => [
            number(run) + ' running, ' + number(queued) + ' waiting',
            sub(instances + (instances === 1 ? ' instance' : ' instances'))] },
        { head: 'Mean time', of: (row) => (row.succeeded === 0 ? '' : row.meanMicros), number: true,
          draw: (micros) => [micros === '' ? '–' : (micros / 1000).toLocaleString(undefined, { maximumFractionDigits: 2 }) + ' ms'] },
        { head: 'Last error', of: (row) => row.lastError, draw: (text) => [text] },
        { head: 'Timers', of: (row) => row.timers, draw: firings }
      ]
    },
    routes: {
      key: (row) => row.name,
      columns: [
        { ...name('Route'), of: (row) => row.name, draw: (text) => [text] },
        { head: 'From', of: (row) => [row.from, row.filter], draw: ([from, filter]) => [from, sub(filter)] },
        { head: 'To', of: (row) => row.to, draw: (to) => [to] },
        { head: 'Queued', of: (row) => [row.queued, row.capacity, row.whenFull, row.stored], number: true,
          draw: ([queued, capacity, full, stored]) => [number(queued) + ' of ' + number(capacity),
            sub((stored ? 'on disk, ' : '') + 'when full: ' + full)] },
        count('Forwarded', (row) => row.forwarded),
        count('Dropped', (row) => row.dropped)
      ]
    },
    log: {
      key: (row) => row.sequence,
      columns: [
        { ...name('Time'), of: (row) => row.time, 
          draw: (time) => [el('span', { title: new Date(time).toLocaleString() }, new Date(time).toLocaleTimeString())] },
        { head: 'Level', of: (row) => row.level,
          draw: (level) => [el('span', { class: { error: 'mg-state mg-bad', warn: 'mg-state mg-warn' }[level] || '' }, level)] },
        { head: 'Workload', of: (row) => [row.workload, row.logger],
          draw: ([workload, logger]) => [workload === '' ? 'gateway' : workload,
            sub(workload === '' ? logger.slice(logger.lastIndexOf('.') + 1) : '')] },
        { head: 'Message', of: (row) => row.message, draw: (text) => [el('div', { class: 'mg-message' }, text)] }
      ]
    }
  };

  /* Roles are said aloud, as a table laid out as cards is no table to some browsers any more. */
  for (const id in TABLES) {
    const table = document.getElementById('mg-' + id);
    const head = el('tr', { role: 'row' });
    for (const column of TABLES[id].columns) {
      head.append(el('th', { scope: 'col', role: 'columnheader', class: column.number ? 'mg-number' : '' }, column.head));
    }
    table.setAttribute('role', 'table');
    table.append(el('thead', { role: 'rowgroup' }, head), el('tbody', { role: 'rowgroup' }));
    TABLES[id].body = table.lastElementChild;
    TABLES[id].drawn = new Map();
  }

  function newRow(columns) {
    const tr = el('tr', { role: 'row' });
    for (const column of columns) {
      tr.append(column.row
        ? el('th', { scope: 'row', role: 'rowheader' })
        : el('td', { role: 'cell', 'data-label': column.head, class: column.number ? 'mg-number' : '' }));
    }
    return { tr, shown: [] };
  }

  function drawTable(table, rows) {
    const before = table.drawn;
    table.drawn = new Map();
    let place = table.body.firstElementChild;
    for (const row of rows) {
      const key = table.key(row);
      const drawn = before.get(key) || newRow(table.columns);
      before.delete(key);
      table.columns.forEach((column, i) => {
        const value = column.of(row);
        const shown = JSON.stringify(value);
        if (drawn.shown[i] !== shown) {
          drawn.shown[i] = shown;
          drawn.tr.children[i].replaceChildren(...column.draw(value).filter((part) => part !== ''));
        }
      });
      if (drawn.tr === place) {
        place = place.nextElementSibling;
      } else {
        table.body.insertBefore(drawn.tr, place);
      }
      table.drawn.set(key, drawn);
    }
    for (const gone of before.values()) {
      gone.tr.remove();
    }
  }

  function section(id, data, always, extra) {
    drawTable(TABLES[id], data.rows);
    const filtered = Boolean(asked[id]) || data.matching !== data.total;
    page.querySelector('#mg-s-' + id).hidden = data.total === 0;
    page.querySelector('#mg-s-' + id + ' .mg-tools').hidden = !always && !asked[id] && data.total <= 10;
    let text = number(data.total) + (data.total === 1 ? ' entry' : ' entries');
    if (filtered) {
      text = number(data.matching) + ' of ' + number(data.total) + ' match';
    }
    if (data.rows.length < data.matching) {
      text += '; the first ' + number(data.rows.length) + ' are shown, a filter finds the others';
    }
    put(document.getElementById('mg-count-' + id), text + extra);
  }

  // What changed between two answers is said, for those who don't look at the right row.

  function announce(answer) {
    const now = new Map();
    for (const row of answer.workloads.rows) {
      now.set(row.id + ' ' + row.generation, [row.id, row.state, row.reason]);
      const newest = now.get(row.id);
      if (!newest || newest[3] < row.generation) {
        now.set(row.id, [row.id, 'generation ' + row.generation, '', row.generation]);
      }
    }
    for (const row of answer.devices.rows) {
      now.set(row.id + ' (device)', [row.id, row.online ? 'on line' : 'off line', row.reason]);
    }
    const changes = [];
    for (const [key, [id, word, reason]] of now) {
      const former = known && known.get(key);
      if (former && former[1] !== word) {
        changes.push(id + ' is ' + word + (reason === '' ? '' : ': ' + reason));
      }
    }
    known = now;
    if (changes.length > 0) {
      const more = changes.length - 3;
      say(changes.slice(0, 3).join('; ') + (more > 0 ? '; and ' + more + ' more' : ''), false);
    }
  }

  function say(text, bad) {
    news.classList.toggle('mg-lost', bad);
    put(news, new Date().toLocaleTimeString() + ' ' + text);
  }

  // Drawing an answer.

  function gateway(answer) {
    const own = answer.gateway;
    const devices = answer.devices;
    const facts = [
      ['Edge instance', own.instance], ['Version', own.version],
      ['Up for', duration(own.uptimeSeconds * 1000)],
      ['Memory', bytes(own.rssBytes) + ' resident'],
      ['Heap', bytes(own.heapUsedBytes) + ' of ' + bytes(own.heapMaxBytes)],
      ['Process', own.pid + ', Java ' + own.java],
      ['Container engine', own.engine],
      ['Devices on line', number(devices.online) + ' of ' + number(devices.total)]
    ];
    const list = document.getElementById('mg-gateway');
    if (list.children.length === 0) {
      list.append(...facts.map(([label]) => el('div', {}, el('dt', {}, label), el('dd', {}))));
    }
    facts.forEach(([, text], i) => put(list.children[i].lastElementChild, text));
  }

  function workloadNames(names) {
    const select = document.getElementById('mg-log-workload');
    const wanted = names.includes(asked.log) || !asked.log || asked.log === 'gateway' ? names : names.concat(asked.log);
    const there = Array.from(select.options).slice(2).map((option) => option.value);
    if (JSON.stringify(there) !== JSON.stringify(wanted)) {
      const chosen = select.value;
      while (select.options.length > 2) {
        select.remove(2);
      }
      wanted.forEach((one) => select.append(el('option', { value: one }, one)));
      select.value = chosen;
    }
  }

  function draw(answer) {
    const empty = ['workloads', 'devices', 'functions', 'routes'].every((id) => answer[id].total === 0);
    document.getElementById('mg-empty').hidden = !empty;
    gateway(answer);
    section('workloads', answer.workloads, false, '');
    section('devices', answer.devices, true,
      answer.devices.problems === 0 ? '' : '; ' + number(answer.devices.problems) + ' off line or with refused reports');
    section('functions', answer.functions, false, '');
    section('routes', answer.routes, false, '');
    lines = (answer.log.reset ? [] : lines).concat(answer.log.rows).slice(-LINES);
    drawTable(TABLES.log, lines.slice().reverse());
    workloadNames(answer.names);
    writeAges(answer.now);
    announce(answer);
  }

  // Asking.

  async function ask() {
    clearTimeout(timer);
    if (signedOut) {
      return;
    }
    if (running) {
      running.abort();
    }
    const mine = new AbortController();
    running = mine;
    let late = false;
    const patience = setTimeout(() => { late = true; mine.abort(); }, PATIENCE);
    try {
      // Where the page is in the log holds for one filter only.
      const filter = asked.log + ' ' + asked.level;
      const query = new URLSearchParams({ ...asked, after: cursor.of === filter ? cursor.after : '' });
      // The origin is named, as fetch refuses addresses with a password in them, and this page's own may have one.
      const response = await fetch(location.origin + page.dataset.root + '/status.json?' + query,
        { credentials: 'same-origin', cache: 'no-store', signal: mine.signal });
      if (response.status === 401 || response.status === 403) {
        // Not asked again: an old password that comes every two seconds looks like somebody who guesses.
        signedOut = true;
        say('The gateway wants the password again: reload this page. What is shown is from before.', true);
        return;
      }
      const answer = response.headers.get('Content-Type')?.startsWith('application/json') ? await response.json() : {};
      if (!response.ok || !answer.gateway) {
        throw new Error(answer.error || 'The gateway answered with status ' + response.status);
      }
      if (mine !== running) {
        return;
      }
      if (lost || known === null) {
        say(lost ? 'The gateway answers again.' : 'The gateway answers; this page asks it every 2 s.', false);
        lost = 0;
      }
      draw(answer);
      cursor = { after: answer.log.after, of: filter };
    } catch (error) {
      if (mine !== running) {
        return;
      }
      if (!lost) {
        lost = Date.now();
        const network = late || error instanceof TypeError;
        say((network ? 'The gateway does not answer' : error.message) + '. What is shown is from before; asking again every 2 s.', true);
      }
    } finally {
      clearTimeout(patience);
      if (mine === running) {
        running = null;
        if (!document.hidden && !signedOut) {
          timer = setTimeout(ask, PERIOD);
        }
      }
    }
  }

  let typing = 0;
  page.addEventListener('input', (event) => {
    const field = event.target;
    const what = field.dataset.ask;
    if (!what) {
      return;
    }
    asked[what] = field.type === 'checkbox' ? String(field.checked) : field.value;
    clearTimeout(typing);
    typing = setTimeout(ask, 250);
  });
  page.addEventListener('submit', (event) => event.preventDefault());

  /* A page that nobody sees asks nothing. */
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      clearTimeout(timer);
    } else {
      ask();
    }
  });

  /* The console's header does not say that its pages fit small screens; this one does. */
  if (!document.querySelector('meta[name=viewport]')) {
    document.head.append(el('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }));
  }
  for (const field of page.querySelectorAll('[data-ask]')) {
    asked[field.dataset.ask] = field.type === 'checkbox' ? String(field.checked) : field.value;
  }
  ask();
})();
