// Keeps what is typed into a form until it is saved: a lost session, a closed tab or a killed browser loses nothing.
// In IndexedDB, because localStorage is written late and lost when a browser is killed. Files and passwords are never kept.
const DATABASE = "forensics-typed";
const STORE = "typed";
const SENT = "forensics-sent";
const KEPT_DAYS = 30;
const PAUSE_MS = 300;

const account = document.body.dataset.account ?? "";
const answered = "answered" in document.body.dataset;

function finished(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function inStore(mode, use) {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "key" });
  const database = await finished(opening);
  try {
    return await finished(use(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

const read = (key) => inStore("readonly", (store) => store.get(key));
const write = (entry) => inStore("readwrite", (store) => store.put(entry));
const remove = (key) => inStore("readwrite", (store) => store.delete(key));
const all = () => inStore("readonly", (store) => store.getAll());

function isKept(field) {
  return field.name && !["csrfmiddlewaretoken"].includes(field.name) && !["file", "password", "submit", "button"].includes(field.type);
}

function valuesOf(form) {
  const values = [];
  for (const field of form.elements) {
    if (!isKept(field)) continue;
    if (field.type === "checkbox" || field.type === "radio") values.push([field.name, field.value, field.checked]);
    else if (field.type === "select-multiple") for (const option of field.options) values.push([field.name, option.value, option.selected]);
    else values.push([field.name, field.value]);
  }
  return values;
}

// The hidden fields come back too: they say which state of the record the text was written on, so that a change by
// somebody else in the meantime is noticed as ever.
function fill(form, values) {
  const plain = new Map();
  for (const [name, value, isChosen] of values) {
    for (const field of form.elements) {
      if (field.name !== name || !isKept(field)) continue;
      if (field.type === "checkbox" || field.type === "radio") {
        if (field.value === value) field.checked = isChosen;
      } else if (field.type === "select-multiple") {
        for (const option of field.options) if (option.value === value) option.selected = isChosen;
      } else {
        plain.set(field, value);
      }
    }
  }
  for (const [field, value] of plain) field.value = value;
}

function button(label, className, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = className;
  made.textContent = label;
  made.addEventListener("click", act);
  return made;
}

function offer(form, entry, setChanged) {
  const note = document.createElement("div");
  note.className = "note note-warning";
  note.setAttribute("role", "region");
  note.setAttribute("aria-label", "Unsaved text");
  const words = document.createElement("p");
  words.textContent = `What you typed here on ${new Date(entry.typedAt).toLocaleString()} was not saved.`;
  const actions = document.createElement("div");
  actions.className = "form-actions";
  actions.append(
    button("Restore it", "button button-primary", () => {
      fill(form, entry.values);
      setChanged();
      note.remove();
    }),
    button("Discard it", "button", async () => {
      await remove(entry.key);
      note.remove();
    }),
  );
  note.append(words, actions);
  form.before(note);
}

async function keep(form) {
  const key = `${account} ${location.pathname}`;
  let isChanged = false;
  let timer = 0;
  const store = () => {
    clearTimeout(timer);
    const values = valuesOf(form);
    return write({ key, account, path: location.pathname, title: document.title, values, typedAt: new Date().toISOString() });
  };
  const setChanged = () => {
    isChanged = true;
    clearTimeout(timer);
    timer = setTimeout(store, PAUSE_MS);
  };
  form.addEventListener("input", setChanged);
  form.addEventListener("submit", () => {
    if (isChanged) store();
    isChanged = false;
    sessionStorage.setItem(SENT, key);
  });
  document.addEventListener("visibilitychange", () => {
    if (isChanged && document.visibilityState === "hidden") store();
  });
  window.addEventListener("beforeunload", (event) => {
    if (isChanged) event.preventDefault();
  });
  if ("bound" in form.dataset) {
    isChanged = true; // what was sent stands in the form and is stored nowhere
    return;
  }
  const entry = await read(key);
  if (entry) offer(form, entry, setChanged);
}

// Called once a page: what this tab sent was saved, if the answer is an ordinary page of the same person.
async function forgetSaved(form) {
  const sent = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  if (!sent || !answered || !sent.startsWith(`${account} `)) return;
  if (form && "bound" in form.dataset) return;
  await remove(sent);
}

async function forgetOld() {
  const oldest = new Date(Date.now() - KEPT_DAYS * 86400000).toISOString();
  for (const entry of await all()) if (entry.typedAt < oldest) await remove(entry.key);
}

async function listUnsaved(place) {
  const entries = (await all()).filter((entry) => entry.account === account);
  if (entries.length === 0) return;
  const list = place.querySelector("ul");
  for (const entry of entries) {
    const link = document.createElement("a");
    link.href = entry.path;
    link.textContent = entry.title.replace(" · Forensics", "");
    const line = document.createElement("li");
    line.append(link, `, ${new Date(entry.typedAt).toLocaleString()}`);
    list.append(line);
  }
  place.hidden = false;
}

// A computer at the bench is shared: who signs out leaves nothing behind.
function forgetOnSignOut(form) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      for (const entry of await all()) if (entry.account === account) await remove(entry.key);
    } finally {
      form.submit();
    }
  });
}

export async function keepForms() {
  const form = document.querySelector("form[data-keep]");
  for (const leaving of document.querySelectorAll("form[data-sign-out]")) forgetOnSignOut(leaving);
  await forgetSaved(form);
  if (!account) return;
  await forgetOld();
  if (form) await keep(form);
  for (const place of document.querySelectorAll("[data-unsaved]")) await listUnsaved(place);
}
