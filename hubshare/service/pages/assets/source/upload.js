// Uploads: how far one has come, a way to cancel it, and files that are dropped onto a list. Without it, forms go as browsers send them.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-upload]") || event.defaultPrevented) return;
  event.preventDefault();
  const most = Number(form.dataset.most);
  const size = [...form.querySelectorAll("input[type=file]")].flatMap((field) => [...field.files]).reduce((sum, file) => sum + file.size, 0);
  if (size > most) return complain(form, `These have ${megabytes(size)}; at most ${megabytes(most)} are accepted: upload them in parts.`);
  send(form, fields(form, event.submitter));
});

const megabytes = (size) => `${Math.ceil(size / 1e6).toLocaleString("en")} MB`;

/** What a form holds; a file of a folder by its path in that. */
function fields(form, button) {
  const data = new FormData();
  for (const field of form.elements) {
    if (!field.name || field.disabled || (["checkbox", "radio"].includes(field.type) && !field.checked)) continue;
    if (field.type === "submit") {
      if (field === button) data.append(field.name, field.value);
    } else if (field.type === "file") {
      for (const file of field.files) data.append(field.name, file, file.webkitRelativePath || file.name);
    } else {
      data.append(field.name, field.value);
    }
  }
  return data;
}

function send(form, data) {
  const box = document.querySelector("[data-upload-progress]");
  const bar = box.querySelector("progress");
  const words = box.querySelector("[data-upload-words]");
  const request = new XMLHttpRequest();
  const leaving = (event) => event.preventDefault();
  const over = (said) => {
    window.removeEventListener("beforeunload", leaving);
    box.hidden = true;
    form.hidden = false;
    if (said) complain(form, said);
  };
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "text/html");
  request.setRequestHeader("X-CSRF-Token", form.elements.csrf.value);
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    const part = Math.floor((100 * event.loaded) / event.total);
    bar.value = part;
    words.textContent = part < 100 ? `Uploading: ${part} %` : "It has arrived, and is being published";
  });
  request.addEventListener("load", () => {
    window.removeEventListener("beforeunload", leaving);
    if (request.status < 400 && new URL(request.responseURL).pathname !== new URL(form.action).pathname) {
      window.location.assign(request.responseURL);
    } else {
      show(request.responseText);
    }
  });
  request.addEventListener("error", () => over("The connection broke off, and nothing was saved: try again."));
  request.addEventListener("abort", () => over("The upload was cancelled, and nothing was saved."));
  box.querySelector("[data-upload-cancel]").onclick = () => request.abort();
  window.addEventListener("beforeunload", leaving);
  document.getElementById("problem")?.remove();
  bar.value = 0;
  words.textContent = "Uploading";
  form.hidden = true;
  box.hidden = false;
  box.querySelector("[data-upload-cancel]").focus();
  request.send(data);
}

/** Another page in place of this one's content. */
function show(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const main = page.getElementById("main");
  document.getElementById("main").replaceWith(main);
  document.title = page.title;
  const first = main.querySelector("#problem, h2, h1") ?? main;
  first.tabIndex = -1;
  first.focus();
}

function complain(form, said) {
  document.getElementById("problem")?.remove();
  const alert = document.createElement("div");
  alert.id = "problem";
  alert.className = "alert alert-danger";
  alert.setAttribute("role", "alert");
  alert.textContent = said;
  form.before(alert);
}

// --- files dropped onto a list: the form comes up with them chosen

const dragged = (event) => (event.dataTransfer?.types.includes("Files") ? event.target.closest?.("[data-drop]") : null);

document.addEventListener("dragover", (event) => {
  if (dragged(event)) event.preventDefault();
});

document.addEventListener("drop", async (event) => {
  const list = dragged(event);
  if (!list) return;
  event.preventDefault();
  const folders = [...event.dataTransfer.items].some((item) => item.webkitGetAsEntry?.()?.isDirectory);
  const { files } = event.dataTransfer;
  const answer = await fetch(list.dataset.drop, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return window.location.assign(list.dataset.drop);
  show(await answer.text());
  window.history.pushState(null, "", list.dataset.drop);
  const field = document.getElementById("files");
  if (folders) return complain(field.form, "A folder cannot be dropped here: choose it below, under “A folder”.");
  field.files = files;
  field.form.querySelector("button[type=submit]").focus();
});

window.addEventListener("popstate", () => window.location.reload());
