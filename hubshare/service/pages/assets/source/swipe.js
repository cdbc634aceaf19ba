// Two versions of a picture, one over the other: a slider says how much of which is seen.

function overlay(pictures) {
  if (pictures.querySelector(".hs-swipe")) return;
  const label = document.createElement("label");
  label.className = "hs-swipe hs-small";
  const toggle = document.createElement("input");
  toggle.type = "checkbox";
  toggle.className = "form-check-input me-1";
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", className: "form-range", hidden: true, min: "0", max: "100", value: "50" });
  slider.setAttribute("aria-label", "How much of the version before is shown");
  toggle.addEventListener("change", () => {
    pictures.classList.toggle("hs-swiping", toggle.checked);
    slider.hidden = !toggle.checked;
  });
  slider.addEventListener("input", () => pictures.style.setProperty("--hs-swipe", `${slider.value}%`));
  label.append(toggle, "Swipe");
  const row = document.createElement("div");
  row.className = "hs-swipe";
  row.append(label, slider);
  pictures.prepend(row);
}

// How large it is in pixels, which one does not see where it is made to fit.
function measure(picture) {
  const caption = picture.closest("figure")?.querySelector("figcaption");
  if (!caption || caption.dataset.pixels || !picture.naturalWidth) return;
  caption.dataset.pixels = `${picture.naturalWidth} × ${picture.naturalHeight}`;
  caption.append(`, ${caption.dataset.pixels} pixels`);
}

const overlays = (root) => {
  for (const picture of root.querySelectorAll(".hs-pictures > figure > img")) {
    if (picture.complete) measure(picture);
    else picture.addEventListener("load", () => measure(picture), { once: true });
  }
  for (const pictures of root.querySelectorAll("[data-swipe]")) overlay(pictures);
};
overlays(document);
document.addEventListener("htmx:load", (event) => overlays(event.target.parentElement ?? document));
