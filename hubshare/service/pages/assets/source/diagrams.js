// Draws Mermaid's diagrams: elements of class `hs-diagram` hold their source. A frame that reaches nothing draws them one after
// the other, and the page shows what comes of it as images, which run nothing and fetch nothing.

// More diagrams of a page, longer pictures, and what takes longer than so many milliseconds, alone or with those before, stay as
// they were written.
const [MOST, LONGEST, PATIENCE, TOGETHER] = [200, 5_000_000, 10_000, 30_000];

const { frame: address, mermaid } = document.currentScript.dataset;
const dark = () => document.documentElement.dataset.bsTheme === "dark";
let drawn = [];
let frame = null;
let running = Promise.resolve();
let spent = 0;

/** Returns the frame once it can draw. */
function opened() {
  frame ??= new Promise((ready, failed) => {
    const made = document.createElement("iframe");
    Object.assign(made, { src: address, title: "Draws diagrams", className: "hs-drawing" });
    made.setAttribute("sandbox", "allow-scripts");
    made.setAttribute("aria-hidden", "true");
    made.tabIndex = -1;
    answer(made, "ready").then(() => ready(made), failed);
    // The frame cannot fetch anything.
    const script = fetch(mermaid).then((found) => found.text());
    made.addEventListener("load", async () => made.contentWindow.postMessage({ script: await script }, "*"));
    document.body.append(made);
  });
  return frame;
}

/** Closes the frame, and with it whatever it is busy with. */
function close() {
  document.querySelector(".hs-drawing")?.remove();
  frame = null;
}

/** Returns what a frame says about something; an error where it says nothing in time. */
function answer(made, about) {
  return new Promise((told, failed) => {
    const end = (act, value) => {
      clearTimeout(late);
      window.removeEventListener("message", hear);
      act(value);
    };
    const hear = ({ source, data }) => source === made.contentWindow && data?.about === about && end(told, data);
    const late = setTimeout(() => end(failed, new Error("drawing it took too long")), PATIENCE);
    window.addEventListener("message", hear);
  });
}

async function draw(element, number) {
  if (!element.isConnected) return;
  if (spent >= TOGETHER) return leave(element, "the diagrams before it took too long");
  const source = (element.querySelector("code") ?? element).textContent;
  let began = performance.now();
  try {
    const made = await opened();
    began = performance.now();
    const answered = answer(made, number);
    made.contentWindow.postMessage({ about: number, source, dark: dark() }, "*");
    const { svg, reason } = await answered;
    if (typeof svg !== "string" || svg.length > LONGEST) throw new Error(reason ? String(reason).slice(0, 300) : "it is too large");
    show(element, source, svg);
  } catch (error) {
    if (error.message.endsWith("too long")) close();
    leave(element, error.message);
  } finally {
    spent += performance.now() - began;
  }
}

/** Puts a picture before its source, which is folded away; or another one in the place of one that is there. */
function show(element, source, svg) {
  const image = element.querySelector("img") ?? document.createElement("img");
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  if (image.isConnected) return;
  image.alt = `Diagram: ${source.trim().slice(0, 1000)}`;
  const folded = document.createElement("details");
  const words = document.createElement("summary");
  words.textContent = "Source of the diagram";
  folded.className = "hs-folded";
  folded.append(words, ...element.childNodes);
  element.replaceChildren(image, folded);
}

function leave(element, reason) {
  if (element.querySelector("img, .hs-note")) return;
  const why = document.createElement("p");
  why.className = "hs-note";
  why.textContent = `This diagram cannot be drawn: ${reason.split("\n")[0]}`;
  element.append(why);
}

function all(root) {
  drawn = drawn.filter((element) => element.isConnected);
  for (const element of root.querySelectorAll(".hs-diagram")) {
    if (drawn.length >= MOST || drawn.includes(element)) continue;
    const number = drawn.push(element);
    running = running.then(() => draw(element, number));
  }
}

all(document);
document.addEventListener("htmx:load", (event) => all(event.target));
// In the colours of the page.
new MutationObserver(() => {
  spent = 0;
  drawn.forEach((element, place) => {
    if (element.querySelector("img")) running = running.then(() => draw(element, place + 1));
  });
}).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
