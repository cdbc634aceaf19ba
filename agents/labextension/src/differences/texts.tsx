// Two texts side by side, with what differs marked.

import { MergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { useEffect, useRef, type ReactElement } from "react";

/** How long looking for the smallest difference may take, in milliseconds. */
const DIFF_MOST = 250;

const LOOKS = EditorView.theme({
  "&": { fontSize: "var(--jp-code-font-size)", color: "var(--jp-content-font-color1)" },
  ".cm-content": { fontFamily: "var(--jp-code-font-family)", caretColor: "transparent" },
  ".cm-gutters": {
    backgroundColor: "transparent",
    color: "var(--jp-ui-font-color2)",
    borderInlineEnd: "1px solid var(--jp-border-color2)",
  },
});

interface TextsProps {
  old: string;
  next: string;
  /** What the sides are called. */
  labels: [string, string];
  /** What stands in place of lines that are the same. */
  collapse?: boolean;
}

/** Two texts side by side. */
export function Texts({ old, next, labels, collapse = true }: TextsProps): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const [oldLabel, nextLabel] = labels;
  useEffect(() => {
    const parent = place.current;
    if (parent === null) {
      return;
    }
    const side = (doc: string, label: string) => ({
      doc,
      extensions: [
        lineNumbers(),
        EditorView.lineWrapping,
        EditorState.readOnly.of(true),
        EditorView.contentAttributes.of({ "aria-label": label, "aria-readonly": "true" }),
        LOOKS,
        EditorView.darkTheme.of(document.body.dataset["jpThemeLight"] === "false"),
      ],
    });
    const view = new MergeView({
      a: side(old, oldLabel),
      b: side(next, nextLabel),
      parent,
      gutter: true,
      highlightChanges: true,
      diffConfig: { scanLimit: 1000, timeout: DIFF_MOST },
      ...(collapse ? { collapseUnchanged: { margin: 3, minSize: 6 } } : {}),
    });
    return () => view.destroy();
  }, [old, next, oldLabel, nextLabel, collapse]);
  return <div className="hs-Texts" ref={place} />;
}
