// What pages do better with JavaScript; each of them works without it.
const THEMES = ["auto", "light", "dark"];
const THEME_LABELS = {
  auto: "Colours: as the system. Change to light",
  light: "Colours: light. Change to dark",
  dark: "Colours: dark. Change to as the system",
};

function connectThemeSwitch(button) {
  const label = button.querySelector("[data-theme-label]");
  const show = () => {
    label.textContent = THEME_LABELS[window.forensicsTheme.chosen()];
    button.title = label.textContent;
  };
  button.addEventListener("click", () => {
    const next = (THEMES.indexOf(window.forensicsTheme.chosen()) + 1) % THEMES.length;
    window.forensicsTheme.choose(THEMES[next]);
    show();
  });
  show();
  button.hidden = false;
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(except)) menu.open = false;
  }
}

async function drawCharts(within) {
  const places = within.querySelectorAll("[data-chart]:not([data-drawn])");
  if (places.length === 0) return;
  const { drawChart } = await import(new URL("charts.js", import.meta.url));
  for (const place of places) drawChart(place);
}

// Fields that were left empty stay out of the address.
function leaveOutEmpty(form) {
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && field.value === "") field.disabled = true;
  });
  window.addEventListener("pageshow", () => {
    for (const field of form.elements) field.disabled = false;
  });
}

for (const form of document.querySelectorAll("form.filter-form")) leaveOutEmpty(form);
for (const button of document.querySelectorAll("[data-theme-switch]")) connectThemeSwitch(button);

document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = event.target.closest?.("details[data-menu][open]");
  closeMenus(null);
  open?.querySelector("summary").focus();
});

drawCharts(document);

// Forms keep what is typed; a browser without IndexedDB goes on without.
import(new URL("kept.js", import.meta.url)).then(({ keepForms }) => keepForms()).catch((problem) => console.warn("Typed text is not kept:", problem));
document.addEventListener("htmx:load", (event) => drawCharts(event.detail.elt));
