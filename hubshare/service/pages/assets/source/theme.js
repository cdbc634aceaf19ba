// Sets light or dark before anything is painted, by the choice that JupyterHub's own pages keep.

const KEY = "jupyterhub-bs-theme";
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function kept() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // storage is switched off
  }
}

function apply() {
  const theme = kept();
  const wanted = theme === "light" || theme === "dark" ? theme : dark.matches ? "dark" : "light";
  document.documentElement.setAttribute("data-bs-theme", wanted);
}

apply();
dark.addEventListener("change", apply);
window.addEventListener("storage", (event) => event.key === KEY && apply());

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-theme-toggle]")) return;
  const now = document.documentElement.getAttribute("data-bs-theme");
  try {
    localStorage.setItem(KEY, now === "dark" ? "light" : "dark");
  } catch {
    return;
  }
  apply();
});
