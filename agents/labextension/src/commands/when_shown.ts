// Waits until JupyterLab shows a notification: what is told of one between its being made and being shown is lost.

/** How long it is waited for, in milliseconds: where notifications are switched off it never comes. */
const MOST = 30_000;
/** So much later than its element is there it can be told of things, in milliseconds. */
const SETTLES = 100;

/** Act once the notification is there. */
export function whenShown(id: string, act: () => void): void {
  const there = (): boolean => document.getElementById(id) !== null;
  if (there()) {
    setTimeout(act, SETTLES);
    return;
  }
  const end = (wait: number): void => {
    observer.disconnect();
    clearTimeout(waited);
    setTimeout(act, wait);
  };
  const observer = new MutationObserver(() => {
    if (there()) {
      end(SETTLES);
    }
  });
  observer.observe(document.body, { childList: true, subtree: true });
  const waited = setTimeout(() => end(0), MOST);
}
