// Sets the colours before the first paint; a classic script, because a module would run too late.
(() => {
  const KEY = "forensics-theme";
  const root = document.documentElement;
  const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");

  const chosen = () => {
    try {
      return localStorage.getItem(KEY) ?? "auto";
    } catch {
      return "auto"; // storage is refused in some private windows
    }
  };

  const apply = () => {
    const choice = chosen();
    root.dataset.theme = choice;
    root.dataset.bsTheme = choice === "auto" ? (prefersDark.matches ? "dark" : "light") : choice;
    document.dispatchEvent(new CustomEvent("forensics:theme"));
  };

  window.forensicsTheme = {
    chosen,
    choose(choice) {
      try {
        localStorage.setItem(KEY, choice);
      } catch {
        root.dataset.theme = choice;
      }
      apply();
    },
  };
  prefersDark.addEventListener("change", apply);
  apply();
})();
