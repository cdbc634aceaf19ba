// Waits until JupyterLab shows a notification: what is told of one between its being made and being shown is lost.

/** How long it is waited for, in milliseconds: where notifications are switched off it never comes. */
const MOST = 30_000;

/** Act when the notification is there: at once if it is. */
export function whenShown(id: string, act: () => void): void {
  if (document.getElementById(id) !== null) {
    act();
    return;
  }
  const end = (): void => {
    observer.disconnect();
    clearTimeout(waited);
    act();
  };
  const observer = new MutationObserver(() => {
    if (document.getElementById(id) !== null) {
      end();
    }
  });
  observer.observe(document.body, { childList: true, subtree: true });
  const waited = setTimeout(end, MOST);
}
