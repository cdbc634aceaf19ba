// Where a person is in a document, and whether something runs in it.

import type { IDocumentWidget } from "@jupyterlab/docregistry";
import { NotebookPanel } from "@jupyterlab/notebook";
import type { ICodeCellModel } from "@jupyterlab/cells";

/** Whether a cell of a notebook runs, or waits for its turn. */
export function busy(widget: IDocumentWidget): boolean {
  if (!(widget instanceof NotebookPanel)) {
    return false;
  }
  const cells = widget.content.model?.cells ?? [];
  return [...cells].some(cell => cell.type === "code" && (cell as ICodeCellModel).executionState === "running");
}

/** Change a document; the cell that is active stays so, and stays where it is on the screen. */
export function keepingPlace(widget: IDocumentWidget, change: () => void): void {
  if (!(widget instanceof NotebookPanel)) {
    change();
    return;
  }
  const { content } = widget;
  const active = content.activeCell?.model.id;
  const outer = content.node.querySelector<HTMLElement>(".jp-WindowedPanel-outer") ?? content.node;
  const scrolled = outer.scrollTop;
  const before = top(content.activeCell?.node);
  change();
  const index = content.widgets.findIndex(cell => cell.model.id === active);
  if (index >= 0) {
    content.activeCellIndex = index;
  }
  const settle = (): void => {
    const after = top(content.activeCell?.node);
    outer.scrollTop = before !== null && after !== null ? outer.scrollTop + after - before : scrolled;
  };
  settle();
  // What is drawn only when it is seen has its height then.
  requestAnimationFrame(settle);
}

function top(node: HTMLElement | undefined): number | null {
  return node?.isConnected === true ? node.getBoundingClientRect().top : null;
}
