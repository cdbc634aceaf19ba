// Keeps the focus in a part of the window: who works with the keyboard does not lose their place when what they pressed is gone.

const FOCUSABLE = "button:not(:disabled), a[href], input:not(:disabled), select, summary";

/** Have the focus go to what is near when what has it is removed. */
export function keepFocus(node: HTMLElement): void {
  let near: HTMLElement[] = [];
  node.addEventListener("focusin", ({ target }) => {
    near = [];
    for (let one = target instanceof HTMLElement ? target : null; one !== null; one = one.parentElement) {
      near.push(one);
      if (one === node) {
        break;
      }
    }
  });
  node.addEventListener("focusout", ({ target }) => {
    // What is removed loses the focus as well, and is not there any more a moment later.
    queueMicrotask(() => {
      if (near[0] === target && near[0].isConnected && document.activeElement !== target) {
        near = [];
      }
    });
  });
  new MutationObserver(() => {
    const { activeElement } = document;
    if (near[0]?.isConnected !== false || (activeElement !== null && activeElement !== document.body)) {
      return;
    }
    const left = near.filter(one => one.isConnected);
    const next = left.map(one => one.querySelector<HTMLElement>(FOCUSABLE)).find(one => one !== null);
    (next ?? node).focus();
  }).observe(node, { childList: true, subtree: true });
}
